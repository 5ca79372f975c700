"""ETags: what a reader has already is not sent again, and what somebody else edited meanwhile is not overwritten.

A thing that is edited has its revision for a tag; any other answer the hash of its body.
"""

from __future__ import annotations

import hashlib
import re

from flask import Response, request

from loyalty.errors import Stale
from rules_engine.errors import Sentence

_REVISION = re.compile(r'(?:W/)?"([0-9]{1,15})"')


def conditional(response: Response) -> Response:
    """After each request: an `ETag` on every read, and 304 without a body when the reader has it already."""
    if request.method in ("GET", "HEAD") and response.status_code == 200 and response.is_json:
        if "ETag" not in response.headers:
            response.set_etag(hashlib.blake2b(response.get_data(), digest_size=16).hexdigest())
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if "If-Match" not in request.headers:  # that is asked of edits; a read has nothing to overwrite
            response.make_conditional(request)
    return response


def expected_revision() -> int | None:
    """The revision that `If-Match` asks for; None: any. Raises `Stale` for a tag that names no revision."""
    asked = request.headers.get("If-Match", "*").strip()
    if asked == "*":
        return None
    tag = _REVISION.fullmatch(asked)
    if tag is not None:
        return int(tag[1])
    raise Stale(
        "changed_meanwhile", Sentence("If-Match names no revision of this. Read it again and send the ETag you get.")
    )
