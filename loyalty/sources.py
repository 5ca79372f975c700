"""Sources: the platforms that a community has connected, and the secrets by which they are known.

Secrets rest encrypted under a key that is not in the database. Rotating keeps the previous secret valid for a while, so
that nothing is lost while the platform is being told the new one; never two previous ones. A secret is shown when it is
made, and never read back out by the API.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import audit, clock, ids
from loyalty.activities import Speaker
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale, known_or_nearest, step
from loyalty.models import Source
from loyalty.platforms import PLATFORMS, Platform
from loyalty.platforms.reading import Unreadable
from rules_engine.errors import Sentence

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
ENROL = ("on_first_activity", "on_claim")
OVERLAP = 7 * clock.DAY
"""How long the previous secret stays valid unless said otherwise."""


class Connected(NamedTuple):
    """A source, and its secret where a new one was made."""

    source: Source
    secret: str | None


def connect(
    session: Session,
    key: bytes,
    community_id: str,
    *,
    platform: str,
    name: str = "",
    secret: str | None = None,
    source_id: str | None = None,
    enrol: str = ENROL[0],
    kinds: Sequence[str] | None = None,
    platforms: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
    options: Mapping[str, Any] | None = None,
    by: str = "setia",
) -> Connected:
    """Connect a platform; without a `secret`, one is made. `key`: 32 bytes that encrypt it.

    Raises `Invalid`, and `Conflict` when the id is some source's already, of whichever community.
    """
    problems = []
    if source_id is not None and not _ID.match(source_id):
        problems.append(Problem("", Sentence("a source's id has lower-case letters, digits, - and _, at most 64")))
    if platform not in PLATFORMS:
        problems.append(
            Problem("/platform", Sentence("no such platform; {known}", known=known_or_nearest(platform, PLATFORMS)))
        )
    if enrol not in ENROL:
        problems.append(Problem("/enrol", Sentence("one of {names}", names=", ".join(ENROL))))
    kept, wrong = _read_options(PLATFORMS[platform], options or {}) if platform in PLATFORMS else ({}, [])
    problems += wrong
    if problems:
        raise Invalid(
            "invalid_source", Sentence("The source cannot be connected like this; `errors` says why."), problems
        )
    secret = secret or PLATFORMS[platform].new_secret()
    source = Source(
        id=source_id or ids.new("src"),
        community_id=community_id,
        platform=platform,
        name=name or platform,
        secret=_encrypt(key, secret),
        enrol=enrol,
        kinds=None if kinds is None else list(kinds),
        platforms=None if platforms is None else list(platforms),
        scopes=None if scopes is None else list(scopes),
        options=kept,
        revision=1,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(source)
    except IntegrityError:
        raise Conflict("source_exists", Sentence("There is a source with this id.")) from None
    audit.note(session, community_id, by, "source.connected", source.id, None, _told(source))
    return Connected(source, secret)


def exists(session: Session, source_id: str) -> bool:
    """Whether the id is some source's, of whichever community."""
    return _find(session, source_id) is not None


def change(
    session: Session,
    community_id: str,
    source_id: str,
    revision: int | None = None,
    *,
    by: str = "setia",
    **fields: Any,
) -> Source:
    """Change `name`, `enrol`, `kinds`, `platforms`, `scopes` or `options`. Raises `NotFound`, `Invalid`, `Stale`."""
    source = _locked(session, community_id, source_id)
    if revision is not None and revision != source.revision:
        raise Stale("source_changed", Sentence("Somebody else changed this source meanwhile. Read it again."))
    if fields.get("enrol", source.enrol) not in ENROL:
        raise Invalid(
            "invalid_source",
            Sentence("There is no such policy."),
            [Problem("/enrol", Sentence("one of {names}", names=", ".join(ENROL)))],
        )
    if "options" in fields:
        fields["options"], wrong = _read_options(platform_of(source), fields["options"])
        if wrong:
            raise Invalid(
                "invalid_source", Sentence("The source cannot be changed like this; `errors` says why."), wrong
            )
    before = _told(source)
    for name in fields.keys() & {"name", "enrol", "kinds", "platforms", "scopes", "options"}:
        setattr(source, name, fields[name])
    source.revision += 1
    session.flush()
    audit.note(session, community_id, by, "source.changed", source.id, before, _told(source))
    return source


def _told(source: Source) -> dict[str, Any]:
    """What the audit log is told: nothing that opens a door."""
    names = ("platform", "name", "enrol", "kinds", "platforms", "scopes", "options")
    return {name: getattr(source, name) for name in names}


def _read_options(platform: Platform, options: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The options as they are kept, without those that are null, and what is wrong with the others."""
    kept: dict[str, Any] = {}
    problems = []
    for name, value in options.items():
        option = platform.OPTIONS.get(name)
        pointer = "/options" + step(name)
        if option is None:
            problems.append(
                Problem(pointer, Sentence("no such option; {known}", known=known_or_nearest(name, platform.OPTIONS)))
            )
        elif value is not None:
            try:
                kept[name] = option.read(value)
            except Unreadable as error:
                problems.append(Problem(pointer, error.reason))
    return kept, problems


def rotate(
    session: Session,
    key: bytes,
    community_id: str,
    source_id: str,
    secret: str | None = None,
    overlap: int = OVERLAP,
    *,
    by: str = "setia",
) -> Connected:
    """Give the source a new secret; the one before it stays valid for `overlap` microseconds. Raises `NotFound`."""
    source = _locked(session, community_id, source_id)
    secret = secret or platform_of(source).new_secret()
    source.previous_secret, source.secret = source.secret, _encrypt(key, secret)
    source.rotated_at = clock.now()
    source.previous_until = source.rotated_at + overlap
    source.revision += 1
    session.flush()
    valid = {"previous_secret_until": clock.to_rfc3339(source.previous_until)}
    audit.note(session, community_id, by, "source.rotated", source.id, None, valid)
    return Connected(source, secret)


def get(session: Session, community_id: str, source_id: str) -> Source:
    """Raises `NotFound` for another community's source as well."""
    source = find(session, source_id)
    if source.community_id != community_id:
        raise _unknown()
    return source


def connected(session: Session, community_id: str) -> list[Source]:
    """All sources of the community, by id."""
    return list(session.scalars(select(Source).where(Source.community_id == community_id).order_by(Source.id)))


def find(session: Session, source_id: str) -> Source:
    """The source that a webhook names, whichever community's it is. Raises `NotFound`."""
    source = _find(session, source_id)
    if source is None:
        raise _unknown()
    return source


def verifies(source: Source, key: bytes, headers: Mapping[str, str], raw: bytes) -> bool:
    """Whether the source sent these bytes. Nothing that comes in makes this raise: it is then not them."""
    now = clock.now()
    valid = [source.secret, source.previous_secret if now < (source.previous_until or 0) else None]
    secrets = [_decrypt(key, one) for one in valid if one]
    try:
        return platform_of(source).verify(secrets, headers, raw, now)
    except Exception:  # noqa: BLE001  # hostile bytes meet this before anybody is known: whatever breaks is a no
        return False


def platform_of(source: Source) -> Platform:
    """The module that reads what this source sends."""
    return PLATFORMS[source.platform]


def speaker(source: Source) -> Speaker:
    """The source as somebody who says activities."""
    return Speaker(source.id, enrols=source.enrol == ENROL[0])


def hook_url(source: Source, public_url: str) -> str:
    """Where the platform sends what happens."""
    return f"{public_url}/v1/hooks/{source.id}"


def _locked(session: Session, community_id: str, source_id: str) -> Source:
    """The source as nobody else changes it until the commit. Raises `NotFound`."""
    source = get(session, community_id, source_id)
    session.refresh(source, with_for_update={"key_share": True})
    return source


def _find(session: Session, source_id: str) -> Source | None:
    return session.get(Source, source_id) if _ID.match(source_id) else None


def _unknown() -> NotFound:
    return NotFound("source_not_found", Sentence("There is no such source."))


def _encrypt(key: bytes, secret: str) -> str:
    return Fernet(base64.urlsafe_b64encode(key)).encrypt(secret.encode()).decode()


def _decrypt(key: bytes, text: str) -> str:
    """The secret; empty, which verifies nothing, where the key is not the one that it was encrypted with."""
    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(text).decode()
    except InvalidToken:
        return ""
