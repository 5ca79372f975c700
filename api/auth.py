"""Who is calling, and what they may do.

A caller is an API key or a member token; either belongs to exactly one community, and every look-up starts from that
community. Authentication comes before anything of the request is read. What a caller may do with a *resource* is
decided here as well (`Caller.member`, `Caller.speaker`), so that no view can forget half of it.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import current_app, g, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy.orm import Session

from api import logs
from api.errors import Refused
from loyalty import clock, keys, members, private_rules, voices
from loyalty.activities import Activity, Speaker
from loyalty.db import asking, db, transact
from loyalty.errors import Forbidden, NotFound, Problem
from loyalty.identities import OWN
from loyalty.private_rules import PrivateRules
from rules_engine.errors import Sentence

OPERATOR = "operator"
"""The scope of whoever runs the service: a key of its own, from the settings, that belongs to no community."""
TOKEN_SECONDS = 15 * 60
_ISSUER = "setia"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `member_id` is set for a member token, which acts for that member alone and until
    `ends_at`.

    `voice` is the id under which it says activities, which a rotated key takes over from the one before; `declarations`
    how often its community had declared activity kinds when it called, where that is known.
    """

    community_id: str
    id: str
    voice: str
    scopes: frozenset[str]
    platforms: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    member_id: str | None = None
    ends_at: int | None = None
    declarations: int | None = None

    @property
    def admin(self) -> bool:
        """Whether this caller runs the community."""
        return "admin" in self.scopes

    def may(self, scope: str) -> bool:
        """An admin key may do everything in its community."""
        return scope in self.scopes or self.admin

    def member(self, session: Session, address: str) -> str:
        """The id of the member that `address` names, if this caller may act for them.

        `me` is the member of a member token. Raises `NotFound`, and `Forbidden` for a token that names somebody else:
        in the same words whether that person exists or not.
        """
        if self.member_id is not None:
            if address == "me":
                return self.member_id
            try:
                found = members.resolve(session, self.community_id, whole_address(address))
            except NotFound:
                found = None
            if found != self.member_id:
                raise Forbidden("not_yours", Sentence("A member token reads and acts for its own member only."))
            return self.member_id
        return members.resolve(session, self.community_id, whole_address(address))

    def untold(self, session: Session) -> PrivateRules | None:
        """The rules of which this caller is told nothing: those that keep to themselves, where a member asks."""
        return None if self.member_id is None else private_rules.of(session, self.community_id)

    def speaker(self) -> Speaker:
        """The caller as somebody who says activities."""
        return Speaker(id=self.voice, admin=self.admin, strict=True)

    def may_say(self, activity: Activity) -> None:
        """Raises `Forbidden` when the key may not speak for the activity's platform or kind."""
        for place, platform in voices.spoken_for(activity).items():
            if platform == OWN:
                problem = Problem(place, Sentence("this platform is Setia's own; name a member by their id"))
                raise Forbidden("platform_not_allowed", Sentence("Nobody speaks for the platform setia."), [problem])
            if self.platforms is not None and platform not in self.platforms:
                problem = Problem(
                    place, Sentence("this key speaks for {platforms}", platforms=", ".join(sorted(self.platforms)))
                )
                raise Forbidden(
                    "platform_not_allowed",
                    Sentence("This key does not speak for {platform}.", platform=platform),
                    [problem],
                )
        if self.kinds is not None and activity.kind not in self.kinds:
            problem = Problem("/kind", Sentence("this key says {kinds}", kinds=", ".join(sorted(self.kinds))))
            raise Forbidden("kind_not_allowed", Sentence("This key may not say {kind}.", kind=activity.kind), [problem])


@dataclass(frozen=True, slots=True)
class Door:
    """What an endpoint asks of its caller: a scope, and whether a member token may come in as well.

    `scope` None means that anybody may, without a key.
    """

    scope: str | None
    members: bool = False


def whole_address(text: str) -> str:
    """A member's address in full: what is neither our id nor has a colon is the app's own id, `external:<id>`."""
    return text if text.startswith("mem_") or ":" in text else f"external:{quote(text, safe='')}"


PUBLIC = Door(None)


def opens(door: Door) -> Callable[[Any], Any]:
    """Mark a view with its door. A view without one is closed to everybody."""

    def mark(view: Any) -> Any:
        view.door = door
        return view

    return mark


def authenticate() -> None:
    """Before each request: find out who calls and whether this door is open to them."""
    if request.endpoint is None:
        return  # no such path, or not with this method: answered by the error handler
    door: Door = getattr(current_app.view_functions[request.endpoint], "door", Door("admin"))
    if door.scope is None:
        return
    text = bearer()
    if door.scope == OPERATOR and current_app.extensions["setia"].operator_key is None:
        detail = Sentence(
            "Nobody operates this service over HTTP: set SETIA_OPERATOR_KEY, or use the command setia bootstrap."
        )
        raise Refused(HTTPStatus.FORBIDDEN, "operator_key_not_set", detail)
    if _is_operators(text):
        if door.scope == OPERATOR:
            return
        detail = Sentence("The operator's key belongs to no community. This takes a key of one.")
        raise Refused(HTTPStatus.FORBIDDEN, "operator_key_not_enough", detail)
    caller = _caller(text)
    if caller.member_id is not None:
        if not door.members:
            raise Refused(
                HTTPStatus.FORBIDDEN, "member_token_not_enough", Sentence("This takes an API key, not a member token.")
            )
    elif door.scope == OPERATOR:
        raise Refused(
            HTTPStatus.FORBIDDEN, "scope_missing", Sentence("This takes the operator's key, SETIA_OPERATOR_KEY.")
        )
    elif not caller.may(door.scope):
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "scope_missing",
            Sentence("This takes a key with the scope {scope}.", scope=door.scope),
        )
    g.caller = caller


def mint(secret: bytes, caller: Caller, member_id: str, seconds: int) -> tuple[str, int]:
    """A member token and the instant at which it ends."""
    issued = clock.now() // clock.SECOND
    ends = issued + min(seconds, TOKEN_SECONDS)
    claims = {
        "iss": _ISSUER,
        "aud": caller.community_id,
        "sub": member_id,
        "iat": issued,
        "exp": ends,
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode({"alg": _ALGORITHM}, claims, OctKey.import_key(secret)), ends * clock.SECOND


def bearer() -> str:
    """What the request brings to show who sends it. Raises `Refused` where it brings nothing."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise _unauthorized("credentials_missing", Sentence("Send your key as Authorization: Bearer <key>."))
    return text.strip()


def _is_operators(text: str) -> bool:
    key: str | None = current_app.extensions["setia"].operator_key
    return key is not None and hmac.compare_digest(text.encode(), key.encode())


def _caller(text: str) -> Caller:
    with asking() as session:
        caller, stale_use = _key(session, text) if text.startswith("sk_") else (by_token(session, text), None)
    if stale_use is not None:
        transact(db.session(), lambda session: keys.note_use(session, stale_use))
    return caller


def _key(session: Session, text: str) -> tuple[Caller, str | None]:
    holder = keys.find(session, current_app.extensions["setia"].derive("keys"), text)
    if holder is None:
        raise _unauthorized("key_unknown", Sentence("This key is unknown, expired or revoked."))
    logs.note(key=text[: keys.SHOWN])
    caller = Caller(
        community_id=holder.community_id,
        id=holder.key_id,
        voice=holder.voice,
        scopes=frozenset(holder.grant.scopes),
        platforms=None if holder.grant.platforms is None else frozenset(holder.grant.platforms),
        kinds=None if holder.grant.kinds is None else frozenset(holder.grant.kinds),
        declarations=holder.declarations,
    )
    return caller, None if holder.used_lately else holder.key_id


def by_token(session: Session, text: str) -> Caller:
    """Whoever a member token speaks for. Raises `Refused` (401) for one that is not ours or has ended."""
    secret = OctKey.import_key(current_app.extensions["setia"].derive("tokens"))
    try:
        claims = jwt.decode(text, secret, algorithms=[_ALGORITHM]).claims
    except (JoseError, ValueError):
        raise _unauthorized("token_invalid", Sentence("This token is not one of ours.")) from None
    issuer, community, member, ends = (claims.get(name) for name in ("iss", "aud", "sub", "exp"))
    if issuer != _ISSUER or not isinstance(community, str) or not isinstance(member, str) or type(ends) is not int:
        raise _unauthorized("token_invalid", Sentence("This token is not one of ours."))
    if ends <= clock.now() // clock.SECOND:
        raise _unauthorized("token_expired", Sentence("This token has ended; ask for a new one."))
    try:
        member = members.resolve(session, community, member)
    except NotFound:
        raise _unauthorized("token_invalid", Sentence("This token's member is not there.")) from None
    name = f"member:{member}"
    return Caller(community, name, name, frozenset({"read"}), member_id=member, ends_at=ends * clock.SECOND)


def _unauthorized(code: str, detail: Sentence) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, code, detail, headers={"WWW-Authenticate": 'Bearer realm="setia"'})
