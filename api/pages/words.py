"""How instants and numbers are written for the reader, in their language and the community's zone; and small signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask_babel import format_date, format_datetime, format_decimal, format_timedelta
from markupsafe import Markup

from api.pages.frame import blueprint, language
from loyalty import clock
from rules_engine.names import said

_RECENT = 7 * clock.DAY

blueprint.add_app_template_filter(clock.to_rfc3339, "rfc3339")


@blueprint.app_template_filter("told")
def told(words: str | dict[str, str]) -> str:
    """What a community says of itself: one text for all, or the one in the reader's language."""
    return words if isinstance(words, str) else said(words, language(), "")


@blueprint.app_template_filter("number")
def number(value: int) -> str:
    """`1,234`."""
    return format_decimal(value)


@blueprint.app_template_filter("date")
def date(at: int) -> str:
    """`22 Nov 2026`."""
    return format_date(_moment(at), "d MMM y")


@blueprint.app_template_filter("date_and_time")
def date_and_time(at: int) -> str:
    """`22 November 2026, 9:05`."""
    return format_datetime(_moment(at), "d MMMM y, H:mm")


@blueprint.app_template_filter("ago")
def ago(at: int) -> str:
    """`3 hours ago`; after a week, the date. What is ahead, by a platform's clock, is as good as now."""
    since = max(clock.now() - at, 1)
    return date(at) if since > _RECENT else format_timedelta(timedelta(microseconds=-since), add_direction=True)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at // clock.SECOND, UTC)


def _sign(drawing: str) -> Markup:
    return Markup(  # noqa: S704  # nothing in it comes from anybody
        '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2"'
        f' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{drawing}</svg>'
    )


SIGNS = {
    "sun": _sign(
        '<circle cx="12" cy="12" r="4.5"/><path d="M12 2v2.5M12 19.5v2.5M2 12h2.5M19.5 12H22M5 5l1.7 1.7'
        'M17.3 17.3L19 19M19 5l-1.7 1.7M6.7 17.3L5 19"/>'
    ),
    "moon": _sign('<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"/>'),
    "auto": _sign('<circle cx="12" cy="12" r="9"/><path d="M12 3v18a9 9 0 0 0 0-18z" fill="currentColor"/>'),
    "spark": _sign('<path d="M12 3l2.2 6.8L21 12l-6.8 2.2L12 21l-2.2-6.8L3 12l6.8-2.2z"/>'),
    "rise": _sign('<path d="M4 20h5v-5h5v-5h5V5M15 5h4v4"/>'),
    "key": _sign('<circle cx="8" cy="15" r="5"/><path d="M11.5 11.5L20 3M16 7l3 3"/>'),
}
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(signs=SIGNS))
