"""Why nothing is read in an update: what was in it, and what of that would have been needed.

A sentence for whoever looks at the delivery and wonders; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from loyalty.platforms.reading import Context, mapping, not_read, number_in
from loyalty.platforms.telegram.parts import CONTENT, FORWARDED, as_person, is_inside, listens
from loyalty.platforms.telegram.updates import READERS
from loyalty.said import storable

_FRAME = {"message_id", "message_thread_id", "from", "chat", "date", "edit_date", "is_topic_message"}


def reason(update: dict[str, Any], context: Context) -> str:
    """Why the update says nothing."""
    name = next((name for name in READERS if name in update), None)
    if name is None:
        others = update.keys() - {"update_id"}
        return not_read(others, READERS) if others else "the update is empty: it has an update_id and nothing else"
    part = mapping(update[name])
    why = _UNHEARD[name](part) if listens(part, context) or name == "poll_answer" else _elsewhere(part)
    return f"{name}: {why}"


def _elsewhere(update: dict[str, Any]) -> str:
    chat = number_in(mapping(update.get("chat")), "id")
    return f"it is from the chat {chat}, and this source was connected for others (its option `chats`)"


def _why_no_message(message: dict[str, Any]) -> str:
    """Why a message of a chat that is heard says nothing."""
    forwarded = next((name for name in FORWARDED if name in message), None)
    if forwarded is not None:
        return f"it was not written here ({forwarded}); only what people write themselves counts"
    if "sender_chat" in message:
        return "it was sent as a channel or as the group itself, not as a person"
    if "from" in message and as_person(message["from"]) is None:
        return "its sender is a bot, or has no id"
    if mapping(message.get("chat")).get("type") == "private":
        return "it is of a private chat with the bot, where only payments count"
    if not any(name in message for name in CONTENT):
        service = sorted(storable(name)[:64] for name in message.keys() - _FRAME)
        return f"it is a notice of the chat ({', '.join(service[:3])}), and no post" if service else "it is empty"
    return "`from`, `chat` or `message_id` is missing in it"


def _why_nobody_came(change: dict[str, Any]) -> str:
    before, after = mapping(change.get("old_chat_member")), mapping(change.get("new_chat_member"))
    if as_person(after.get("user")) is None:
        return "it is about a bot, or `new_chat_member.user` is missing in it"
    if is_inside(before) == is_inside(after):
        return "nobody came and nobody left: only a standing in the chat changed"
    return "somebody came without a member's invite link, so nobody referred them"


_UNHEARD: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "message": _why_no_message,
    "edited_message": _why_no_message,
    "message_reaction": lambda _: "it is anonymous or of a bot, or says neither whose reaction it is nor which one",
    "poll_answer": lambda _: "it is the vote of a channel or a bot, or says neither who voted nor on what",
    "chat_member": _why_nobody_came,
}
