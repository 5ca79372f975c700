"""How each source's webhooks are sent: the address, what identifies the sender, and the body."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from demo import forum
from demo.calls import Calls
from demo.history import Event


class Doors:
    """The webhooks of the community's sources, as `ready` lists them with their secrets."""

    def __init__(self, calls: Calls, ready: dict[str, Any]) -> None:
        self._calls = calls
        self._sources = ready["sources"]

    def source(self, platform: str) -> str:
        """The id of the platform's source."""
        found: str = self._sources[platform]["id"]
        return found

    def telegram(self, update: dict[str, Any]) -> None:
        """An update, with the token that Telegram repeats."""
        self._send("telegram", update, {"X-Telegram-Bot-Api-Secret-Token": self._secret("telegram")})

    def discourse(self, event: Event, number: int) -> None:
        """An event of the forum, its body signed."""
        body, headers, sign = forum.hook(event, number, self._secret("discourse"))
        raw = json.dumps(body).encode()
        self._send("discourse", raw, headers | sign(raw))

    def generic(self, message_id: str, activities: list[dict[str, Any]]) -> None:
        """Activities of our own, under a Standard Webhooks signature."""
        raw = json.dumps(activities).encode()
        at = str(int(time.time()))
        key = base64.b64decode(self._secret("generic").removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{message_id}.{at}.".encode() + raw, sha256)).decode()
        headers = {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
        self._send("generic", raw, headers)

    def _secret(self, platform: str) -> str:
        found: str = self._sources[platform]["secret"]
        return found

    def _send(self, platform: str, body: Any, headers: dict[str, str]) -> None:
        self._calls.send("POST", urlsplit(self._sources[platform]["hook_url"]).path, body, headers)
