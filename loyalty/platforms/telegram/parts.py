"""What is found in the parts of an update: people, dates, and what a message is made of."""

from __future__ import annotations

import re
from typing import Any

from loyalty import clock
from loyalty.activities import Identity, MemberId, Party, Reference
from loyalty.platforms.reading import Context, mapping, number_in, text_in
from loyalty.said import storable

PLATFORM = "telegram"
CONTENT = (
    *("text", "animation", "audio", "checklist", "contact", "dice", "document", "game", "location", "paid_media"),
    *("photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
)
"""What a post has some of."""
FORWARDED = ("forward_origin", "forward_date", "forward_from", "is_automatic_forward")
"""What a message has some of that was not written here."""
LAST_SECOND = 1 << 33  # some 270 years on; a later date is a mistake

_CHANNEL_BOT = 136817688  # stands in for the channel that votes in a poll
_OF_MEMBERS = ("creator", "administrator", "member")
_MEMBER_IN_NAME = re.compile(r"ref:(?:mem_)?([0-9a-z]{26})\Z")


def counts(message: dict[str, Any], context: Context) -> bool:
    """Whether the message is a person's own words in a group: a key alone tells, since its value may be empty."""
    private = mapping(message.get("chat")).get("type") == "private"
    not_own = "sender_chat" in message or any(name in message for name in FORWARDED)
    return not private and not not_own and any(name in message for name in CONTENT) and listens(message, context)


def listens(update: dict[str, Any], context: Context) -> bool:
    """Whether the chat is one that the source was connected for; without `options.chats`, every one is."""
    chats = context.options.get("chats")
    return chats is None or str(mapping(update.get("chat")).get("id")) in chats


def as_person(user: object) -> Identity | None:
    """The person, or nobody when it is a bot (the stand-in for channels among them)."""
    user = mapping(user)
    number = number_in(user, "id")
    if number is None or user.get("is_bot") is True or number == _CHANNEL_BOT:
        return None
    return Identity(PLATFORM, "", str(number), text_in(user, "username") or text_in(user, "first_name"))


def is_inside(member: dict[str, Any]) -> bool:
    """Whether that standing in a chat is one of somebody who is in it."""
    status = member.get("status")
    return status in _OF_MEMBERS or (status == "restricted" and member.get("is_member") is True)


def owner_of(link: dict[str, Any]) -> Party | None:
    """Who is rewarded for a join: the member in the link's name (`ref:<member>`), or whoever owns the link.

    A link of another admin comes with its second half cut off and names nobody.
    """
    named = _MEMBER_IN_NAME.match(text_in(link, "name") or "")
    if named:
        return MemberId(f"mem_{named[1]}")
    url = text_in(link, "invite_link")
    return Reference(f"owner_of:{url}") if url and "…" not in url else None


def replied_to(message: dict[str, Any], chat: int) -> str | None:
    """What is replied to. In a forum every message replies to its topic, which is no message of anybody's."""
    replied = message.get("reply_to_message")
    if not isinstance(replied, dict) or "forum_topic_created" in replied:
        return None
    return f"{chat}:{number_in(replied, 'message_id') or 0}"


def hashtags_in(message: dict[str, Any]) -> list[str]:
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


def extent_of(message: dict[str, Any]) -> dict[str, Any]:
    """How long a message is, in UTF-16 code units as Telegram counts, and whether it is more than text."""
    text = message.get("text", message.get("caption"))
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0
    return {"length": length, "has_media": "text" not in message}


def video_in(message: dict[str, Any]) -> dict[str, Any]:
    """The video or the round one; empty where there is none."""
    return mapping(message.get("video", message.get("video_note")))


def date_in(update: dict[str, Any], name: str, context: Context) -> int:
    """The instant in Unix seconds under `name`; that of receipt where there is none."""
    seconds = number_in(update, name)
    return context.received_at if seconds is None or not 0 < seconds < LAST_SECOND else seconds * clock.SECOND


def version_of(at: int, tie: int) -> int:
    """`at` to the second, then the tie-break."""
    return at // clock.SECOND * 1_000_000 + tie % 1_000_000
