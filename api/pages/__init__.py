"""Pages for people, rendered here: a community's, its members', and the widget that other sites embed.

They show what the domain reads and decide nothing. No page needs a script to be read; the few scripts there are carry a
member's token from a link, or are the widget.
"""

from __future__ import annotations

from flask import Flask

from api.pages import assets, community, docs, doors, frame, jobs, member, widget, words

PARTS = (assets, community, docs, doors, jobs, member, widget, words)
"""The modules that put views and filters on the blueprint."""


def register(app: Flask) -> None:
    """Put the pages into the app."""
    frame.register(app)
