"""Members and identities in paths: one segment, in which a slash may stand once a colon has come.

An address such as `platform:scope:id` has its parts percent-encoded, and a slash in one of them arrives decoded, before
any path is matched: servers do that. So `<address:…>` takes what other segments cannot. Where the rest of an id reads
like a resource below the member (`…/balance`), that is meant; percent-encode the whole address, as any segment of a
path may be, and the id is meant.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter


class AddressConverter(BaseConverter):
    """What names a member (`mem_…`, the app's own id, `external:…`, `platform:scope:id`) or an identity."""

    regex = r"[^/]+|[^/:]+:.+"
    part_isolating = False


def register(app: Flask) -> None:
    """Let paths say `<address:name>`. Comes before every path that does."""
    app.url_map.converters["address"] = AddressConverter
