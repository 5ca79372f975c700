"""HTTP as an app would speak it: one connection, JSON, and an exception that says what was refused."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 30  # seconds, for a service that is busy or starts again


class Refused(Exception):
    """The service answered with something else than success."""


class Calls:
    """Calls of the service at `url`."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._address, timeout=60)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON, or bytes as they are; answers the JSON that comes back. Raises `Refused`, and `OSError`.

        What did not get through is sent again for a while: every call here may be repeated.
        """
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, text = self._once(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
            except (OSError, http.client.HTTPException):
                self._connection.close()
                if time.monotonic() > until:
                    raise
            else:
                if status < 400:
                    return json.loads(text) if text else None
                if status not in (429, 503) or time.monotonic() > until:
                    message = f"{method} {path}: {status} {text[:500]}"
                    raise Refused(message)
            time.sleep(0.5)

    def _once(self, method: str, path: str, raw: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        self._connection.request(method, path, raw, dict(headers))
        response = self._connection.getresponse()
        return response.status, response.read().decode()
