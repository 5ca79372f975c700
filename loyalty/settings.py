"""What the service is told from outside, read once from the environment."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`secret` is the root of every key the service derives; it is never stored in the database."""

    database_url: str
    redis_url: str
    secret: bytes
    public_url: str = "http://127.0.0.1:8000"

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (`ledger`, `tokens`, ...): leaking one tells nothing of others."""
        return hmac.digest(self.secret, purpose.encode(), hashlib.sha256)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read `DATABASE_URL`, `REDIS_URL`, `SETIA_SECRET`, `SETIA_PUBLIC_URL`. Raises `RuntimeError`."""
        missing = [name for name in ("DATABASE_URL", "REDIS_URL", "SETIA_SECRET") if not os.environ.get(name)]
        if missing:
            raise RuntimeError(f"set {', '.join(missing)} (python3 dev.py run sets them for you)")
        if len(os.environ["SETIA_SECRET"]) < 32:
            raise RuntimeError("SETIA_SECRET must have at least 32 characters")
        return cls(
            database_url=os.environ["DATABASE_URL"],
            redis_url=os.environ["REDIS_URL"],
            secret=os.environ["SETIA_SECRET"].encode(),
            public_url=os.environ.get("SETIA_PUBLIC_URL", cls.public_url).rstrip("/"),
        )
