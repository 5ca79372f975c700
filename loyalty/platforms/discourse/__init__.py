"""Discourse: the webhooks of a forum, for the events of posts, likes, solutions, votes, badges and users.

Discourse signs the body, not the headers; yet only the headers say which event it is, and its number. So whoever could
record a signed body could say it under another name: give the hook an https address. The events' numbers grow with
time, and a repetition of the forum's own making gets a new one, so every activity is named after the thing itself.

`events` says what each sort of event is, `unread` why one says nothing.

**Not read:** private messages, whispers and notices of the forum; what the forum's own users (with ids up to 0) do;
e-mail addresses. A like that is taken back is told by no webhook: retract it.
"""

from __future__ import annotations

import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from loyalty.platforms.discourse import unread
from loyalty.platforms.discourse.events import READERS
from loyalty.platforms.discourse.parts import Event
from loyalty.platforms.reading import Context, Option, Reading, Signature, Unreadable, json_document, mapping, not_read
from loyalty.said import storable
from rules_engine.errors import Sentence

HEADERS = ("x-discourse-instance", "x-discourse-event-id", "x-discourse-event-type", "x-discourse-event")

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_SCOPE = re.compile(r"[^\s\x00-\x1f\x7f]{1,120}")


def _forum(value: object) -> str:
    if not isinstance(value, str) or not _SCOPE.fullmatch(value) or storable(value) != value:
        raise Unreadable(Sentence("a name of up to 120 characters without spaces, such as forum.example.org"))
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unreadable(Sentence("true or false"))
    return value


SIGNATURE = Signature(
    "X-Discourse-Event-Signature",
    "`sha256=` and HMAC-SHA256 over the body in hexadecimal, with the webhook's secret in Discourse as its key.",
)
OPTIONS: Mapping[str, Option] = {
    "forum": Option("The scope of the forum's people, so that it may move; else the host that it names.", _forum),
    "several_solutions": Option("Whether a topic may have several accepted answers.", _truth),
}


def new_secret() -> str:
    """A secret for the hook's form."""
    return random.token_urlsafe(32)


def verify(secrets: Sequence[str], headers: Mapping[str, str], raw: bytes, now: int) -> bool:  # noqa: ARG001  # as the `Platform` protocol asks
    """Whether the body is signed with one of the secrets. A forum without a secret sends no signature."""
    signature = headers.get("x-discourse-event-signature", "").encode("utf-8", "replace")
    wanted = [f"sha256={hmac.digest(one.encode(), raw, sha256).hex()}".encode() for one in secrets if one]
    return any(hmac.compare_digest(signature, one) for one in wanted)


def delivery_id(headers: Mapping[str, str], raw: bytes) -> str:
    """The forum and the event's number, which a repetition by hand keeps; else a digest of all that is there."""
    number, forum = headers.get("x-discourse-event-id", ""), headers.get("x-discourse-instance", "")
    if _NUMBER.fullmatch(number) and _SCOPE.fullmatch(forum) and forum.isascii():
        return f"{forum}#{number}"
    told = [headers.get(name, "").encode("utf-8", "replace") for name in HEADERS]
    return f"sha256:{sha256(b'|'.join([*told, raw])).hexdigest()}"


def read(headers: Mapping[str, str], raw: bytes, context: Context) -> Reading:
    """The activities that an event is. Raises `Unreadable` when it is none of Discourse's."""
    document = json_document(raw)
    if not isinstance(document, dict):
        reason = Sentence("the body of an event is a JSON object")
        raise Unreadable(reason)
    name = storable(headers.get("x-discourse-event", ""))[:64]
    if name not in READERS:
        return Reading(reason=not_read([name or "an event without a name"], READERS))
    root, reader = READERS[name]
    event = Event(name, _event_number(headers), _scope(headers, context), context)
    said = list(reader(mapping(document.get(root)), event))
    if not said:
        return Reading(reason=f"{name}: {unread.reason(mapping(document.get(root)), root)}")
    whole = root == "post" or name == "accepted_solution"
    return Reading(said, whole_of=said[0].declares if whole else None)


def _event_number(headers: Mapping[str, str]) -> int:
    number = headers.get("x-discourse-event-id", "")
    if not _NUMBER.fullmatch(number):
        reason = Sentence("X-Discourse-Event-Id is no number, and nothing else tells what came last")
        raise Unreadable(reason)
    return int(number)


def _scope(headers: Mapping[str, str], context: Context) -> str:
    """The forum as the scope of its ids: what the source was connected with, else its host with port and folder."""
    named = context.options.get("forum")
    if isinstance(named, str):
        return named
    try:
        url = urlsplit(storable(headers.get("x-discourse-instance", "")))
        scope = (url.netloc.rpartition("@")[2] + url.path.rstrip("/")).lower() if url.netloc else ""
    except ValueError:
        scope = ""
    if not _SCOPE.fullmatch(scope):
        reason = Sentence("X-Discourse-Instance names no forum; name it in the source's options")
        raise Unreadable(reason)
    return scope
