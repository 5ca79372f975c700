"""What the service is told from outside, read once from the environment."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`secret` is the root of every key the service derives; it is never stored in the database."""

    database_url: str
    redis_url: str
    secret: bytes
    public_url: str = "http://127.0.0.1:8000"
    rate_limit: str | None = "12000 per minute"
    page_limit: str | None = "120 per minute"
    proxies: int = 0
    log_level: str = "info"
    metrics_token: str | None = None
    operator_key: str | None = None

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (`ledger`, `tokens`, ...): leaking one tells nothing of others."""
        return hmac.digest(self.secret, purpose.encode(), hashlib.sha256)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the variables that `docs/operations.md` lists. Raises `RuntimeError`.

        An empty variable counts as not set, except that an empty limit means that there is none.
        """
        missing = [name for name in ("DATABASE_URL", "REDIS_URL", "SETIA_SECRET") if not os.environ.get(name)]
        if missing:
            raise RuntimeError(f"set {', '.join(missing)} (python3 dev.py run sets them for you)")
        if len(os.environ["SETIA_SECRET"]) < 32:
            raise RuntimeError("SETIA_SECRET must have at least 32 characters")
        operator_key = os.environ.get("SETIA_OPERATOR_KEY") or None
        if operator_key is not None and len(operator_key) < 32:
            raise RuntimeError("SETIA_OPERATOR_KEY must have at least 32 characters")
        proxies = os.environ.get("SETIA_PROXIES") or str(cls.proxies)
        if proxies not in map(str, range(10)):
            raise RuntimeError("SETIA_PROXIES must be how many proxies stand in front, from 0 to 9")
        log_level = os.environ.get("SETIA_LOG_LEVEL") or cls.log_level
        if log_level.upper() not in logging.getLevelNamesMapping():
            raise RuntimeError("SETIA_LOG_LEVEL must be debug, info, warning, error or critical")
        return cls(
            database_url=os.environ["DATABASE_URL"],
            redis_url=os.environ["REDIS_URL"],
            secret=os.environ["SETIA_SECRET"].encode(),
            public_url=(os.environ.get("SETIA_PUBLIC_URL") or cls.public_url).rstrip("/"),
            rate_limit=os.environ.get("SETIA_RATE_LIMIT", cls.rate_limit) or None,
            page_limit=os.environ.get("SETIA_PAGE_LIMIT", cls.page_limit) or None,
            proxies=int(proxies),
            log_level=log_level,
            metrics_token=os.environ.get("SETIA_METRICS_TOKEN") or None,
            operator_key=operator_key,
        )
