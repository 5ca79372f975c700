"""Those who tell the service: threads with a connection each, who repeat a request until it is acknowledged.

What is refused, or is not acknowledged within `PATIENCE`, ends the soak: nothing here may be lost, and nothing may be
given up.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from soak.stream import API, TELEGRAM, Sending

CLIENTS = 8
PATIENCE = 120.0
"""Seconds: a process that was killed over and over is started again half a minute later at most."""
_PAUSE = 0.2


class NotAcknowledged(Exception):
    """The service refused a request, or did not answer it for longer than it may be away."""


class Senders:
    """Clients of the service that `ready`, its ready.json, describes. `close` lets go of their threads."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._address = urlsplit(ready["url"]).netloc
        self._keys = ready["keys"]
        self._doors = {
            door: (urlsplit(source["hook_url"]).path, source["secret"]) for door, source in ready["sources"].items()
        }
        self._here = threading.local()
        self._threads = ThreadPoolExecutor(CLIENTS)
        self._ending = threading.Event()

    def send(self, sendings: Sequence[Sending]) -> Iterator[None]:
        """Send all of them, several at a time; yields once for each that is acknowledged. Raises `NotAcknowledged`."""
        pending = [self._threads.submit(self._deliver, sending) for sending in sendings]
        try:
            for one in as_completed(pending):
                yield one.result()
        finally:
            for one in pending:
                one.cancel()

    def call(self, key: str, method: str, path: str, body: Any = None) -> Any:
        """One call with the key of that name; answers the JSON. Raises `NotAcknowledged`."""
        headers = {"Authorization": f"Bearer {self._keys[key]}"}
        return json.loads(self._acknowledged(lambda: (method, path, json.dumps(body).encode(), headers)))

    def close(self) -> None:
        """End the threads once the request they are at is answered; it is not repeated."""
        self._ending.set()
        self._threads.shutdown(cancel_futures=True)

    def _deliver(self, sending: Sending) -> None:
        self._acknowledged(lambda: self._request(sending))

    def _request(self, sending: Sending) -> tuple[str, str, bytes, dict[str, str]]:
        """Method, path, body and headers, signed for now."""
        if sending.door == API:
            headers = {"Authorization": f"Bearer {self._keys['ingest']}"}
            return "POST", "/v1/activities", json.dumps(sending.body).encode(), headers
        path, secret = self._doors[sending.door]
        if sending.door == TELEGRAM:
            raw = json.dumps({"update_id": int(sending.name), **sending.body}).encode()
            return "POST", path, raw, {"X-Telegram-Bot-Api-Secret-Token": secret}
        raw = json.dumps(sending.body).encode()
        return "POST", path, raw, _signed(secret, sending.name, raw)

    def _acknowledged(self, request: Callable[[], tuple[str, str, bytes, dict[str, str]]]) -> bytes:
        until = time.monotonic() + PATIENCE
        while True:
            method, path, raw, headers = request()
            try:
                status, answer = self._once(method, path, raw, headers)
            except (OSError, http.client.HTTPException) as error:
                status, answer = 0, repr(error).encode()
            if 200 <= status < 300:
                return answer
            if status not in (0, 429, 503) or time.monotonic() > until or self._ending.is_set():
                message = f"{method} {path}: {status} {answer[:500]!r} to {raw[:500]!r}"
                raise NotAcknowledged(message)
            time.sleep(_PAUSE)

    def _once(self, method: str, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection: http.client.HTTPConnection | None = getattr(self._here, "connection", None)
        if connection is None:
            connection = self._here.connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            connection.request(method, path, raw, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise


def _signed(secret: str, name: str, raw: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    now = datetime.now(UTC)
    signature = Webhook(secret).sign(name, now, raw.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
