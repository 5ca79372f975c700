"""The community's forum, as Discourse says it: by webhook what happens now, as lines of an export what lies back.

Both name the same things alike, so that a later webhook about an exported post finds it.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from demo.history import Event
from demo.people import Person

FORUM = "forum.baikibersama.example"
_FIRST_USER = 101
_NAMES = {
    "topic": ("post", "post_created", "post"),
    "reply": ("post", "post_created", "post"),
    "deleted": ("post", "post_destroyed", "post"),
    "accept": ("solved", "accepted_solution", "solved"),
    "unaccept": ("solved", "unaccepted_solution", "solved"),
    "like": ("like", "post_liked", "like"),
}
"""What happened -> the event's type, its name, and where in the body it stands."""


def person(one: Person) -> dict[str, str]:
    """Their identity on the forum."""
    return {"platform": "discourse", "scope": FORUM, "id": str(_FIRST_USER + one.number), "handle": one.key}


def line(event: Event) -> dict[str, Any]:
    """The event as an activity, of whatever age."""
    said: dict[str, Any] = {
        "platform": "discourse",
        "occurred_at": event.at.isoformat(),
        "actor": person(event.who),
        "object": {"kind": "post", "id": str(event.thing), "tags": list(event.tags)},
    }
    if event.what == "like":
        liker = person(event.who)["id"]
        return said | {
            "kind": "helpful_reaction",
            "activity_key": f"discourse:like:{FORUM}:{event.thing}:{liker}",
            "beneficiary": _other(event),
            "data": {"reaction": "like"},
        }
    if event.what == "accept":
        return said | {
            "kind": "answer_accepted",
            "activity_key": f"discourse:solved:{FORUM}:{event.to}:{event.thing}",
            "beneficiary": _other(event),
        }
    return said | {
        "kind": "post_created" if event.place == 1 else "comment_created",
        "activity_key": f"discourse:post:{FORUM}:{event.thing}",
        "data": {"length": len(event.text)},
        "declares": f"author_of:discourse:{FORUM}:{event.to}/{event.place}",
    }


def hook(event: Event, number: int, secret: str) -> tuple[dict[str, Any], dict[str, str], Any]:
    """The event as the forum's webhook with that number: its body, its headers, and what signs the raw body."""
    kind, name, root = _NAMES[event.what]
    author = event.other if event.what in ("accept", "unaccept", "like") else event.who
    post = _post(event, author or event.who)
    liker = {"id": int(person(event.who)["id"]), "username": event.who.key}
    body = {root: {"post": post, "user": liker} if event.what == "like" else post}
    headers = {
        "X-Discourse-Instance": f"https://{FORUM}",
        "X-Discourse-Event-Id": str(number),
        "X-Discourse-Event-Type": kind,
        "X-Discourse-Event": name,
    }

    def sign(raw: bytes) -> dict[str, str]:
        return {"X-Discourse-Event-Signature": f"sha256={hmac.digest(secret.encode(), raw, sha256).hex()}"}

    return body, headers, sign


def _other(event: Event) -> dict[str, str] | None:
    return None if event.other is None else person(event.other)


def _post(event: Event, author: Person) -> dict[str, Any]:
    written = event.at.isoformat()
    return {
        "id": event.thing,
        "user_id": int(person(author)["id"]),
        "username": author.key,
        "name": author.name,
        "created_at": written,
        "updated_at": written,
        "raw": event.text,
        "post_number": event.place,
        "post_type": 1,
        "topic_id": event.to,
        "topic_archetype": "regular",
        "category_slug": event.tags[0] if event.tags else None,
    }
