"""Dates as people say them: "5 March 2027"."""

from __future__ import annotations

_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "ms": [
        "Januari",
        "Februari",
        "Mac",
        "April",
        "Mei",
        "Jun",
        "Julai",
        "Ogos",
        "September",
        "Oktober",
        "November",
        "Disember",
    ],
}


def spoken(label: str, language: str) -> str:
    """An ISO date in the language."""
    year, month, day = label.split("-")
    return f"{int(day)} {_MONTHS.get(language, _MONTHS['en'])[int(month) - 1]} {year}"
