"""Pages for people, rendered here: a community's, its members', and the widget that other sites embed.

They show what the domain reads and decide nothing. What is for anybody or for a member can be read without a script;
scripts carry a member's token from a link, try the API, draw what an admin's key opens, or are the widget.
"""

from __future__ import annotations

from flask import Flask

from api.pages import admin, assets, community, docs, doors, frame, member, widget, words

PARTS = (admin, assets, community, docs, doors, member, widget, words)
"""The modules that put views and filters on the blueprint."""


def register(app: Flask) -> None:
    """Put the pages into the app."""
    frame.register(app)
