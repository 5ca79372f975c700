"""HTTP as an app would speak it: one connection, JSON, and an exception that says what was refused."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class Refused(Exception):
    """The service answered with something else than success."""


class Calls:
    """Calls of the service at `url`."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        """Send JSON; answers the JSON that comes back. Raises `Refused`."""
        raw = json.dumps(body).encode()
        self._connection.request(method, path, raw, {"Content-Type": "application/json", **headers})
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status >= 400:
            message = f"{method} {path}: {response.status} {text[:500]}"
            raise Refused(message)
        return json.loads(text) if text else None
