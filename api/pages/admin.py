"""The admins' pages: how the jobs go, and what back-tests say, read from the API with the key that the admin types in.

A page itself knows nothing and shows nothing without that key, which stays in the browser's tab until it is closed, and
serves all of these pages there. What may be seen and done is decided where the key is asked for, in the API.
"""

from __future__ import annotations

from flask import Response

from api.auth import PUBLIC, opens
from api.pages.frame import blueprint, page


@blueprint.get("/admin/jobs")
@opens(PUBLIC)
def jobs_page() -> Response:
    """What waits, what fails and who works."""
    return page("jobs.html")


@blueprint.get("/admin/backtests")
@opens(PUBLIC)
def backtests_page() -> Response:
    """The back-tests there are, one of them drawn, or two compared; the part after the `#` says which."""
    return page("backtests.html")
