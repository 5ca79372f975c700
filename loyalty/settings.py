"""What the service is told from outside, read once from the environment, and refused there when it can't be used."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import limits
from redis.connection import parse_url
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class Misconfigured(SystemExit):
    """A setting is missing or can't be used. Where nobody handles it the process ends: a line that says which one and
    what it must be, and exit status 1. Its value is not told: it may be a secret.
    """


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
        """Read the variables that `docs/operations.md` lists. Raises `Misconfigured`.

        An empty variable counts as not set, except that an empty limit means that there is none.
        """
        missing = [name for name in ("DATABASE_URL", "REDIS_URL", "SETIA_SECRET") if not os.environ.get(name)]
        if missing:
            raise Misconfigured(f"set {', '.join(missing)} (python3 dev.py run sets them for you)")
        for name, (fits, meant) in _MEANT.items():
            value = os.environ.get(name)
            if value and not fits(value):
                raise Misconfigured(f"{name} must be {meant}")
        return cls(
            database_url=os.environ["DATABASE_URL"],
            redis_url=os.environ["REDIS_URL"],
            secret=os.environ["SETIA_SECRET"].encode(),
            public_url=(os.environ.get("SETIA_PUBLIC_URL") or cls.public_url).rstrip("/"),
            rate_limit=os.environ.get("SETIA_RATE_LIMIT", cls.rate_limit) or None,
            page_limit=os.environ.get("SETIA_PAGE_LIMIT", cls.page_limit) or None,
            proxies=int(os.environ.get("SETIA_PROXIES") or cls.proxies),
            log_level=os.environ.get("SETIA_LOG_LEVEL") or cls.log_level,
            metrics_token=os.environ.get("SETIA_METRICS_TOKEN") or None,
            operator_key=os.environ.get("SETIA_OPERATOR_KEY") or None,
        )


def _is_database(text: str) -> bool:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter where the port is no number
        return False
    if url.drivername == "sqlite":
        return url.database not in (None, "", ":memory:")  # what is in memory is another database in each process
    return url.drivername in ("postgresql", "postgresql+psycopg")


def _is_redis(text: str) -> bool:
    try:
        found = parse_url(text)  # type: ignore[no-untyped-call]  # it has no types
    except ValueError:
        return False
    return "path" in found or not text.startswith("unix:")


def _is_public(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # where the port is no number
        return False


def _is_limit(text: str) -> bool:
    try:
        return bool(limits.parse_many(text))
    except ValueError:
        return False


def _is_token(text: str) -> bool:
    """Whether it can be sent in a header."""
    return text.isascii() and text.isprintable() and " " not in text


_MEANT: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "DATABASE_URL": (_is_database, "postgresql://user:password@host/database or sqlite:////path/to/file"),
    "REDIS_URL": (_is_redis, "redis://host:port, rediss://host:port or unix:///path/to/socket"),
    "SETIA_SECRET": (lambda text: len(text) >= 32 and text.isprintable(), "at least 32 printable characters"),
    "SETIA_PUBLIC_URL": (_is_public, "how the world reaches the API, such as https://setia.example.org"),
    "SETIA_RATE_LIMIT": (_is_limit, "a bound such as 6000 per minute, or empty for none"),
    "SETIA_PAGE_LIMIT": (_is_limit, "a bound such as 120 per minute, or empty for none"),
    "SETIA_PROXIES": (lambda text: text in map(str, range(10)), "how many proxies stand in front, from 0 to 9"),
    "SETIA_LOG_LEVEL": (
        lambda text: text.upper() in logging.getLevelNamesMapping(),
        "debug, info, warning, error or critical",
    ),
    "SETIA_METRICS_TOKEN": (_is_token, "printable ASCII without spaces: it is sent as a bearer token"),
    "SETIA_OPERATOR_KEY": (
        lambda text: len(text) >= 32 and _is_token(text),
        "at least 32 characters of printable ASCII, without spaces: it is sent as a bearer token",
    ),
}
"""What fits each setting, and how that is said to whoever set something else."""
