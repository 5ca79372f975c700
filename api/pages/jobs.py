"""How the jobs go, for admins: a page that reads `/v1/jobs` with the key that the admin types into it.

The page itself knows nothing and shows nothing without that key, which stays in the browser's tab until it is closed.
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
