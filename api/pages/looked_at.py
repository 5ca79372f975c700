"""What people looked at, on the pages: a member's own cases, and the community's in numbers, which name nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import format_timedelta, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.pages.frame import language
from api.v1 import case_words
from loyalty import cases, clock, transparency

DAYS = 92
SHOWN = 5


def own(session: Session, community_id: str, member_id: str) -> list[dict[str, Any]]:
    """The member's latest cases: when, what is told of them, and the reason somebody gave."""
    rows = cases.list_for(session, community_id, member_id=member_id, limit=SHOWN)
    return [
        {
            "at": row.opened_at if row.decided_at is None else row.decided_at,
            "sentence": case_words.told(row.kind, row.outcome, language()),
            "reason": row.reason,
        }
        for row in rows
    ]


def in_numbers(session: Session, community_id: str) -> list[str]:
    """What was looked at in the community lately, a sentence each; none where there was nothing."""
    now = clock.now()
    found = transparency.report(session, community_id, now - DAYS * clock.DAY, now)
    decided = sum(
        count
        for kind, outcomes in found.cases.items()
        for outcome, count in outcomes.items()
        if kind != cases.APPEAL and outcome != cases.OPEN
    )
    appeals = found.cases.get(cases.APPEAL, {})
    made, back = sum(appeals.values()), appeals.get(cases.OVERTURNED, 0)
    breaches = sum(counts["confirmed"] for counts in found.breaches.values())
    told = [
        (
            decided,
            ngettext("%(num)s case was looked at by a person.", "%(num)s cases were looked at by a person.", decided),
        ),
        (
            breaches,
            ngettext(
                "%(num)s breach of the guidelines was confirmed.",
                "%(num)s breaches of the guidelines were confirmed.",
                breaches,
            ),
        ),
        (made, ngettext("%(num)s appeal was made.", "%(num)s appeals were made.", made)),
        (back, ngettext("%(num)s decision was taken back.", "%(num)s decisions were taken back.", back)),
    ]
    sentences = [sentence for number, sentence in told if number]
    if found.median:
        longest = timedelta(microseconds=max(found.median.values()))
        sentences.append(_("Half of the answers came within %(time)s.", time=format_timedelta(longest)))
    return sentences
