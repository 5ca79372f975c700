"""API keys: made, found, rotated, revoked.

A key is `sk_<prefix>_<secret>` with 256 random bits. Only an HMAC of it is stored, under a key that is not in the
database, so whoever reads the database can neither use a key nor test a guess. A key belongs to one community: what it
finds is that community, which is the first half of "nothing of another community".
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty import audit, clock, ids
from loyalty.db import Statement
from loyalty.errors import Conflict, NotFound
from loyalty.models.keys import ApiKey
from rules_engine.errors import Sentence

SCOPES = ("ingest", "import", "read", "link", "tokens", "admin")
SHOWN = len("sk_") + 12
"""How many characters of a key may be shown: those that find it, not those that prove it."""
_FORM = re.compile(r"sk_([0-9a-f]{12})_[0-9a-f]{64}")
_LAST_USE_GRAIN = clock.HOUR
_FIND = Statement(
    """SELECT k.id, k.community_id, k.voice, k.digest, k.expires_at, k.revoked_at, k.last_used_at,
        CAST(k.scopes AS TEXT), CAST(k.platforms AS TEXT), CAST(k.kinds AS TEXT), c.declarations
    FROM api_keys k JOIN communities c ON c.id = k.community_id WHERE k.prefix = :prefix"""
)


class Grant(NamedTuple):
    """What a key may do. `platforms` and `kinds` bound what `ingest` may speak for; None means any."""

    scopes: tuple[str, ...]
    platforms: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None


class Holder(NamedTuple):
    """Whoever holds a working key, and how often their community had declared activity kinds by then.

    `voice` is the id under which they say things: only who said an activity may change it, and a rotated key is still
    the same app. `used_lately`: its last use is noted already, to the hour.
    """

    key_id: str
    community_id: str
    voice: str
    grant: Grant
    declarations: int
    used_lately: bool


class Issued(NamedTuple):
    """A new key: the row that stays, and the text that is shown this once."""

    key: ApiKey
    text: str


def issue(
    session: Session,
    pepper: bytes,
    community_id: str,
    grant: Grant,
    *,
    name: str,
    owner: str,
    by: str,
    replaces: ApiKey | None = None,
) -> Issued:
    """Make a key. `owner` is the person or system that answers for it."""
    prefix = secrets.token_hex(6)
    text = f"sk_{prefix}_{secrets.token_hex(32)}"
    key_id = ids.new("key")
    key = ApiKey(
        id=key_id,
        community_id=community_id,
        prefix=prefix,
        digest=_digest(pepper, text),
        name=name,
        owner=owner,
        scopes=list(grant.scopes),
        platforms=_listed(grant.platforms),
        kinds=_listed(grant.kinds),
        replaces=None if replaces is None else replaces.id,
        voice=key_id if replaces is None else replaces.voice,
        created_at=clock.now(),
        created_by=by,
    )
    session.add(key)
    session.flush()
    told = {name: getattr(key, name) for name in ("name", "owner", "scopes", "platforms", "kinds", "replaces")}
    audit.note(session, community_id, by, "key.issued", key_id, None, told)
    return Issued(key, text)


def find(session: Session, pepper: bytes, text: str) -> Holder | None:
    """Whoever holds the key that `text` is, unless it is revoked, expired, or no key at all. One statement."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    now = clock.now()
    for key_id, community, voice, digest, expires_at, revoked_at, used_at, *lists, declarations in _FIND.run(
        session, prefix=form[1]
    ):
        ended = revoked_at is not None or (expires_at is not None and expires_at <= now)
        if not ended and hmac.compare_digest(digest, _digest(pepper, text)):
            scopes, platforms, kinds = (None if one is None else tuple(orjson.loads(one)) for one in lists)
            grant = Grant(scopes or (), platforms, kinds)
            lately = used_at is not None and used_at > now - _LAST_USE_GRAIN
            return Holder(key_id, community, voice, grant, declarations, lately)
    return None


def note_use(session: Session, key_id: str) -> None:
    """Write down that the key is in use. Coarse on purpose: a read must not cost a write."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=clock.now()))


def owner(session: Session, community_id: str, key_id: str) -> str:
    """The person or system that answers for the key; whatever else acts answers for itself."""
    query = select(ApiKey.owner).where(ApiKey.community_id == community_id, ApiKey.id == key_id)
    return session.scalar(query) or key_id


def list_for(session: Session, community_id: str, after: str | None, limit: int) -> list[ApiKey]:
    """The community's keys as they were made, revoked ones too."""
    chosen = select(ApiKey).where(ApiKey.community_id == community_id).order_by(ApiKey.id).limit(limit)
    if after is not None:
        chosen = chosen.where(ApiKey.id > after)
    return list(session.execute(chosen).scalars())


def rotate(session: Session, pepper: bytes, community_id: str, key_id: str, overlap: int, by: str) -> Issued:
    """A new key with the same grant; the old one works for another `overlap` microseconds.

    Raises `NotFound`, and `Conflict` (`key_revoked`) for a key that no longer works.
    """
    old = _locked(session, community_id, key_id)
    now = clock.now()
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise Conflict("key_revoked", Sentence("This key no longer works, so it can't be rotated. Make a new one."))
    old.expires_at = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
    grant = Grant(tuple(old.scopes), _tuple(old.platforms), _tuple(old.kinds))
    return issue(session, pepper, community_id, grant, name=old.name, owner=old.owner, by=by, replaces=old)


def revoke(session: Session, community_id: str, key_id: str, by: str) -> ApiKey:
    """End a key at once; again does nothing more. Raises `NotFound`, and `Conflict` for the last working admin key."""
    # All of them, in one order: two admins who revoke each other's key at once must not both find the other's working.
    session.execute(
        select(ApiKey.id).where(ApiKey.community_id == community_id).order_by(ApiKey.id).with_for_update()
    ).all()
    key = _locked(session, community_id, key_id)
    if key.revoked_at is None:
        if "admin" in key.scopes and not _other_admin(session, key):
            raise Conflict("last_admin_key", Sentence("This is the last working admin key. Make another one first."))
        key.revoked_at = clock.now()
        audit.note(session, community_id, by, "key.revoked", key.id, {"revoked": False}, {"revoked": True})
    return key


def moderators(session: Session, community_id: str) -> set[str]:
    """Who answers for the working keys that may decide something about members."""
    query = select(ApiKey.owner, ApiKey.scopes).where(
        ApiKey.community_id == community_id,
        ApiKey.revoked_at.is_(None),
        ApiKey.expires_at.is_(None) | (ApiKey.expires_at > clock.now()),
    )
    return {owner for owner, scopes in session.execute(query) if "admin" in scopes}


def _locked(session: Session, community_id: str, key_id: str) -> ApiKey:
    """One key of the community, as nobody else changes it until the commit. Raises `NotFound`."""
    key = session.execute(
        select(ApiKey).where(ApiKey.community_id == community_id, ApiKey.id == key_id).with_for_update()
    ).scalar_one_or_none()
    if key is None:
        raise NotFound("key_not_found", Sentence("There is no such key."))
    return key


def _other_admin(session: Session, key: ApiKey) -> bool:
    others = select(ApiKey.scopes).where(
        ApiKey.community_id == key.community_id,
        ApiKey.id != key.id,
        ApiKey.revoked_at.is_(None),
        ApiKey.expires_at.is_(None),
    )
    return any("admin" in scopes for scopes in session.execute(others).scalars())


def _digest(pepper: bytes, text: str) -> str:
    return hmac.new(pepper, text.encode(), hashlib.sha256).hexdigest()


def _listed(values: Iterable[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
