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

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty import clock, ids
from loyalty.errors import Conflict, NotFound
from loyalty.models.keys import ApiKey

SCOPES = ("ingest", "import", "read", "link", "tokens", "admin")
_FORM = re.compile(r"sk_([0-9a-f]{12})_[0-9a-f]{64}")
_LAST_USE_GRAIN = clock.HOUR


class Grant(NamedTuple):
    """What a key may do. `platforms` and `kinds` bound what `ingest` may speak for; None means any."""

    scopes: tuple[str, ...]
    platforms: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None


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
    replaces: str | None = None,
) -> Issued:
    """Make a key. `owner` is the person or system that answers for it."""
    prefix = secrets.token_hex(6)
    text = f"sk_{prefix}_{secrets.token_hex(32)}"
    key = ApiKey(
        id=ids.new("key"),
        community_id=community_id,
        prefix=prefix,
        digest=_digest(pepper, text),
        name=name,
        owner=owner,
        scopes=list(grant.scopes),
        platforms=_listed(grant.platforms),
        kinds=_listed(grant.kinds),
        replaces=replaces,
        created_at=clock.now(),
        created_by=by,
    )
    session.add(key)
    session.flush()
    return Issued(key, text)


def find(session: Session, pepper: bytes, text: str) -> ApiKey | None:
    """The key that `text` is, unless it is revoked, expired, or no key at all."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    key = session.execute(select(ApiKey).where(ApiKey.prefix == form[1])).scalar_one_or_none()
    if key is None or not hmac.compare_digest(key.digest, _digest(pepper, text)):
        return None
    now = clock.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return key


def voice(session: Session, key: ApiKey) -> str:
    """The id under which the key says things: that of the first key in its line, so that rotating loses no say.

    Only who said an activity may change or undo it, and a new key is still the same app.
    """
    if key.replaces is None:
        return key.id
    line = select(ApiKey.id, ApiKey.replaces).where(ApiKey.id == key.id).cte("line", recursive=True)
    line = line.union_all(select(ApiKey.id, ApiKey.replaces).join(line, ApiKey.id == line.c.replaces))
    first: str = session.execute(select(line.c.id).where(line.c.replaces.is_(None))).scalar_one()
    return first


def used_lately(key: ApiKey) -> bool:
    """Whether its last use is noted already, to the hour."""
    return key.last_used_at is not None and key.last_used_at > clock.now() - _LAST_USE_GRAIN


def note_use(session: Session, key_id: str) -> None:
    """Write down that the key is in use. Coarse on purpose: a read must not cost a write."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=clock.now()))


def get(session: Session, community_id: str, key_id: str) -> ApiKey:
    """One key of the community. Raises `NotFound`."""
    key = session.execute(
        select(ApiKey).where(ApiKey.community_id == community_id, ApiKey.id == key_id).with_for_update()
    ).scalar_one_or_none()
    if key is None:
        raise NotFound("key_not_found", "There is no such key.")
    return key


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
    old = get(session, community_id, key_id)
    now = clock.now()
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise Conflict("key_revoked", "This key no longer works, so it can't be rotated. Make a new one.")
    old.expires_at = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
    grant = Grant(tuple(old.scopes), _tuple(old.platforms), _tuple(old.kinds))
    return issue(session, pepper, community_id, grant, name=old.name, owner=old.owner, by=by, replaces=old.id)


def revoke(session: Session, community_id: str, key_id: str) -> ApiKey:
    """End a key at once; again does nothing more. Raises `NotFound`, and `Conflict` for the last working admin key."""
    # All of them, in one order: two admins who revoke each other's key at once must not both find the other's working.
    session.execute(
        select(ApiKey.id).where(ApiKey.community_id == community_id).order_by(ApiKey.id).with_for_update()
    ).all()
    key = get(session, community_id, key_id)
    if key.revoked_at is None:
        if "admin" in key.scopes and not _other_admin(session, key):
            raise Conflict("last_admin_key", "This is the last working admin key. Make another one first.")
        key.revoked_at = clock.now()
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
