"""What an app says in JSON, as an activity: the one reading that the API and the generic door share.

`read_activity` is total: any JSON value becomes an `Activity` or one `Invalid` that names everything wrong with it by
RFC 6901 pointer. Whether the speaker may say it, and who the people are, is decided later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from loyalty import clock
from loyalty.activities import PLATFORM, Activity, Identity, MemberId, Party, Reference
from loyalty.errors import Invalid, Problem, known_or_nearest, step, unknown_field
from rules_engine.errors import Sentence
from rules_engine.facts import UNDOERS
from rules_engine.fields import TEXT, TEXTS, TRUTH, WHOLE, Kind

MEMBERS = frozenset(
    {
        *("kind", "activity_key", "op", "state_version", "occurred_at", "platform"),
        *("actor", "beneficiary", "object", "data", "declares", "by"),
    }
)
"""The fields of an activity in JSON."""
AHEAD = 5 * clock.MINUTE
BACK = 35 * clock.DAY

_OPS = ("apply", "reverse", "amend")
_REFERENCE = re.compile(r"(author_of|owner_of|payment):.", re.DOTALL)
_MEMBER = re.compile(r"mem_[0-9a-z]{26}\Z")
_MOST = 2**53
_DEEPEST = 8
_LONGEST_KEY, _LONGEST_TEXT = 200, 10_000
_OWN_KEYS = "setia:"
_MOST_NODES = 2_000
_WANTED = {
    WHOLE: Sentence("a whole number"),
    TEXT: Sentence("a text"),
    TEXTS: Sentence("a list of texts"),
    TRUTH: Sentence("true or false"),
}


def read_activity(
    body: object,
    kinds: Mapping[str, Kind],
    now: int,
    *,
    key_prefix: str = "",
    platform: str = "app",
    occurred_at: int | None = None,
    any_age: bool = False,
) -> Activity:
    """The activity that `body` says at the instant `now`, its kind one of `kinds`.

    `key_prefix` sets its key apart from other speakers' keys; `platform` is where it happened unless it or its people
    say so; `occurred_at` is when, unless it says so; `any_age` lets it be older than `BACK`. Raises `Invalid`.
    """
    if not isinstance(body, dict):
        raise refused([Problem("", Sentence("an activity is a JSON object"))])
    reader = _Reader()
    fields = reader.members(body)
    kind = reader.kind(fields.get("kind"), kinds)
    op = reader.choice("/op", fields.get("op", "apply"), _OPS)
    at = reader.instant(fields.get("occurred_at"), now, occurred_at, any_age=any_age or op != "apply")
    people = {name: reader.party(f"/{name}", fields.get(name)) for name in ("actor", "beneficiary")}
    happened_on = next((party.platform for party in people.values() if isinstance(party, Identity)), platform)
    activity = Activity(
        kind=kind.key,
        key=reader.key(fields.get("activity_key"), key_prefix),
        at=at,
        platform=reader.platform(fields.get("platform", happened_on)),
        op=op,
        version=reader.version(fields.get("state_version", 0)),
        actor=people["actor"],
        beneficiary=people["beneficiary"],
        object=reader.open_object("/object", fields.get("object", {})),
        data=reader.data(fields.get("data", {}), kind),
        declares=reader.reference(fields.get("declares")),
        by=reader.choice("/by", fields.get("by", "platform"), UNDOERS),
    )
    if people == {"actor": None, "beneficiary": None} and op != "reverse":
        reader.refuse("/actor", Sentence("an activity needs an actor or a beneficiary"))
    if reader.problems:
        raise refused(reader.problems)
    return activity


def refused(problems: list[Problem]) -> Invalid:
    """What is answered to an activity with these problems."""
    return Invalid(
        "invalid_activity", Sentence("The activity cannot be taken as it is; `errors` says where."), problems
    )


class _Reader:
    """Reads field by field; what is wrong is noted and replaced by something harmless, so that all of it is found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.nodes = 0

    def refuse(self, pointer: str, detail: Sentence) -> None:
        if len(self.problems) < 100:
            self.problems.append(Problem(storable(pointer)[:300], detail))

    def members(self, body: dict[str, Any]) -> dict[str, Any]:
        """The known members that are not null."""
        for name in body:
            if name not in MEMBERS:
                self.refuse(step(name), unknown_field(name, MEMBERS))
        return {name: value for name, value in body.items() if name in MEMBERS and value is not None}

    def kind(self, value: object, kinds: Mapping[str, Kind]) -> Kind:
        if isinstance(value, str) and value in kinds:
            return kinds[value]
        if value is None:
            self.refuse("/kind", Sentence("a kind is needed, such as answer_accepted"))
        else:
            self.refuse("/kind", Sentence("no such kind of activity; {known}", known=known_or_nearest(value, kinds)))
        return Kind("", {}, {})

    def choice(self, pointer: str, value: object, allowed: tuple[str, ...]) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        self.refuse(pointer, Sentence("one of {names}", names=", ".join(allowed)))
        return allowed[0]

    def key(self, value: object, prefix: str) -> str:
        longest = _LONGEST_KEY - len(prefix)
        text = self.text("/activity_key", value, longest)
        if len(text.encode()) > longest:
            self.refuse("/activity_key", Sentence("at most {most} bytes in UTF-8", most=longest))
        elif (prefix + text).startswith(_OWN_KEYS):
            # Whoever said one first would keep Setia from saying it: a redemption would never settle.
            self.refuse("/activity_key", Sentence("keys that begin with {prefix} are Setia's own", prefix=_OWN_KEYS))
        return prefix + text

    def version(self, value: object) -> int:
        number = _whole(value)
        if number is None or not 0 <= number <= _MOST:
            self.refuse("/state_version", Sentence("a whole number from 0 to 2^53"))
            return 0
        return number

    def instant(self, value: object, now: int, otherwise: int | None, *, any_age: bool) -> int:
        if value is None and otherwise is not None:
            return otherwise
        at = _instant(value)
        if at is None:
            self.refuse(
                "/occurred_at", Sentence("a time that there is, with its offset, such as 2026-11-22T09:00:00+08:00")
            )
            return now
        if at > now + AHEAD:
            self.refuse("/occurred_at", Sentence("this lies more than 5 minutes ahead; is the sender's clock right?"))
        elif at < 0:
            self.refuse("/occurred_at", Sentence("before 1970: nothing that far back can be recorded"))
        elif at < now - BACK and not any_age:
            self.refuse("/occurred_at", Sentence("older than 35 days: import it as a backfill"))
        return at

    def platform(self, value: object) -> str:
        if isinstance(value, str) and PLATFORM.match(value):
            return value
        self.refuse("/platform", Sentence("lower-case letters, digits, - and _, at most 64"))
        return ""

    def party(self, pointer: str, value: object) -> Party | None:
        """An identity as an object or as `platform:scope:id`, a member's id, or a reference."""
        if value is None:
            return None
        if isinstance(value, dict):
            return self.identity(pointer, value)
        text = self.text(pointer, value, 1_000)
        if _MEMBER.match(text):
            return MemberId(text)
        if _REFERENCE.match(text):
            return Reference(text)
        parts = [unquote(part) for part in text.split(":")]
        if len(parts) != 3:
            if text:
                self.refuse(
                    pointer, Sentence("an identity as platform:scope:id, a member's id, or a reference (author_of:…)")
                )
            return None
        return self.identity(pointer, dict(zip(("platform", "scope", "id"), parts, strict=True)))

    def identity(self, pointer: str, value: dict[str, Any]) -> Identity | None:
        for name in value:
            if name not in Identity._fields:
                self.refuse(pointer + step(name), unknown_field(name, Identity._fields))
        before = len(self.problems)
        platform = self.text(f"{pointer}/platform", value.get("platform"), 64)
        if platform and not PLATFORM.match(platform):
            self.refuse(f"{pointer}/platform", Sentence("lower-case letters, digits, - and _, at most 64"))
        scope = self.text(f"{pointer}/scope", value.get("scope", ""), 200, least=0)
        name = self.text(f"{pointer}/id", value.get("id"), 200)
        handle = value.get("handle")
        if handle is not None:
            handle = self.text(f"{pointer}/handle", handle, 200, least=0) or None
        role = self.choice(f"{pointer}/role", value.get("role", "person"), ("person", "bot"))
        return Identity(platform, scope, name, handle, role) if len(self.problems) == before else None

    def reference(self, value: object) -> str | None:
        if value is None:
            return None
        text = self.text("/declares", value, 1_000)
        if text and not _REFERENCE.match(text):
            self.refuse("/declares", Sentence("a reference, such as author_of:<platform>:<scope>:<object>"))
        return text

    def text(self, pointer: str, value: object, longest: int, least: int = 1) -> str:
        if not isinstance(value, str):
            self.refuse(pointer, Sentence("this is needed") if value is None else Sentence("a text is needed"))
        elif not least <= len(value) <= longest:
            self.refuse(pointer, Sentence("from {least} to {most} characters", least=least, most=longest))
        elif storable(value) != value:
            self.refuse(pointer, Sentence("U+0000 and lone surrogates cannot be stored"))
        else:
            return value
        return ""

    def data(self, value: object, kind: Kind) -> dict[str, Any]:
        """An object whose declared fields have their types; what the kind does not declare may be anything."""
        data = self.open_object("/data", value)
        for name, type_ in kind.fields.items():
            if data.get(name) is None:
                continue
            if not _is(type_, data[name]):
                self.refuse("/data" + step(name), Sentence("{wanted} is needed", wanted=_WANTED[type_]))
            elif type_ == WHOLE:
                data[name] = int(data[name])
        return data

    def open_object(self, pointer: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.refuse(pointer, Sentence("a JSON object is needed"))
            return {}
        self.storable(pointer, value, 0)
        return dict(value)

    def storable(self, pointer: str, value: object, depth: int) -> None:
        """Any JSON, as long as a database can hold it and a number says exactly what it means."""
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            if self.nodes == _MOST_NODES + 1:
                self.refuse(pointer, Sentence("more than {most} values in one activity", most=_MOST_NODES))
            return
        if isinstance(value, str):
            self.text(pointer, value, _LONGEST_TEXT, least=0)
        elif isinstance(value, int | float) and not abs(value) <= _MOST:  # so NaN is refused as well
            self.refuse(pointer, Sentence("numbers go up to 2^53; send a larger one as text"))
        elif isinstance(value, dict | list):
            if depth == _DEEPEST:
                self.refuse(pointer, Sentence("nested deeper than {most} levels", most=_DEEPEST))
                return
            for name, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(name, str):
                    self.text(pointer + step(name), name, 200, least=0)
                self.storable(pointer + step(name), item, depth + 1)


def storable(text: str) -> str:
    """The text without what a database cannot hold: U+0000 and lone surrogates become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _instant(value: object) -> int | None:
    try:
        return clock.from_rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _whole(value: object) -> int | None:
    """5 and 5.0 are whole; 5.7, true and what is beyond 2^53 are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) <= _MOST and value == int(value) else None


def _is(type_: str, value: object) -> bool:
    if type_ == WHOLE:
        return _whole(value) is not None
    if type_ == TEXTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, bool if type_ == TRUTH else str)
