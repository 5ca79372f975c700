"""Why nothing is read in an event of a sort that is read.

A sentence for whoever looks at the delivery and wonders; it decides nothing.
"""

from __future__ import annotations

from typing import Any

from loyalty.platforms.discourse.parts import REGULAR
from loyalty.platforms.reading import mapping, number_in

_UNHEARD = {
    "topic_voting": "it does not say who voted (a person, not one of the forum's own users) or on which topic",
    "user_badge": "it does not say who got it (a person, not one of the forum's own users) or which badge",
    "user": "nobody has joined by it: that takes an inviter, and an approval or a first post",
}


def reason(thing: dict[str, Any], root: str) -> str:
    """Why the event says nothing, of which `thing` was under the name `root`."""
    post = mapping(thing.get("post")) if root == "like" else thing
    if not thing:
        return f"there is no {root} in its body"
    if root not in ("post", "like", "solved"):
        return _UNHEARD[root]
    if post.get("topic_archetype") != "regular":
        return "it is of a private message, or does not say that it is none"
    if number_in(post, "post_type") != REGULAR:
        return "it is of a whisper or of a notice of the forum, not of a post"
    return "it is of one of the forum's own users, or does not say which post of which topic"
