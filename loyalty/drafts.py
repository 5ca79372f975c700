"""Edits of one part of the draft: a rule, a badge, a board, the tiers.

A community without a draft begins one from the rulebook in force, so that editing one rule never loses the others. The
draft may be wrong meanwhile; `rulebook.check` tells, and only what is right is published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from loyalty import clock, rulebook
from loyalty.errors import Conflict, NotFound
from loyalty.models import RulebookDraft
from rules_engine import parse
from rules_engine.errors import Sentence


def begun(session: Session, community_id: str) -> RulebookDraft:
    """The draft; where there is none, one that says what is in force and is not stored (revision 0)."""
    row = rulebook.draft(session, community_id)
    if row is not None:
        return row
    document = json.dumps(parse.render(rulebook.compiled(session, community_id)))
    return RulebookDraft(
        community_id=community_id, document=document, revision=0, changed_at=clock.now(), changed_by="setia"
    )


def unpublished(session: Session, community_id: str) -> RulebookDraft | None:
    """The draft, where it says what was not published last: somebody is at work on it."""
    row = rulebook.draft(session, community_id)
    latest = rulebook.versions(session, community_id, None, 1)
    return None if row is None or (latest and latest[0].document == row.document) else row


def put(
    session: Session, community_id: str, part: str, key: str, value: Mapping[str, Any], by: str, revision: int | None
) -> RulebookDraft:
    """Add the item `key` to the list `part` of the draft, or replace it where it stands. Raises `Stale`, `Conflict`."""
    document = _document(_locked(session, community_id))
    items = _list(document, part)
    item = {"key": key, **value}
    place = next((index for index, one in enumerate(items) if _is(one, key)), len(items))
    items[place : place + 1] = [item]
    return rulebook.save_draft(session, community_id, document, by, revision)


def remove(session: Session, community_id: str, part: str, key: str, by: str, revision: int | None) -> RulebookDraft:
    """Take the item `key` out of the list `part` of the draft. Raises `NotFound`, `Stale`, `Conflict`."""
    document = _document(_locked(session, community_id))
    items = _list(document, part)
    kept = [one for one in items if not _is(one, key)]
    if len(kept) == len(items):
        raise NotFound("not_in_draft", Sentence("The draft has no {key} among its {part}.", key=repr(key), part=part))
    document[part] = kept
    return rulebook.save_draft(session, community_id, document, by, revision)


def put_part(
    session: Session, community_id: str, part: str, value: Mapping[str, Any], by: str, revision: int | None
) -> RulebookDraft:
    """Replace a whole part of the draft. Raises `Stale`, `Conflict`."""
    document = _document(_locked(session, community_id))
    document[part] = dict(value)
    return rulebook.save_draft(session, community_id, document, by, revision)


def _locked(session: Session, community_id: str) -> RulebookDraft:
    """The draft as nobody else changes it until the commit: an edit is made on what it replaces."""
    rulebook.lock_draft(session, community_id)
    return begun(session, community_id)


def _document(draft: RulebookDraft) -> dict[str, Any]:
    document = json.loads(draft.document)
    if not isinstance(document, dict):
        raise Conflict(
            "draft_is_no_rulebook", Sentence("The draft is not an object, so nothing can be put into it. Replace it.")
        )
    return document


def _list(document: dict[str, Any], part: str) -> list[Any]:
    items = document.setdefault(part, [])
    if not isinstance(items, list):
        raise Conflict(
            "draft_is_no_rulebook",
            Sentence("In the draft {part} is not a list, so nothing can be put into it.", part=part),
        )
    return items


def _is(item: object, key: str) -> bool:
    return isinstance(item, dict) and item.get("key") == key
