"""The generic door: whoever can sign a request may say activities, such as automation tools and one's own bots.

The body is the project's own JSON (the body of `POST /v1/activities`, one or a list) or CloudEvents 1.0 over HTTP:
structured, binary or a batch. Around it goes a Standard Webhooks signature, which covers the id, the time and the raw
body; that is what keeps a recorded request from being sent again later.

A CloudEvent of the type `io.setia.activity.<kind>.v1` is an activity: `subject` is its actor as `platform:scope:id`,
`time` when it occurred, `source` and `id` name it, and `data` holds what else an activity has. `data` with none of an
activity's members is taken for the activity's own `data`. Other types are ignored.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from loyalty import clock, said
from loyalty.activities import Activity
from loyalty.errors import Invalid, Problem
from loyalty.platforms.reading import Context, Option, Reading, Signature, Unreadable, json_document, not_read
from rules_engine.errors import Sentence

HEADERS = (
    *("content-type", "webhook-id", "webhook-timestamp"),
    *("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time"),
)
SIGNATURE = Signature(
    "webhook-signature",
    "Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, with what"
    " follows `whsec_` in the secret, decoded, as its key. `webhook-id` names the request, and `webhook-timestamp`, in"
    " seconds, is less than five minutes off.",
)
OPTIONS: Mapping[str, Option] = {}
MOST_ITEMS = 1_000

_TOLERANCE = 5 * clock.MINUTE
_TYPE_NAME = "io.setia.activity.<kind>.v1"
_TYPE = re.compile(r"io\.setia\.activity\.([a-z0-9_]{1,64})\.v1\Z")
_ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time")


def new_secret() -> str:
    """A fresh secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode()


def verify(secrets: Sequence[str], headers: Mapping[str, str], raw: bytes, now: int) -> bool:
    """Whether one of the signatures is right under one of the secrets, and the request less than five minutes off."""
    name, sent, signatures = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not name or not sent.isascii() or not sent.isdecimal() or len(sent) > 12:
        return False
    if abs(now - int(sent) * clock.SECOND) > _TOLERANCE:
        return False
    content = f"{name}.{sent}.".encode("utf-8", "replace") + raw
    wanted = [_signature(secret, content) for secret in secrets]
    said_here = [one[3:].encode("utf-8", "replace") for one in signatures.split(" ")[:16] if one.startswith("v1,")]
    return any(hmac.compare_digest(one, right) for one in said_here for right in wanted if right)


def _signature(secret: str, content: bytes) -> bytes:
    """The signature that the secret makes; empty for a text that is no secret."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return base64.b64encode(hmac.digest(key, content, sha256)) if key else b""


def delivery_id(headers: Mapping[str, str], raw: bytes) -> str:
    """The `webhook-id`, which the signature covers and every retry repeats."""
    name = headers.get("webhook-id", "")
    return name if len(name.encode("utf-8", "replace")) <= 200 else f"sha256:{sha256(raw).hexdigest()}"


def read(headers: Mapping[str, str], raw: bytes, context: Context) -> Reading:
    """The activities in the body; what is wrong with one of several does not touch the others. Raises `Unreadable`."""
    items, several = _items(headers, raw)
    activities: list[Activity] = []
    problems: list[Problem] = []
    for index, item in enumerate(items):
        pointer = f"/{index}" if several else ""
        try:
            body = _activity(item) if isinstance(item, Event) else item
            if body is not None:
                activities.append(
                    said.read_activity(
                        body,
                        context.kinds,
                        context.received_at,
                        key_prefix=f"{context.source_id}:",
                        platform="generic",
                        occurred_at=context.received_at,
                    )
                )
        except Invalid as error:
            problems.extend(Problem(pointer + one.pointer, one.detail) for one in error.problems)
    return Reading(activities, problems, reason=None if activities or problems else _reason(items))


def _reason(items: Sequence[object]) -> str:
    """Why nothing in it is an activity."""
    types = {str(item.get("type")) for item in items if isinstance(item, Event)}
    return not_read(types, [f"CloudEvents of the type {_TYPE_NAME}"]) if types else "the list in it is empty"


class Event(dict[str, Any]):
    """The attributes and the `data` of one CloudEvent."""


def _items(headers: Mapping[str, str], raw: bytes) -> tuple[list[object], bool]:
    """What the body holds, and whether it is a list of it."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if "ce-specversion" in headers:
        return [_binary(headers, raw)], False
    document = json_document(raw)
    items = document if isinstance(document, list) else [document]
    if len(items) > MOST_ITEMS:
        reason = Sentence("at most {most} items at once", most=MOST_ITEMS)
        raise Unreadable(reason)
    if media_type in ("application/cloudevents+json", "application/cloudevents-batch+json"):
        items = [Event(item) if isinstance(item, dict) else item for item in items]
    return items, isinstance(document, list)


def _binary(headers: Mapping[str, str], raw: bytes) -> Event:
    """A CloudEvent whose attributes are headers: percent-encoded UTF-8, decoded once."""
    event = Event()
    for name in _ATTRIBUTES:
        if f"ce-{name}" in headers:
            try:
                event[name] = unquote(headers[f"ce-{name}"], errors="strict")
            except UnicodeDecodeError:
                reason = Sentence("ce-{name} is not percent-encoded UTF-8", name=name)
                raise Unreadable(reason) from None
    if raw:
        event["data"] = json_document(raw)
    return event


def _activity(event: Event) -> dict[str, Any] | None:
    """A CloudEvent as an activity's body, or nothing when it is an event of another kind. Raises `Invalid`."""
    attributes = {name: event[name] for name in _ATTRIBUTES if event.get(name) is not None}  # null means absent
    problems = [
        Problem(f"/{name}", Sentence("a CloudEvent needs this attribute as text"))
        for name in ("id", "source", "type")
        if not isinstance(attributes.get(name), str) or not attributes[name]
    ]
    if attributes.get("specversion") != "1.0":
        problems.append(Problem("/specversion", Sentence("CloudEvents 1.0 is read here")))
    if problems:
        raise Invalid("invalid_event", Sentence("This is no CloudEvent."), problems)
    kind = _TYPE.match(attributes["type"])
    if kind is None:
        return None
    data = {} if event.get("data") is None else event["data"]
    if not isinstance(data, dict):
        raise Invalid(
            "invalid_event", Sentence("The data is no object."), [Problem("/data", Sentence("a JSON object is needed"))]
        )
    body = dict(data) if said.MEMBERS & data.keys() else {"data": data}
    body["kind"] = kind[1]
    body.setdefault("activity_key", f"{attributes['source']}#{attributes['id']}")
    if "subject" in attributes:
        body["actor"] = attributes["subject"]
    if "time" in attributes:
        body["occurred_at"] = attributes["time"]
    return body
