"""Telegram's Bot API: updates of groups in which the community's bot is an admin.

Telegram signs nothing; it repeats the secret token that `setWebhook` was given. Ask it for `message`,
`edited_message`, `message_reaction`, `poll_answer` and `chat_member`: the last three only come when they are named.

**Versions.** Telegram opens many connections, so updates of one thing arrive in any order. `update_id` grows, yet is
drawn at random after a week without updates; so the date that an update carries comes first and its id breaks ties
within the second. A poll answer carries no date: the week of its receipt comes first there, and within it the id, since
ids only jump when a week has passed.

**Not read:** what bots, channels and anonymous admins do; what was forwarded; service messages; private chats with the
bot, except for payments. Who attended a video chat is told to nobody.
"""

from __future__ import annotations

import hmac
import re
import secrets as random
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from loyalty import clock
from loyalty.activities import Activity, Identity, MemberId, Party, Reference
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
from loyalty.said import storable
from rules_engine.errors import Sentence

HEADERS: Sequence[str] = ()


def _chats(value: object) -> list[str]:
    ids = value if isinstance(value, list) else []
    texts = [str(one) for one in ids if type(one) in (int, str)]
    if not texts or len(texts) != len(ids) or len(texts) > 100 or not all(map(_CHAT.fullmatch, texts)):
        raise Unreadable(Sentence("a list of 1 to 100 chat ids, such as -1002000000001"))
    return texts


SIGNATURE = Signature(
    "X-Telegram-Bot-Api-Secret-Token",
    "The secret itself, as Telegram repeats it with every update: `secret_token` in its `setWebhook`.",
)
OPTIONS: Mapping[str, Option] = {"chats": Option("The ids of the chats that are heard; without it all are.", _chats)}

_PLATFORM = "telegram"
_TOKEN_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # a header's name
_CHANNEL_BOT = 136817688  # stands in for the channel that votes in a poll
_OF_MEMBERS = ("creator", "administrator", "member")
_CONTENT = (
    *("text", "animation", "audio", "checklist", "contact", "dice", "document", "game", "location", "paid_media"),
    *("photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
)
_FRAME = {"message_id", "message_thread_id", "from", "chat", "date", "edit_date", "is_topic_message"}
_WRITTEN = ("post_created", "comment_created")
_FORWARDED = ("forward_origin", "forward_date", "forward_from", "is_automatic_forward")
_CHAT = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_MEMBER_IN_NAME = re.compile(r"ref:(?:mem_)?([0-9a-z]{26})\Z")
_LAST_SECOND = 1 << 33  # some 270 years on; a later date is a mistake
_WEEK = 7 * clock.DAY


def new_secret() -> str:
    """A token for `setWebhook(secret_token=…)`."""
    return random.token_urlsafe(32)


def verify(secrets: Sequence[str], headers: Mapping[str, str], raw: bytes, now: int) -> bool:  # noqa: ARG001  # as the `Platform` protocol asks
    """Whether the request repeats one of the secret tokens."""
    said = headers.get(_TOKEN_HEADER, "").encode("utf-8", "replace")
    return any(secret != "" and hmac.compare_digest(said, secret.encode()) for secret in secrets)


def delivery_id(headers: Mapping[str, str], raw: bytes) -> str:  # noqa: ARG001  # as the `Platform` protocol asks
    """The update's id, or a digest of a body that has none."""
    try:
        update_id = number_in(mapping(json_document(raw)), "update_id")
    except Unreadable:
        update_id = None
    return f"sha256:{sha256(raw).hexdigest()}" if update_id is None else str(update_id)


def read(headers: Mapping[str, str], raw: bytes, context: Context) -> Reading:  # noqa: ARG001  # as the `Platform` protocol asks
    """The activities in an update. Raises `Unreadable` when it is none."""
    update = json_document(raw)
    if not isinstance(update, dict):
        reason = Sentence("an update is a JSON object")
        raise Unreadable(reason)
    update_id = number_in(update, "update_id") or 0
    said: list[Activity] = []
    for name, reader in _READERS.items():
        if isinstance(update.get(name), dict):
            said += reader(update[name], update_id, context)
    whole = next((one.declares for one in said if one.kind in _WRITTEN), None)
    return Reading(said, whole_of=whole, reason=None if said else _reason(update, context))


def _reason(update: dict[str, Any], context: Context) -> str:
    """Why nothing is read in an update: what was in it, and what of that would have been needed."""
    name = next((name for name in _READERS if name in update), None)
    if name is None:
        others = update.keys() - {"update_id"}
        return not_read(others, _READERS) if others else "the update is empty: it has an update_id and nothing else"
    part = mapping(update[name])
    why = _UNHEARD[name](part) if _listens(part, context) or name == "poll_answer" else _elsewhere(part)
    return f"{name}: {why}"


def _elsewhere(update: dict[str, Any]) -> str:
    chat = number_in(mapping(update.get("chat")), "id")
    return f"it is from the chat {chat}, and this source was connected for others (its option `chats`)"


def _why_no_message(message: dict[str, Any]) -> str:
    """Why a message of a chat that is heard says nothing."""
    forwarded = next((name for name in _FORWARDED if name in message), None)
    if forwarded is not None:
        return f"it was not written here ({forwarded}); only what people write themselves counts"
    if "sender_chat" in message:
        return "it was sent as a channel or as the group itself, not as a person"
    if "from" in message and _person(message["from"]) is None:
        return "its sender is a bot, or has no id"
    if mapping(message.get("chat")).get("type") == "private":
        return "it is of a private chat with the bot, where only payments count"
    if not any(name in message for name in _CONTENT):
        service = sorted(storable(name)[:64] for name in message.keys() - _FRAME)
        return f"it is a notice of the chat ({', '.join(service[:3])}), and no post" if service else "it is empty"
    return "`from`, `chat` or `message_id` is missing in it"


def _why_nobody_came(change: dict[str, Any]) -> str:
    before, after = mapping(change.get("old_chat_member")), mapping(change.get("new_chat_member"))
    if _person(after.get("user")) is None:
        return "it is about a bot, or `new_chat_member.user` is missing in it"
    if _is_inside(before) == _is_inside(after):
        return "nobody came and nobody left: only a standing in the chat changed"
    return "somebody came without a member's invite link, so nobody referred them"


def _message(message: dict[str, Any], update_id: int, context: Context) -> Iterator[Activity]:
    """A post or comment, each hashtag and video in it, or a payment."""
    author = _person(message.get("from"))
    date = _date(message, "date", context)
    yield from _payment(message, author, date, update_id)
    chat, number = number_in(mapping(message.get("chat")), "id"), number_in(message, "message_id")
    if author is None or chat is None or number is None or not _counts(message, context):
        return
    edited = number_in(message, "edit_date") is not None
    version = _version(_date(message, "edit_date", context) if edited else date, update_id)
    place = f"{chat}:{number}"
    thing, key = {"kind": "message", "id": place}, place
    album = text_in(message, "media_group_id")
    if album:  # its parts are one post; the first one holds, and carries the reactions
        key = f"{chat}:album:{album}"
        version = version if edited else _version(date, -number)
    op = "amend" if edited else "apply"
    tags = _hashtags(message)
    parent = _reply_to(message, chat)
    yield Activity(
        kind="post_created" if parent is None else "comment_created",
        key=activity_key(_PLATFORM, "message", key),
        at=date,
        platform=_PLATFORM,
        op=op,
        version=version,
        actor=author,
        object=thing | {"tags": tags} | ({} if parent is None else {"parent": parent}),
        data=_extent(message) if parent is None else {"length": _extent(message)["length"]},
        declares=f"author_of:{_PLATFORM}::{place}",
    )
    for tag in tags:
        yield Activity(
            kind="hashtag_posted",
            key=activity_key(_PLATFORM, "hashtag", key, tag),
            at=date,
            platform=_PLATFORM,
            op=op,
            version=version,
            actor=author,
            object=thing | {"tags": [tag]},
            data={"hashtag": tag},
            declares=f"author_of:{_PLATFORM}::{place}",
        )
    video = _video(message)
    file = text_in(video, "file_unique_id")
    if file:
        # Whoever posts a video again after somebody else posted nothing: of all sayings about one file, the earliest
        # has the greatest version.
        yield Activity(
            kind="video_posted",
            key=activity_key(_PLATFORM, "video", file),
            at=date,
            platform=_PLATFORM,
            version=_version(_LAST_SECOND * clock.SECOND - date, -number),
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
            key=activity_key(_PLATFORM, "payment", charge),
            at=date,
            platform=_PLATFORM,
            op=op,
            version=_version(date, update_id),
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
    person = _person(reaction.get("user"))
    chat, number = number_in(mapping(reaction.get("chat")), "id"), number_in(reaction, "message_id")
    now = reaction.get("new_reaction")
    if person is None or chat is None or number is None or not isinstance(now, list) or not _listens(reaction, context):
        return
    date = _date(reaction, "date", context)
    yield Activity(
        kind="helpful_reaction",
        key=activity_key(_PLATFORM, "reaction", f"{chat}:{number}", person.id),
        at=date,
        platform=_PLATFORM,
        op="apply" if now else "reverse",
        version=_version(date, update_id),
        actor=person,
        beneficiary=Reference(f"author_of:{_PLATFORM}::{chat}:{number}"),
        object={"kind": "message", "id": f"{chat}:{number}"},
        data={"reaction": text_in(mapping(now[0]), "emoji") or "custom"} if now else {},
        by="author",
    )


def _poll_answer(answer: dict[str, Any], update_id: int, context: Context) -> Iterator[Activity]:
    """A vote in a poll of the bot's own; no option is a vote withdrawn."""
    voter, poll = _person(answer.get("user")), text_in(answer, "poll_id")
    options = answer.get("option_ids")
    if voter is None or not poll or not isinstance(options, list) or "voter_chat" in answer:
        return
    yield Activity(
        kind="poll_voted",
        key=activity_key(_PLATFORM, "poll", poll, voter.id),
        at=context.received_at,
        platform=_PLATFORM,
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
    person = _person(after.get("user"))
    chat = number_in(mapping(change.get("chat")), "id")
    if person is None or chat is None or _is_inside(before) == _is_inside(after) or not _listens(change, context):
        return
    date = _date(change, "date", context)
    version = _version(date, update_id)
    came = activity_key(_PLATFORM, "join", str(chat), person.id)
    if _is_inside(after):
        referrer = _owner(mapping(change.get("invite_link")))
        if referrer is not None:
            yield Activity(
                kind="referral_joined",
                key=came,
                at=date,
                platform=_PLATFORM,
                version=version,
                actor=person,
                beneficiary=referrer,
                object={"kind": "chat", "id": str(chat)},
                data={"channel": _PLATFORM},
            )
        return
    by = "author" if number_in(mapping(change.get("from")), "id") == int(person.id) else "moderator"
    chat_object = {"kind": "chat", "id": str(chat)}
    yield Activity(
        kind="referral_joined",
        key=came,
        at=date,
        platform=_PLATFORM,
        op="reverse",
        version=version,
        actor=person,
        object=chat_object,
        by=by,
    )
    yield Activity(
        kind="member_left",
        key=activity_key(_PLATFORM, "left", str(chat), person.id, str(date // clock.SECOND)),
        at=date,
        platform=_PLATFORM,
        version=version,
        actor=person,
        object=chat_object,
        data={"reason": "left" if by == "author" else "removed"},
    )


_READERS = {
    "message": _message,
    "edited_message": _message,
    "message_reaction": _reaction,
    "poll_answer": _poll_answer,
    "chat_member": _chat_member,
}


_UNHEARD: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "message": _why_no_message,
    "edited_message": _why_no_message,
    "message_reaction": lambda _: "it is anonymous or of a bot, or says neither whose reaction it is nor which one",
    "poll_answer": lambda _: "it is the vote of a channel or a bot, or says neither who voted nor on what",
    "chat_member": _why_nobody_came,
}


def _counts(message: dict[str, Any], context: Context) -> bool:
    """Whether the message is a person's own words in a group: a key alone tells, since its value may be empty."""
    private = mapping(message.get("chat")).get("type") == "private"
    not_own = "sender_chat" in message or any(name in message for name in _FORWARDED)
    return not private and not not_own and any(name in message for name in _CONTENT) and _listens(message, context)


def _listens(update: dict[str, Any], context: Context) -> bool:
    """Whether the chat is one that the source was connected for; without `options.chats`, every one is."""
    chats = context.options.get("chats")
    return chats is None or str(mapping(update.get("chat")).get("id")) in chats


def _reply_to(message: dict[str, Any], chat: int) -> str | None:
    """What is replied to. In a forum every message replies to its topic, which is no message of anybody's."""
    replied = message.get("reply_to_message")
    if not isinstance(replied, dict) or "forum_topic_created" in replied:
        return None
    return f"{chat}:{number_in(replied, 'message_id') or 0}"


def _hashtags(message: dict[str, Any]) -> list[str]:
    """Each distinct tag in text or caption, without `#` and `@chat`, case-folded, in order of first use.

    Offsets count UTF-16 code units.
    """
    tags: dict[str, None] = {}
    for text_name, entities_name in (("text", "entities"), ("caption", "caption_entities")):
        text, entities = message.get(text_name), message.get(entities_name)
        if not isinstance(text, str) or not isinstance(entities, list):
            continue
        units = text.encode("utf-16-le", "surrogatepass")
        for entity in map(mapping, entities):
            offset, length = number_in(entity, "offset"), number_in(entity, "length")
            if entity.get("type") != "hashtag" or offset is None or length is None or offset < 0 or length < 0:
                continue
            tag = units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")
            tag = storable(tag).removeprefix("#").split("@")[0].casefold()
            if tag:
                tags[tag] = None
    return list(tags)


def _extent(message: dict[str, Any]) -> dict[str, Any]:
    """How long a message is, in UTF-16 code units as Telegram counts, and whether it is more than text."""
    text = message.get("text", message.get("caption"))
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0
    return {"length": length, "has_media": "text" not in message}


def _video(message: dict[str, Any]) -> dict[str, Any]:
    return mapping(message.get("video", message.get("video_note")))


def _owner(link: dict[str, Any]) -> Party | None:
    """Who is rewarded for a join: the member in the link's name (`ref:<member>`), or whoever owns the link.

    A link of another admin comes with its second half cut off and names nobody.
    """
    named = _MEMBER_IN_NAME.match(text_in(link, "name") or "")
    if named:
        return MemberId(f"mem_{named[1]}")
    url = text_in(link, "invite_link")
    return Reference(f"owner_of:{url}") if url and "…" not in url else None


def _is_inside(member: dict[str, Any]) -> bool:
    status = member.get("status")
    return status in _OF_MEMBERS or (status == "restricted" and member.get("is_member") is True)


def _person(user: object) -> Identity | None:
    """The person, or nobody when it is a bot (the stand-in for channels among them)."""
    user = mapping(user)
    number = number_in(user, "id")
    if number is None or user.get("is_bot") is True or number == _CHANNEL_BOT:
        return None
    return Identity(_PLATFORM, "", str(number), text_in(user, "username") or text_in(user, "first_name"))


def _version(at: int, tie: int) -> int:
    """`at` to the second, then the tie-break."""
    return at // clock.SECOND * 1_000_000 + tie % 1_000_000


def _date(update: dict[str, Any], name: str, context: Context) -> int:
    """The instant in Unix seconds under `name`; that of receipt where there is none."""
    seconds = number_in(update, name)
    return context.received_at if seconds is None or not 0 < seconds < _LAST_SECOND else seconds * clock.SECOND
