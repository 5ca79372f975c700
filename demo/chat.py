"""The community's group on Telegram: by webhook what happens now, as lines of an export what lies further back."""

from __future__ import annotations

from typing import Any

from demo.history import Event
from demo.people import Person

CHAT = {"id": -1002100200300, "type": "supergroup", "title": "Baiki Bersama"}
_FIRST_PERSON = 710_000_000
BOT = {"id": 709_999_999, "is_bot": True, "first_name": "Jadual Klinik", "username": "jadual_klinik_bot"}
_LINK = "https://t.me/+baiki-bersama-"


def person(one: Person) -> dict[str, str]:
    """Their identity on Telegram."""
    return {"platform": "telegram", "scope": "", "id": str(_FIRST_PERSON + one.number)}


def line(event: Event) -> list[dict[str, Any]]:
    """The event as activities, of whatever age: a message with a hashtag is two."""
    chat = CHAT["id"]
    said: dict[str, Any] = {
        "platform": "telegram",
        "occurred_at": event.at.isoformat(),
        "actor": person(event.who),
        "object": {"kind": "message", "id": f"{chat}:{event.thing}", "tags": list(event.tags)},
    }
    other = None if event.other is None else person(event.other)
    if event.what == "join":
        key = f"telegram:join:{chat}:{person(event.who)['id']}"
        return [
            said
            | {
                "kind": "referral_joined",
                "activity_key": key,
                "beneficiary": other,
                "object": {"kind": "chat", "id": str(chat)},
                "data": {"channel": "telegram"},
            }
        ]
    if event.what == "reaction":
        key = f"telegram:reaction:{chat}:{event.thing}:{person(event.who)['id']}"
        return [
            said
            | {
                "kind": "helpful_reaction",
                "activity_key": key,
                "beneficiary": other,
                "data": {"reaction": event.text},
            }
        ]
    declares = {"declares": f"author_of:telegram::{chat}:{event.thing}"}
    message = said | declares | {"activity_key": f"telegram:message:{chat}:{event.thing}"}
    message |= {"kind": "comment_created" if event.to else "post_created", "data": {"length": len(event.text)}}
    tagged = [
        said
        | declares
        | {
            "kind": "hashtag_posted",
            "activity_key": f"telegram:hashtag:{chat}:{event.thing}:{tag}",
            "data": {"hashtag": tag},
        }
        for tag in event.tags
    ]
    return [message, *tagged]


def update(event: Event, number: int, inviter_id: str = "") -> dict[str, Any]:
    """The event as Telegram's update with that number. A join names the member whose link was used by their id."""
    seconds = int(event.at.timestamp())
    if event.what == "join":
        link = {
            "invite_link": f"{_LINK}{inviter_id[-8:]}",
            "creator": BOT,
            "creates_join_request": False,
            "is_primary": False,
            "is_revoked": False,
            "name": f"ref:{inviter_id.removeprefix('mem_')}",
        }
        user = _user(event.who)
        change = {
            "chat": CHAT,
            "from": user,
            "date": seconds,
            "old_chat_member": {"user": user, "status": "left"},
            "new_chat_member": {"user": user, "status": "member"},
            "invite_link": link,
        }
        return {"update_id": number, "chat_member": change}
    if event.what == "reaction":
        change = {
            "chat": CHAT,
            "message_id": event.thing,
            "user": _user(event.who),
            "date": seconds,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": event.text}],
        }
        return {"update_id": number, "message_reaction": change}
    return {"update_id": number, "message": _message(event, _user(event.who), seconds)}


def bot_says(text: str, message: int, seconds: int, number: int) -> dict[str, Any]:
    """A message of the group's own bot, which counts for nobody."""
    said = {"message_id": message, "from": BOT, "chat": CHAT, "date": seconds, "text": text}
    return {"update_id": number, "message": said}


def _message(event: Event, user: dict[str, Any], seconds: int) -> dict[str, Any]:
    message: dict[str, Any] = {
        "message_id": event.thing,
        "from": user,
        "chat": CHAT,
        "date": seconds,
        "text": event.text,
    }
    if event.to:
        message["reply_to_message"] = {"message_id": event.to, "chat": CHAT, "date": seconds - 60}
    before, mark, tag = event.text.partition("#")
    if mark:
        offset = len(before.encode("utf-16-le")) // 2
        message["entities"] = [{"type": "hashtag", "offset": offset, "length": 1 + len(tag)}]
    return message


def _user(one: Person) -> dict[str, Any]:
    first, _, last = one.name.partition(" ")
    user = {"id": _FIRST_PERSON + one.number, "is_bot": False, "first_name": first, "language_code": one.language}
    return user | {"last_name": last} if last else user
