"""A connected source, and requests as its platform would send them."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from werkzeug.test import TestResponse

from tests.http import World

CHAT = {"id": -1002000000001, "type": "supergroup"}
ADA, BEN = {"id": 501, "first_name": "Ada"}, {"id": 502, "first_name": "Ben"}


class Hook:
    """A source of the world, with its secret."""

    def __init__(self, world: World, platform: str, **options: Any) -> None:
        made = world.post("/v1/sources", {"platform": platform, **options}).get_json()
        self.world, self.id, self.secret = world, made["id"], made["secret"]
        self.path = f"/v1/hooks/{self.id}"
        self.numbers = itertools.count(1)

    def send(self, raw: bytes, headers: dict[str, str]) -> TestResponse:
        return self.world.client.post(self.path, data=raw, headers={"Content-Type": "application/json", **headers})

    def telegram(self, **update: Any) -> TestResponse:
        body = {"update_id": next(self.numbers), **update}
        return self.send(json.dumps(body).encode(), {"X-Telegram-Bot-Api-Secret-Token": self.secret})

    def signed(self, body: Any, name: str | None = None, **headers: str) -> TestResponse:
        raw = json.dumps(body).encode()
        name = name or f"msg_{next(self.numbers)}"
        return self.send(raw, {**self.standard_headers(raw, name, datetime.now(UTC)), **headers})

    def standard_headers(self, raw: bytes, name: str, at: datetime) -> dict[str, str]:
        """The headers of Standard Webhooks around a body that may be no text at all."""
        secret = base64.b64decode(self.secret.removeprefix("whsec_"))
        content = f"{name}.{int(at.timestamp())}.".encode() + raw
        signature = base64.b64encode(hmac.digest(secret, content, sha256)).decode()
        return {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": f"v1,{signature}",
        }

    def discourse(
        self, event: str, number: int | None = None, *, media_type: str = "application/json", **body: Any
    ) -> TestResponse:
        """An event of a forum under its number, which grows unless said; `body` names what the event is about."""
        raw = json.dumps(body).encode()
        return self.send(
            raw,
            {
                "Content-Type": media_type,
                "X-Discourse-Instance": "https://forum.kelab.example",
                "X-Discourse-Event-Id": str(next(self.numbers) if number is None else number),
                "X-Discourse-Event-Type": next(iter(body), ""),
                "X-Discourse-Event": event,
                "X-Discourse-Event-Signature": self.discourse_signature(raw),
            },
        )

    def discourse_signature(self, raw: bytes) -> str:
        """As Discourse signs a body."""
        return "sha256=" + hmac.digest(self.secret.encode(), raw, sha256).hex()


def message(number: int, who: dict[str, Any], text: str = "Apa khabar?", **more: Any) -> dict[str, Any]:
    """What Telegram says of a message of a minute ago."""
    return {"message_id": number, "from": who, "chat": CHAT, "date": int(time.time()) - 60, "text": text, **more}


def reaction(number: int, who: dict[str, Any], *emojis: str, seconds: int = 30) -> dict[str, Any]:
    """What Telegram says of somebody's reactions to a message, so many seconds ago; none: they took them back."""
    return {
        "chat": CHAT,
        "message_id": number,
        "user": who,
        "date": int(time.time()) - seconds,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": emoji} for emoji in emojis],
    }


def points(world: World, person: dict[str, Any]) -> int:
    """What a person of Telegram has."""
    answer = world.get(f"/v1/members/telegram::{person['id']}/balance")
    return sum(one["balance"] for one in answer.get_json()["data"]) if answer.status_code == 200 else 0
