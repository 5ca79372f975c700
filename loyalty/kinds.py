"""The activity kinds of a community: the built-in ones, and those that it declares itself.

A declared kind may not take a built-in one's key: what `answer_accepted` means is the same everywhere. A field of a
declared kind may be added, never taken away or given another type, since published rules and recorded facts rely on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import audit, clock
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale, step
from loyalty.models import Community
from loyalty.models.kinds import DeclaredKind
from rules_engine.errors import Sentence
from rules_engine.facts import HEARD, RESERVED
from rules_engine.fields import DATA_TYPES, KINDS, Kind

OWN = RESERVED | HEARD | {"identity_linked"}
"""Kinds of Setia's own facts: a platform that could say one could give points or move people."""
MOST_KINDS = 200
MOST_FIELDS = 50
_KIND = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Declared(NamedTuple):
    """A kind with the revision that an editor names; a built-in one has none."""

    kind: Kind
    revision: int | None


_known: dict[str, tuple[int, Mapping[str, Kind]]] = {}


def known(session: Session, community_id: str, declarations: int | None = None) -> Mapping[str, Kind]:
    """Every kind that the community's sources may say, by key, at least as of when it had declared `declarations` times
    (by now).
    """
    if declarations is None:
        declarations = session.scalar(select(Community.declarations).where(Community.id == community_id)) or 0
    found = _known.get(community_id)
    if found is None or found[0] < declarations:
        kinds = KINDS | {one.kind.key: one.kind for one in _declared(session, community_id)}
        found = _known[community_id] = declarations, kinds
    return found[1]


def list_for(session: Session, community_id: str) -> list[Declared]:
    """Every kind in the order of its key."""
    every = [*(Declared(kind, None) for kind in KINDS.values()), *_declared(session, community_id)]
    return sorted(every, key=lambda one: one.kind.key)


def get(session: Session, community_id: str, key: str) -> Declared:
    """One kind. Raises `NotFound`."""
    if key in KINDS:
        return Declared(KINDS[key], None)
    row = session.get(DeclaredKind, (community_id, key))
    if row is None:
        raise NotFound("kind_not_found", Sentence("There is no activity kind {kind}.", kind=repr(key)))
    return _shown(row)


def declare(
    session: Session,
    community_id: str,
    key: str,
    name: Mapping[str, str],
    fields: Mapping[str, str],
    by: str,
    revision: int | None = None,
) -> Declared:
    """Declare a kind or extend one. `fields` gives each field of `data` one of the engine's data types.

    Raises `Invalid`, `Conflict` for a built-in key or a field in use, `Stale` when `revision` is not the present one.
    """
    _check(key, fields)
    row = session.get(DeclaredKind, (community_id, key), with_for_update=True)
    if row is None:
        if revision is not None:
            raise Stale("changed_meanwhile", Sentence("This kind is not declared yet, so it has no revision."))
        if _count(session, community_id) >= MOST_KINDS:
            raise Conflict("too_many_kinds", Sentence("A community declares at most {most} kinds.", most=MOST_KINDS))
        row = DeclaredKind(community_id=community_id, key=key, revision=0, fields={})
        session.add(row)
    elif revision is not None and revision != row.revision:
        raise Stale("changed_meanwhile", Sentence("Somebody changed this kind since you read it."))
    _keep_promises(row.fields, fields)
    if row.revision and (row.name, row.fields) == (dict(name), dict(fields)):
        return _shown(row)
    before = {"name": row.name, "fields": row.fields} if row.revision else None
    row.name, row.fields = dict(name), dict(fields)
    audit.note(session, community_id, by, "kind.declared", key, before, {"name": row.name, "fields": row.fields})
    row.revision += 1
    row.changed_at, row.changed_by = clock.now(), by
    session.get_one(Community, community_id, with_for_update=True, populate_existing=True).declarations += 1
    session.flush()
    return _shown(row)


def _check(key: str, fields: Mapping[str, str]) -> None:
    if key in KINDS or key in OWN:
        raise Conflict(
            "kind_built_in", Sentence("{kind} is built in and means the same everywhere. Choose another key.", kind=key)
        )
    problems = []
    if len(key) > 64 or not _KIND.fullmatch(key):
        problems.append(Problem("/key", Sentence("a noun and a past participle in lower case, such as workshop_held")))
    if len(fields) > MOST_FIELDS:
        problems.append(Problem("/fields", Sentence("at most {most} fields", most=MOST_FIELDS)))
    for name, type_ in fields.items():
        pointer = "/fields" + step(name)
        if not _FIELD.fullmatch(name):
            problems.append(
                Problem(pointer, Sentence("a field's name has lower-case letters, digits and _, at most 64"))
            )
        if type_ not in DATA_TYPES:
            problems.append(
                Problem(pointer, Sentence("not a type; the types are {types}", types=", ".join(DATA_TYPES)))
            )
    if problems:
        raise Invalid("invalid", Sentence("This kind can't be declared; `errors` says why."), problems)


def _keep_promises(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    broken = [name for name, type_ in before.items() if after.get(name) != type_]
    if broken:
        problems = [
            Problem(f"/fields/{name}", Sentence("declared as {type}; it has to stay", type=before[name]))
            for name in broken
        ]
        raise Conflict(
            "field_in_use", Sentence("Fields can be added, but not taken away or given another type."), problems
        )


def _declared(session: Session, community_id: str) -> list[Declared]:
    rows = session.execute(select(DeclaredKind).where(DeclaredKind.community_id == community_id)).scalars()
    return [_shown(row) for row in rows]


def _count(session: Session, community_id: str) -> int:
    return session.execute(
        select(func.count()).select_from(DeclaredKind).where(DeclaredKind.community_id == community_id)
    ).scalar_one()


def _shown(row: DeclaredKind) -> Declared:
    return Declared(Kind(row.key, row.name, row.fields), row.revision)
