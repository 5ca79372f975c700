"""The one draft of a rulebook that a community is working on: kept, edited as a whole or in part, and checked.

A community without a draft begins one from the rulebook in force, so that editing one rule never loses the others. A
whole draft is a rulebook, at most with examples that fail; while it is edited part by part it may be wrong. `check`
tells, and only what is right is published. The only writer of its table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from loyalty import audit, clock, kinds, rulebook
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale
from loyalty.models import Community, RulebookDraft
from loyalty.sayings import canonical
from rules_engine import parse
from rules_engine.errors import Problem as Fault
from rules_engine.errors import RulebookRefused, Sentence
from rules_engine.rules import Rulebook


def find(session: Session, community_id: str) -> RulebookDraft | None:
    """The draft, if one was begun."""
    return session.get(RulebookDraft, community_id)


def begun(session: Session, community_id: str) -> RulebookDraft:
    """The draft; where there is none, one that says what is in force and is not stored (revision 0)."""
    row = find(session, community_id)
    if row is not None:
        return row
    document = json.dumps(parse.render(rulebook.compiled(session, community_id)))
    return RulebookDraft(
        community_id=community_id, document=document, revision=0, changed_at=clock.now(), changed_by="setia"
    )


def unpublished(session: Session, community_id: str) -> RulebookDraft | None:
    """The draft, where it says what was not published last: somebody is at work on it."""
    row = find(session, community_id)
    latest = rulebook.versions(session, community_id, None, 1)
    return None if row is None or (latest and latest[0].document == row.document) else row


def lock(session: Session, community_id: str) -> RulebookDraft | None:
    """The draft, which nobody else changes or begins until the commit: before the first one there is no row of its own
    to wait at, so it is the community's.
    """
    community = session.get(Community, community_id, with_for_update={"key_share": True}, populate_existing=True)
    if community is None:
        raise NotFound("community_not_found", Sentence("There is no such community."))
    return session.get(RulebookDraft, community_id, populate_existing=True)


def save(session: Session, community_id: str, document: Any, by: str, revision: int | None = None) -> RulebookDraft:
    """Keep a whole draft; its examples may fail, `check` tells. Raises `Invalid` (`rulebook_refused`) with the problems
    of what is no rulebook, and `Stale` when `revision` is not that of the draft.
    """
    try:
        _parsed(session, community_id, document)
    except RulebookRefused as refused:
        raise _refusal(Sentence("This is no rulebook; the draft stays as it was."), refused.problems) from None
    return _keep(session, community_id, lock(session, community_id), document, by, revision)


def put(
    session: Session, community_id: str, part: str, key: str, value: Mapping[str, Any], by: str, revision: int | None
) -> RulebookDraft:
    """Add the item `key` to the list `part` of the draft, or replace it where it stands. Raises `Stale`."""
    row, document = _begun(session, community_id)
    items = document.setdefault(part, [])
    item = {**value, "key": key}
    place = next((index for index, one in enumerate(items) if one["key"] == key), len(items))
    items[place : place + 1] = [item]
    return _keep(session, community_id, row, document, by, revision)


def remove(session: Session, community_id: str, part: str, key: str, by: str, revision: int | None) -> RulebookDraft:
    """Take the item `key` out of the list `part` of the draft. Raises `NotFound`, `Stale`."""
    row, document = _begun(session, community_id)
    items = document.setdefault(part, [])
    kept = [one for one in items if one["key"] != key]
    if len(kept) == len(items):
        raise NotFound("not_in_draft", Sentence("The draft has no {key} among its {part}.", key=repr(key), part=part))
    document[part] = kept
    return _keep(session, community_id, row, document, by, revision)


def put_part(
    session: Session, community_id: str, part: str, value: Mapping[str, Any], by: str, revision: int | None
) -> RulebookDraft:
    """Replace a whole part of the draft. Raises `Stale`."""
    row, document = _begun(session, community_id)
    document[part] = dict(value)
    return _keep(session, community_id, row, document, by, revision)


def check(session: Session, community_id: str, document: Any) -> tuple[Rulebook | None, list[Fault]]:
    """Parse a document and run its examples; nothing is stored."""
    try:
        compiled = _parsed(session, community_id, document)
    except RulebookRefused as refused:
        return None, refused.problems
    return compiled, parse.run_examples(compiled)


def checked(session: Session, community_id: str, revision: int | None = None) -> RulebookDraft:
    """The draft, which could be published. Raises `Conflict` (`no_draft`), `Stale` when `revision` is not that of the
    draft, and what `check_publishable` does.
    """
    row = find(session, community_id)
    _check_revision(row, revision)
    if row is None:
        raise Conflict("no_draft", Sentence("There is no draft. PUT /v1/rulebook/draft first."))
    check_publishable(session, community_id, row.document)
    return row


def check_publishable(session: Session, community_id: str, document: str) -> None:
    """Raises `Invalid` (`rulebook_refused`, with the problems) for a document that could not be published."""
    _, problems = check(session, community_id, json.loads(document))
    if problems:
        raise _refusal(Sentence("The draft has problems; none of it counts."), problems)


def _parsed(session: Session, community_id: str, document: Any) -> Rulebook:
    zone = session.get_one(Community, community_id).zone
    return parse.parse(document, kinds.known(session, community_id), zone)


def _refusal(detail: Sentence, problems: Sequence[Fault]) -> Invalid:
    return Invalid(
        "rulebook_refused", detail, [Problem(one.pointer, one.detail, one.code, one.nearest) for one in problems]
    )


def _check_revision(row: RulebookDraft | None, revision: int | None) -> None:
    if revision is not None and revision != (row.revision if row else 0):
        raise Stale("draft_changed", Sentence("Somebody else changed the draft since you read it. Read it again."))


def _begun(session: Session, community_id: str) -> tuple[RulebookDraft | None, dict[str, Any]]:
    """The draft, as nobody else changes it until the commit, and what it says, or is begun with."""
    row = lock(session, community_id)
    document: dict[str, Any] = json.loads((row or begun(session, community_id)).document)
    return row, document


def _keep(
    session: Session,
    community_id: str,
    row: RulebookDraft | None,
    document: dict[str, Any],
    by: str,
    revision: int | None,
) -> RulebookDraft:
    """Have the draft, which is locked, say this from now on. Raises `Stale`."""
    _check_revision(row, revision)
    text = canonical(document)
    before = None if row is None else _parts(json.loads(row.document))
    audit.note(session, community_id, by, "draft.changed", "draft", before, _parts(document))
    if row is None:
        row = RulebookDraft(community_id=community_id, document=text, changed_at=clock.now(), changed_by=by, revision=1)
        session.add(row)
    else:
        row.document, row.changed_at, row.changed_by, row.revision = text, clock.now(), by, row.revision + 1
    session.flush()
    return row


def _parts(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in such parts as are edited: `rules/helpful-answer`, `tiers`."""
    parts: dict[str, Any] = {}
    for name, value in document.items():
        items = {f"{name}/{item['key']}": item for item in value} if isinstance(value, list) else {}
        parts |= items if items and len(items) == len(value) else {name: value}
    return parts
