"""Telegram's Bot API: updates of groups in which the community's bot is an admin.

Telegram signs nothing; it repeats the secret token that `setWebhook` was given. Ask it for `message`,
`edited_message`, `message_reaction`, `poll_answer` and `chat_member`: the last three only come when they are named.

`updates` says what each sort of update is, `unread` why one says nothing.

**Not read:** what bots, channels and anonymous admins do; what was forwarded; service messages; private chats with the
bot, except for payments. Who attended a video chat is told to nobody.
"""

from __future__ import annotations

import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence
from hashlib import sha256

from loyalty.activities import Activity
from loyalty.platforms.reading import Context, Option, Reading, Signature, Unreadable, json_document, mapping, number_in
from loyalty.platforms.telegram import unread
from loyalty.platforms.telegram.updates import READERS, WRITTEN
from rules_engine.errors import Sentence

HEADERS: Sequence[str] = ()

_TOKEN_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # a header's name
_CHAT = re.compile(r"-?[0-9]{1,16}", re.ASCII)


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
    for name, reader in READERS.items():
        if isinstance(update.get(name), dict):
            said += reader(update[name], update_id, context)
    whole = next((one.declares for one in said if one.kind in WRITTEN), None)
    return Reading(said, whole_of=whole, reason=None if said else unread.reason(update, context))
