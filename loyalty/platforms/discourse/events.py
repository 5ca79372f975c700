"""What each sort of event says, as activities.

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
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from loyalty import clock
from loyalty.activities import Activity, Reference
from loyalty.platforms.discourse.parts import (
    PLATFORM,
    PRESENCE,
    Event,
    as_object,
    author_of,
    counts,
    hashtags_in,
    ids_in,
    instant_in,
    is_gone,
    key_of,
    person_in,
    version_of,
)
from loyalty.platforms.reading import activity_key, mapping, number_in, text_in


def _post(post: dict[str, Any], event: Event) -> Iterator[Activity]:
    """A post or comment with its hashtags, while it is there. Of who deleted it nothing is said: it is taken for its
    author's doing.
    """
    author, ids = person_in(event, post, "user_id"), ids_in(post)
    if author is None or ids is None or not counts(post):
        return
    gone = event.undoes or (event.name != "post_recovered" and is_gone(post))
    raw = post.get("raw")
    tags = hashtags_in(raw) if isinstance(raw, str) and not gone else []
    thing = as_object(post, ids)
    written = Activity(
        kind="post_created" if ids.number == 1 else "comment_created",
        key=key_of(event, "post", ids.post),
        at=instant_in(post, "created_at", event),
        platform=PLATFORM,
        op="reverse" if gone else "amend" if event.name == "post_edited" else "apply",
        version=version_of(post, event),
        actor=author,
        object=thing | {"tags": list(dict.fromkeys((*thing["tags"], *tags)))},
        data={"length": len(raw)} if isinstance(raw, str) else {},
        declares=author_of(event, ids.topic, ids.number),
        by="author",
    )
    yield written
    for tag in tags:
        yield replace(
            written,
            kind="hashtag_posted",
            key=activity_key(PLATFORM, "hashtag", event.forum, str(ids.post), tag),
            object=thing | {"tags": [tag]},
            data={"hashtag": tag},
        )


def _like(like: dict[str, Any], event: Event) -> Iterator[Activity]:
    """One person's like of one post. The post names its author; if not, the author is found once the post is known."""
    post, person = mapping(like.get("post")), person_in(event, mapping(like.get("user")), "id")
    ids = ids_in(post)
    if person is None or ids is None or not counts(post):
        return
    author = person_in(event, post, "user_id")
    if author is None and "user_id" in post:
        return
    yield Activity(
        kind="helpful_reaction",
        key=key_of(event, "like", ids.post, int(person.id)),
        at=event.context.received_at,
        platform=PLATFORM,
        version=event.number,
        actor=person,
        beneficiary=author or Reference(author_of(event, ids.topic, ids.number)),
        object=as_object(post, ids),
        data={"reaction": "like"},
    )


def _solution(post: dict[str, Any], event: Event) -> Iterator[Activity]:
    """An accepted answer. In a forum with one solution a topic it declares what all answers of the topic declare."""
    author, ids = person_in(event, post, "user_id"), ids_in(post)
    if author is None or ids is None or not counts(post):
        return
    alone = not event.undoes and event.context.options.get("several_solutions") is not True
    yield Activity(
        kind="answer_accepted",
        key=key_of(event, "solved", ids.topic, ids.post),
        at=event.context.received_at,
        platform=PLATFORM,
        op="reverse" if event.undoes else "apply",
        version=event.number,
        actor=Reference(author_of(event, ids.topic, 1)),
        beneficiary=author,
        object=as_object(post, ids),
        declares=f"solution_of:{PLATFORM}:{event.forum}:{ids.topic}" if alone else None,
        by="author",
    )


def _vote(vote: dict[str, Any], event: Event) -> Iterator[Activity]:
    """A vote for a topic, there until it is withdrawn."""
    voter, topic, votes = person_in(event, vote, "voter_id"), number_in(vote, "topic_id"), number_in(vote, "vote_count")
    if voter is None or topic is None:
        return
    yield Activity(
        kind="topic_voted",
        key=key_of(event, "vote", topic, int(voter.id)),
        at=event.context.received_at,
        platform=PLATFORM,
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
    person = person_in(event, grant, "user_id") or person_in(event, mapping(grant.get("user")), "id")
    grant_id, badge_id = number_in(grant, "id"), number_in(grant, "badge_id") or number_in(badge, "id")
    if person is None or grant_id is None or badge_id is None:
        return
    yield Activity(
        kind="badge_earned",
        key=key_of(event, "badge", grant_id),
        at=instant_in(grant, "granted_at", event),
        platform=PLATFORM,
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
    person = person_in(event, user, "id")
    if person is None:
        return
    inviter = person_in(event, mapping(user.get("invited_by")), "id")
    joined = event.name == "user_approved" or (number_in(user, "post_count") or 0) > 0
    received_at = event.context.received_at
    if event.undoes or (inviter is not None and joined):
        yield Activity(
            kind="referral_joined",
            key=key_of(event, "join", int(person.id)),
            at=received_at,
            platform=PLATFORM,
            op="reverse" if event.undoes else "apply",
            version=PRESENCE if event.undoes else PRESENCE - received_at // clock.SECOND,  # the first one holds
            actor=person,
            beneficiary=inviter,
            object={"kind": "forum", "id": event.forum},
            data={"channel": PLATFORM},
            by="moderator",
        )
    if event.undoes:
        yield Activity(
            kind="member_left",
            key=key_of(event, "left", int(person.id)),
            at=received_at,
            platform=PLATFORM,
            version=event.number,
            actor=person,
            object={"kind": "forum", "id": event.forum},
            data={"reason": "removed"},
        )


READERS: Mapping[str, tuple[str, Callable[[dict[str, Any], Event], Iterator[Activity]]]] = {
    **dict.fromkeys(("post_created", "post_edited", "post_destroyed", "post_recovered"), ("post", _post)),
    "post_liked": ("like", _like),
    **dict.fromkeys(("accepted_solution", "unaccepted_solution"), ("solved", _solution)),
    **dict.fromkeys(("topic_upvote", "topic_unvote"), ("topic_voting", _vote)),
    **dict.fromkeys(("user_badge_granted", "user_badge_revoked"), ("user_badge", _badge)),
    **dict.fromkeys(("user_approved", "user_promoted", "user_destroyed"), ("user", _user)),
}
"""By the name of the event: under which name its body has it, and who reads that."""
