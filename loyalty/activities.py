"""What platforms, apps and Setia itself say: an activity, the people in it, and who says so.

Plain values without behaviour; `record` takes them, `platforms` and the API make them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

PLATFORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


class Identity(NamedTuple):
    """A person as one platform knows them. `role` is `bot` where the platform says so."""

    platform: str
    scope: str
    id: str
    handle: str | None = None
    role: str = "person"


class MemberId(NamedTuple):
    """A member addressed by our own id."""

    id: str


class Reference(NamedTuple):
    """A person whom another fact names: `author_of:<platform>:<scope>:<object id>`, `owner_of:…`, `payment:…`."""

    text: str


Party = Identity | MemberId | Reference


@dataclass(frozen=True, slots=True)
class Activity:
    """One saying about one activity key. `at` is when it occurred; among sayings about one key the greatest `version`
    holds, and at equal version a reversal. `declares` is the reference that this activity's actor answers.
    """

    kind: str
    key: str
    at: int
    platform: str
    op: str = "apply"
    version: int = 0
    actor: Party | None = None
    beneficiary: Party | None = None
    object: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    declares: str | None = None
    by: str = "platform"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it. A fact belongs to whoever said it first: only they or an admin may say otherwise later.

    `strict`: other content without a higher version is refused, as an API promises; else the greater one holds, as
    platforms need. `enrols`: unknown identities become members at once, else they are parked until claimed.
    """

    id: str
    admin: bool = False
    enrols: bool = True
    strict: bool = False


SETIA = Speaker("setia", admin=True)
