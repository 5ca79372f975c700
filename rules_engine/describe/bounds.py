"""What bounds a rule, in words: how often and how much it gives, to one member or to all, and when it is active."""

from __future__ import annotations

from rules_engine.active import Active
from rules_engine.describe.speech import Speech
from rules_engine.limits import Limit


def limit(one: Limit, speech: Speech) -> str:
    """How often, or how many points, within a window."""
    texts = speech.texts
    times = texts[{1: "once", 2: "twice"}.get(one.most, "many")].format(most=one.most)
    form = "cap" if one.points else "times"
    text = texts[f"{form}_pair" if one.pair else form].format(most=one.most, times=times, per=texts[one.per])
    return texts["budget"].format(limit=text) if one.budget else text


def active(window: Active, speech: Speech) -> list[str]:
    """The days and hours of the window, each as a part of a sentence."""
    texts, said_of = speech.texts, []
    if window.weekdays is not None:
        names = texts["days"].split(",")
        days = speech.join("and", [names[day] for day in sorted(window.weekdays)])
        said_of.append(texts["weekdays"].format(days=days))
    if window.dates is not None:
        said_of.append(texts["dates"])
    if window.hours is not None:
        starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in window.hours)
        said_of.append(texts["hours"].format(**{"from": starts, "until": ends}))
    for word, date in (("from", window.starts), ("until", window.ends)):
        if date is not None:
            said_of.append(texts[word].format(date=speech.date(date)))
    return said_of
