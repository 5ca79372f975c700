"""What is found in the parts of an event: people, posts, instants, and what came last."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from loyalty import clock
from loyalty.activities import Identity
from loyalty.platforms.reading import Context, activity_key, number_in, text_in
from loyalty.said import AHEAD, storable

PLATFORM = "discourse"
REGULAR = 1  # a post of a person; others are moderators' actions, notices and whispers
PRESENCE = 1 << 52  # above the version of every edit until 2106

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_HASHTAG = re.compile(r"(?<![\w#&/(\[.-])#(\w{2,100})\b")
_EDITS = 1 << 20  # events whose order is told within one second
_UNDOING = ("post_destroyed", "unaccepted_solution", "topic_unvote", "user_badge_revoked", "user_destroyed")


class Event(NamedTuple):
    """What the headers say: the event's name, its number, and the forum that all ids belong to."""

    name: str
    number: int
    forum: str
    context: Context

    @property
    def undoes(self) -> bool:
        """Whether the event takes something back."""
        return self.name in _UNDOING


class Ids(NamedTuple):
    """Which post of which topic."""

    post: int
    topic: int
    number: int  # its place in the topic, from 1


def ids_in(post: dict[str, Any]) -> Ids | None:
    """The ids of a post; none where one of them is missing."""
    found, topic, number = number_in(post, "id"), number_in(post, "topic_id"), number_in(post, "post_number")
    return None if found is None or topic is None or number is None else Ids(found, topic, number)


def counts(post: dict[str, Any]) -> bool:
    """Whether it is a person's own words where others can read them."""
    return post.get("topic_archetype") == "regular" and number_in(post, "post_type") == REGULAR


def is_gone(post: dict[str, Any]) -> bool:
    """Whether the post says of itself that it was deleted."""
    return post.get("user_deleted") is True or text_in(post, "deleted_at") is not None


def hashtags_in(raw: str) -> list[str]:
    """Each distinct tag outside of code, without `#`, case-folded, in order of first use; the first 30."""
    tags = (storable(tag).casefold() for tag in _HASHTAG.findall(_CODE.sub(" ", raw)))
    return list(dict.fromkeys(tags))[:30]


def as_object(post: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """The post; its category's slug stands for a tag, its topic for what it answers."""
    category = text_in(post, "category_slug")
    thing = {"kind": "post", "id": str(ids.post), "tags": [] if category is None else [category]}
    return thing if ids.number == 1 else thing | {"parent": str(ids.topic)}


def author_of(event: Event, topic: int, number: int) -> str:
    """Whoever wrote the post at this place of the topic; the first place is the topic's author."""
    return f"author_of:{PLATFORM}:{event.forum}:{topic}/{number}"


def person_in(event: Event, values: dict[str, Any], name: str) -> Identity | None:
    """The person whose id is under `name`, or nobody when it is one of the forum's own users."""
    number = number_in(values, name)
    if number is None or number <= 0:
        return None
    return Identity(PLATFORM, event.forum, str(number), text_in(values, "username"))


def key_of(event: Event, kind: str, *ids: int) -> str:
    """The activity key of the thing of the forum that these ids name."""
    return activity_key(PLATFORM, kind, event.forum, *map(str, ids))


def version_of(post: dict[str, Any], event: Event) -> int:
    """The event's number, for what says whether the post is there; else the second of `updated_at`, then the number."""
    if event.name in ("post_destroyed", "post_recovered"):
        return PRESENCE + event.number
    second = instant_in(post, "updated_at", event) // clock.SECOND
    return min(second * _EDITS + event.number % _EDITS, PRESENCE - 1)


def instant_in(values: dict[str, Any], name: str, event: Event) -> int:
    """The instant under `name`; that of receipt where there is none, or one that cannot be."""
    received_at = event.context.received_at
    try:
        at = clock.from_datetime(datetime.fromisoformat(text_in(values, name) or ""))
    except (ValueError, OverflowError):
        return received_at
    return at if 0 <= at <= received_at + AHEAD else received_at
