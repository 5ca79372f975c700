"""What each sort of update says, as activities.

**Versions.** Telegram opens many connections, so updates of one thing arrive in any order. `update_id` grows, yet is
drawn at random after a week without updates; so the date that an update carries comes first and its id breaks ties
within the second. A poll answer carries no date: the week of its receipt comes first there, and within it the id, since
ids only jump when a week has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from loyalty import clock
from loyalty.activities import Activity, Identity, Reference
from loyalty.platforms.reading import Context, activity_key, mapping, number_in, text_in
from loyalty.platforms.telegram.parts import (
    LAST_SECOND,
    PLATFORM,
    as_person,
    counts,
    date_in,
    extent_of,
    hashtags_in,
    is_inside,
    listens,
    owner_of,
    replied_to,
    version_of,
    video_in,
)

WRITTEN = ("post_created", "comment_created")
"""The kinds of which a message is the whole."""
_WEEK = 7 * clock.DAY


def _message(message: dict[str, Any], update_id: int, context: Context) -> Iterator[Activity]:
    """A post or comment, each hashtag and video in it, or a payment."""
    author = as_person(message.get("from"))
    date = date_in(message, "date", context)
    yield from _payment(message, author, date, update_id)
    chat, number = number_in(mapping(message.get("chat")), "id"), number_in(message, "message_id")
    if author is None or chat is None or number is None or not counts(message, context):
        return
    edited = number_in(message, "edit_date") is not None
    version = version_of(date_in(message, "edit_date", context) if edited else date, update_id)
    place = f"{chat}:{number}"
    thing, key = {"kind": "message", "id": place}, place
    album = text_in(message, "media_group_id")
    if album:  # its parts are one post; the first one holds, and carries the reactions
        key = f"{chat}:album:{album}"
        version = version if edited else version_of(date, -number)
    op = "amend" if edited else "apply"
    tags = hashtags_in(message)
    parent = replied_to(message, chat)
    yield Activity(
        kind="post_created" if parent is None else "comment_created",
        key=activity_key(PLATFORM, "message", key),
        at=date,
        platform=PLATFORM,
        op=op,
        version=version,
        actor=author,
        object=thing | {"tags": tags} | ({} if parent is None else {"parent": parent}),
        data=extent_of(message) if parent is None else {"length": extent_of(message)["length"]},
        declares=f"author_of:{PLATFORM}::{place}",
    )
    for tag in tags:
        yield Activity(
            kind="hashtag_posted",
            key=activity_key(PLATFORM, "hashtag", key, tag),
            at=date,
            platform=PLATFORM,
            op=op,
            version=version,
            actor=author,
            object=thing | {"tags": [tag]},
            data={"hashtag": tag},
            declares=f"author_of:{PLATFORM}::{place}",
        )
    video = video_in(message)
    file = text_in(video, "file_unique_id")
    if file:
        # Whoever posts a video again after somebody else posted nothing: of all sayings about one file, the earliest
        # has the greatest version.
        yield Activity(
            kind="video_posted",
            key=activity_key(PLATFORM, "video", file),
            at=date,
            platform=PLATFORM,
            version=version_of(LAST_SECOND * clock.SECOND - date, -number),
            actor=author,
            object={"kind": "video", "id": file, "tags": tags},
            data={"seconds": number_in(video, "duration") or 0},
        )


def _payment(message: dict[str, Any], payer: Identity | None, date: int, update_id: int) -> Iterator[Activity]:
    for name, op in (("successful_payment", "apply"), ("refunded_payment", "reverse")):
        payment = mapping(message.get(name))
        charge = text_in(payment, "telegram_payment_charge_id")
        if not charge or (op == "apply" and payer is None):
            continue
        yield Activity(
            kind="purchase_made",
            key=activity_key(PLATFORM, "payment", charge),
            at=date,
            platform=PLATFORM,
            op=op,
            version=version_of(date, update_id),
            actor=payer,
            object={"kind": "payment", "id": charge},
            data={
                "amount_minor": number_in(payment, "total_amount") or 0,
                "currency": text_in(payment, "currency") or "",
            },
            declares=f"payment:{charge}" if op == "apply" else None,
        )


def _reaction(reaction: dict[str, Any], update_id: int, context: Context) -> Iterator[Activity]:
    """One person's reaction to one message: there while any emoji is, whoever wrote the message."""
    person = as_person(reaction.get("user"))
    chat, number = number_in(mapping(reaction.get("chat")), "id"), number_in(reaction, "message_id")
    now = reaction.get("new_reaction")
    if person is None or chat is None or number is None or not isinstance(now, list) or not listens(reaction, context):
        return
    date = date_in(reaction, "date", context)
    yield Activity(
        kind="helpful_reaction",
        key=activity_key(PLATFORM, "reaction", f"{chat}:{number}", person.id),
        at=date,
        platform=PLATFORM,
        op="apply" if now else "reverse",
        version=version_of(date, update_id),
        actor=person,
        beneficiary=Reference(f"author_of:{PLATFORM}::{chat}:{number}"),
        object={"kind": "message", "id": f"{chat}:{number}"},
        data={"reaction": text_in(mapping(now[0]), "emoji") or "custom"} if now else {},
        by="author",
    )


def _poll_answer(answer: dict[str, Any], update_id: int, context: Context) -> Iterator[Activity]:
    """A vote in a poll of the bot's own; no option is a vote withdrawn."""
    voter, poll = as_person(answer.get("user")), text_in(answer, "poll_id")
    options = answer.get("option_ids")
    if voter is None or not poll or not isinstance(options, list) or "voter_chat" in answer:
        return
    yield Activity(
        kind="poll_voted",
        key=activity_key(PLATFORM, "poll", poll, voter.id),
        at=context.received_at,
        platform=PLATFORM,
        op="apply" if options else "reverse",
        version=(context.received_at // _WEEK << 40) + update_id % (1 << 40),
        actor=voter,
        object={"kind": "poll", "id": poll},
        data={"option": str(options[0])[:32]} if options else {},
        by="author",
    )


def _chat_member(change: dict[str, Any], update_id: int, context: Context) -> Iterator[Activity]:
    """Somebody came by a personal link, or went. Who it is stands in the new state: `from` may be an admin."""
    before, after = mapping(change.get("old_chat_member")), mapping(change.get("new_chat_member"))
    person = as_person(after.get("user"))
    chat = number_in(mapping(change.get("chat")), "id")
    if person is None or chat is None or is_inside(before) == is_inside(after) or not listens(change, context):
        return
    date = date_in(change, "date", context)
    version = version_of(date, update_id)
    came = activity_key(PLATFORM, "join", str(chat), person.id)
    if is_inside(after):
        referrer = owner_of(mapping(change.get("invite_link")))
        if referrer is not None:
            yield Activity(
                kind="referral_joined",
                key=came,
                at=date,
                platform=PLATFORM,
                version=version,
                actor=person,
                beneficiary=referrer,
                object={"kind": "chat", "id": str(chat)},
                data={"channel": PLATFORM},
            )
        return
    by = "author" if number_in(mapping(change.get("from")), "id") == int(person.id) else "moderator"
    chat_object = {"kind": "chat", "id": str(chat)}
    yield Activity(
        kind="referral_joined",
        key=came,
        at=date,
        platform=PLATFORM,
        op="reverse",
        version=version,
        actor=person,
        object=chat_object,
        by=by,
    )
    yield Activity(
        kind="member_left",
        key=activity_key(PLATFORM, "left", str(chat), person.id, str(date // clock.SECOND)),
        at=date,
        platform=PLATFORM,
        version=version,
        actor=person,
        object=chat_object,
        data={"reason": "left" if by == "author" else "removed"},
    )


READERS: Mapping[str, Callable[[dict[str, Any], int, Context], Iterator[Activity]]] = {
    "message": _message,
    "edited_message": _message,
    "message_reaction": _reaction,
    "poll_answer": _poll_answer,
    "chat_member": _chat_member,
}
"""By the name under which an update has it."""
