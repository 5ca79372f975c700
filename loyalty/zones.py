"""Time zones that people choose, for a community or for themselves: real ones, and kept for a while.

Every zone cuts time into days, and who changes it often could have more of them; so a zone stays for 30 days. It does
not say from when on a change counts.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from loyalty import clock
from loyalty.errors import Conflict, Invalid, Problem
from rules_engine.document import nearest
from rules_engine.errors import Sentence

STAYS = 30 * clock.DAY


def check(name: str) -> None:
    """Raises `Invalid` (`unknown_zone`) for what is no zone of the IANA database."""
    known = _zones()
    if name not in known:
        detail = Sentence(
            "{found} is no time zone; {near} is one", found=repr(name), near=nearest(name, known) or "Asia/Kuala_Lumpur"
        )
        raise Invalid("unknown_zone", Sentence("There is no such time zone."), [Problem("/zone", detail)])


@cache
def _zones() -> set[str]:
    # Opens every file of the database, among which some machines keep their own zone: each has another.
    return available_timezones() - {"localtime"}


def check_stay(changed_at: int | None) -> None:
    """Raises `Conflict` (`zone_changed_lately`) where the zone was changed at an instant less than 30 days ago."""
    if changed_at is not None and clock.now() < changed_at + STAYS:
        again = clock.to_rfc3339(changed_at + STAYS)
        detail = Sentence(
            "The zone was changed less than 30 days ago; it can be changed again from {again}.", again=again
        )
        raise Conflict("zone_changed_lately", detail)
