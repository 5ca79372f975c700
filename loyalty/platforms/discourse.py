"""Discourse: the webhooks of a forum, for the events of posts, likes, solutions, votes, badges and users.

Discourse signs the body, not the headers; yet only the headers say which event it is, and its number. So whoever could
record a signed body could say it under another name: give the hook an https address. The events' numbers grow with
time, and a repetition of the forum's own making gets a new one, so every activity is named after the thing itself.

**Versions.** A body carries the object as it is, seldom when something was done to it; so the number of the event says
what came last. Of the states of a post, the later `updated_at` does, since a new post and its first edit may be sent in
either order. Deletion and recovery stand above all of them: an author who deletes a post rewrites it first, and that
edit is told like any other. What is edited after a recovery is not heard any more.

**Instants.** Posts and badges carry theirs. For the rest the instant of receipt is taken: a like or a solution
carries only the instant at which the post was written.

**Solutions.** Discourse does not say who accepted, so the topic's author is taken for it, found by reference. A forum
that keeps one solution a topic says nothing of the former when another is chosen: the accepted answers of a topic hang
together, and the latest is all there is. A forum that keeps several is connected with `several_solutions`.

**Edits.** A post is told as a whole: a hashtag that is no longer in it is undone, and all of them when the post goes.

**Not read:** private messages, whispers and notices of the forum; what the forum's own users (with ids up to 0) do;
e-mail addresses. A like that is taken back is told by no webhook: retract it.
"""

from __future__ import annotations

import hmac
import re
import secrets as random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from loyalty import clock
from loyalty.activities import Activity, Identity, Reference
from loyalty.platforms.reading import (
    Context,
    Option,
    Reading,
    Signature,
    Unreadable,
    activity_key,
    json_document,
    mapping,
    not_read,
    number_in,
    text_in,
)
from loyalty.said import AHEAD, storable
from rules_engine.errors import Sentence

HEADERS = ("x-discourse-instance", "x-discourse-event-id", "x-discourse-event-type", "x-discourse-event")

_PLATFORM = "discourse"
_REGULAR = 1  # a post of a person; others are moderators' actions, notices and whispers
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_SCOPE = re.compile(r"[^\s\x00-\x1f\x7f]{1,120}")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_HASHTAG = re.compile(r"(?<![\w#&/(\[.-])#(\w{2,100})\b")
_EDITS = 1 << 20  # events whose order is told within one second
_PRESENCE = 1 << 52  # above the version of every edit until 2106


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
    if name not in _READERS:
        return Reading(reason=not_read([name or "an event without a name"], _READERS))
    root, reader = _READERS[name]
    event = Event(name, _event_number(headers), _scope(headers, context), context)
    said = list(reader(mapping(document.get(root)), event))
    if not said:
        return Reading(reason=f"{name}: {_unheard(mapping(document.get(root)), root)}")
    whole = root == "post" or name == "accepted_solution"
    return Reading(said, whole_of=said[0].declares if whole else None)


def _unheard(thing: dict[str, Any], root: str) -> str:
    """Why nothing is read in an event of a sort that is read."""
    post = mapping(thing.get("post")) if root == "like" else thing
    if not thing:
        return f"there is no {root} in its body"
    if root not in ("post", "like", "solved"):
        return _UNHEARD[root]
    if post.get("topic_archetype") != "regular":
        return "it is of a private message, or does not say that it is none"
    if number_in(post, "post_type") != _REGULAR:
        return "it is of a whisper or of a notice of the forum, not of a post"
    return "it is of one of the forum's own users, or does not say which post of which topic"


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


def _post(post: dict[str, Any], event: Event) -> Iterator[Activity]:
    """A post or comment with its hashtags, while it is there. Of who deleted it nothing is said: it is taken for its
    author's doing.
    """
    author, ids = _person(event, post, "user_id"), _ids(post)
    if author is None or ids is None or not _counts(post):
        return
    gone = event.undoes or (event.name != "post_recovered" and _is_gone(post))
    raw = post.get("raw")
    tags = _hashtags(raw) if isinstance(raw, str) and not gone else []
    thing = _object(post, ids)
    written = Activity(
        kind="post_created" if ids.number == 1 else "comment_created",
        key=_key(event, "post", ids.post),
        at=_instant(post, "created_at", event),
        platform=_PLATFORM,
        op="reverse" if gone else "amend" if event.name == "post_edited" else "apply",
        version=_version(post, event),
        actor=author,
        object=thing | {"tags": list(dict.fromkeys((*thing["tags"], *tags)))},
        data={"length": len(raw)} if isinstance(raw, str) else {},
        declares=_author_of(event, ids.topic, ids.number),
        by="author",
    )
    yield written
    for tag in tags:
        yield replace(
            written,
            kind="hashtag_posted",
            key=activity_key(_PLATFORM, "hashtag", event.forum, str(ids.post), tag),
            object=thing | {"tags": [tag]},
            data={"hashtag": tag},
        )


def _like(like: dict[str, Any], event: Event) -> Iterator[Activity]:
    """One person's like of one post. The post names its author; if not, the author is found once the post is known."""
    post, person = mapping(like.get("post")), _person(event, mapping(like.get("user")), "id")
    ids = _ids(post)
    if person is None or ids is None or not _counts(post):
        return
    author = _person(event, post, "user_id")
    if author is None and "user_id" in post:
        return
    yield Activity(
        kind="helpful_reaction",
        key=_key(event, "like", ids.post, int(person.id)),
        at=event.context.received_at,
        platform=_PLATFORM,
        version=event.number,
        actor=person,
        beneficiary=author or Reference(_author_of(event, ids.topic, ids.number)),
        object=_object(post, ids),
        data={"reaction": "like"},
    )


def _solution(post: dict[str, Any], event: Event) -> Iterator[Activity]:
    """An accepted answer. In a forum with one solution a topic it declares what all answers of the topic declare."""
    author, ids = _person(event, post, "user_id"), _ids(post)
    if author is None or ids is None or not _counts(post):
        return
    alone = not event.undoes and event.context.options.get("several_solutions") is not True
    yield Activity(
        kind="answer_accepted",
        key=_key(event, "solved", ids.topic, ids.post),
        at=event.context.received_at,
        platform=_PLATFORM,
        op="reverse" if event.undoes else "apply",
        version=event.number,
        actor=Reference(_author_of(event, ids.topic, 1)),
        beneficiary=author,
        object=_object(post, ids),
        declares=f"solution_of:{_PLATFORM}:{event.forum}:{ids.topic}" if alone else None,
        by="author",
    )


def _vote(vote: dict[str, Any], event: Event) -> Iterator[Activity]:
    """A vote for a topic, there until it is withdrawn."""
    voter, topic, votes = _person(event, vote, "voter_id"), number_in(vote, "topic_id"), number_in(vote, "vote_count")
    if voter is None or topic is None:
        return
    yield Activity(
        kind="topic_voted",
        key=_key(event, "vote", topic, int(voter.id)),
        at=event.context.received_at,
        platform=_PLATFORM,
        op="reverse" if event.undoes else "apply",
        version=event.number,
        actor=voter,
        object={"kind": "topic", "id": str(topic)},
        data={} if votes is None else {"votes": votes},
        by="author",
    )


def _badge(grant: dict[str, Any], event: Event) -> Iterator[Activity]:
    """A badge of the forum, named by the grant: a badge that is granted several times is several."""
    badge = mapping(grant.get("badge"))
    person = _person(event, grant, "user_id") or _person(event, mapping(grant.get("user")), "id")
    grant_id, badge_id = number_in(grant, "id"), number_in(grant, "badge_id") or number_in(badge, "id")
    if person is None or grant_id is None or badge_id is None:
        return
    yield Activity(
        kind="badge_earned",
        key=_key(event, "badge", grant_id),
        at=_instant(grant, "granted_at", event),
        platform=_PLATFORM,
        op="reverse" if event.undoes else "apply",
        actor=person,
        object={"kind": "badge", "id": str(badge_id)},
        data={"badge": text_in(badge, "name") or str(badge_id)},
        by="moderator",
    )


def _user(user: dict[str, Any], event: Event) -> Iterator[Activity]:
    """An invited person has joined once approved, or promoted with a post of their own, whichever is told first; until
    destroyed, for good.
    """
    person = _person(event, user, "id")
    if person is None:
        return
    inviter = _person(event, mapping(user.get("invited_by")), "id")
    joined = event.name == "user_approved" or (number_in(user, "post_count") or 0) > 0
    received_at = event.context.received_at
    if event.undoes or (inviter is not None and joined):
        yield Activity(
            kind="referral_joined",
            key=_key(event, "join", int(person.id)),
            at=received_at,
            platform=_PLATFORM,
            op="reverse" if event.undoes else "apply",
            version=_PRESENCE if event.undoes else _PRESENCE - received_at // clock.SECOND,  # the first one holds
            actor=person,
            beneficiary=inviter,
            object={"kind": "forum", "id": event.forum},
            data={"channel": _PLATFORM},
            by="moderator",
        )
    if event.undoes:
        yield Activity(
            kind="member_left",
            key=_key(event, "left", int(person.id)),
            at=received_at,
            platform=_PLATFORM,
            version=event.number,
            actor=person,
            object={"kind": "forum", "id": event.forum},
            data={"reason": "removed"},
        )


_READERS = {
    **dict.fromkeys(("post_created", "post_edited", "post_destroyed", "post_recovered"), ("post", _post)),
    "post_liked": ("like", _like),
    **dict.fromkeys(("accepted_solution", "unaccepted_solution"), ("solved", _solution)),
    **dict.fromkeys(("topic_upvote", "topic_unvote"), ("topic_voting", _vote)),
    **dict.fromkeys(("user_badge_granted", "user_badge_revoked"), ("user_badge", _badge)),
    **dict.fromkeys(("user_approved", "user_promoted", "user_destroyed"), ("user", _user)),
}
_UNHEARD = {
    "topic_voting": "it does not say who voted (a person, not one of the forum's own users) or on which topic",
    "user_badge": "it does not say who got it (a person, not one of the forum's own users) or which badge",
    "user": "nobody has joined by it: that takes an inviter, and an approval or a first post",
}
_UNDOING = ("post_destroyed", "unaccepted_solution", "topic_unvote", "user_badge_revoked", "user_destroyed")


class _Ids(NamedTuple):
    post: int
    topic: int
    number: int  # its place in the topic, from 1


def _ids(post: dict[str, Any]) -> _Ids | None:
    found, topic, number = number_in(post, "id"), number_in(post, "topic_id"), number_in(post, "post_number")
    return None if found is None or topic is None or number is None else _Ids(found, topic, number)


def _counts(post: dict[str, Any]) -> bool:
    """Whether it is a person's own words where others can read them."""
    return post.get("topic_archetype") == "regular" and number_in(post, "post_type") == _REGULAR


def _hashtags(raw: str) -> list[str]:
    """Each distinct tag outside of code, without `#`, case-folded, in order of first use; the first 30."""
    tags = (storable(tag).casefold() for tag in _HASHTAG.findall(_CODE.sub(" ", raw)))
    return list(dict.fromkeys(tags))[:30]


def _is_gone(post: dict[str, Any]) -> bool:
    return post.get("user_deleted") is True or text_in(post, "deleted_at") is not None


def _object(post: dict[str, Any], ids: _Ids) -> dict[str, Any]:
    """The post; its category's slug stands for a tag, its topic for what it answers."""
    category = text_in(post, "category_slug")
    thing = {"kind": "post", "id": str(ids.post), "tags": [] if category is None else [category]}
    return thing if ids.number == 1 else thing | {"parent": str(ids.topic)}


def _author_of(event: Event, topic: int, number: int) -> str:
    """Whoever wrote the post at this place of the topic; the first place is the topic's author."""
    return f"author_of:{_PLATFORM}:{event.forum}:{topic}/{number}"


def _person(event: Event, values: dict[str, Any], name: str) -> Identity | None:
    """The person whose id is under `name`, or nobody when it is one of the forum's own users."""
    number = number_in(values, name)
    if number is None or number <= 0:
        return None
    return Identity(_PLATFORM, event.forum, str(number), text_in(values, "username"))


def _key(event: Event, kind: str, *ids: int) -> str:
    return activity_key(_PLATFORM, kind, event.forum, *map(str, ids))


def _version(post: dict[str, Any], event: Event) -> int:
    """The event's number, for what says whether the post is there; else the second of `updated_at`, then the number."""
    if event.name in ("post_destroyed", "post_recovered"):
        return _PRESENCE + event.number
    second = _instant(post, "updated_at", event) // clock.SECOND
    return min(second * _EDITS + event.number % _EDITS, _PRESENCE - 1)


def _instant(values: dict[str, Any], name: str, event: Event) -> int:
    """The instant under `name`; that of receipt where there is none, or one that cannot be."""
    received_at = event.context.received_at
    try:
        at = clock.from_datetime(datetime.fromisoformat(text_in(values, name) or ""))
    except (ValueError, OverflowError):
        return received_at
    return at if 0 <= at <= received_at + AHEAD else received_at
