"""The rulebook of a community through time: draft, check, publish, and which version governs which instant.

A version is never changed; a publication puts one in force from an instant on. The newest publication that reaches back
to an instant governs it, so publishing into the past says what members should have had, and the difference is booked.
Compiled rulebooks are kept by the number of publications: one number says whether what is at hand still holds.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, SessionTransaction, defer

from loyalty import clock, ids, kinds, locks, notices
from loyalty.db import is_reading
from loyalty.errors import Conflict, DomainError, Invalid, NotFound, Problem, Stale
from loyalty.facts import canonical
from loyalty.models import Community, Publication, RulebookDraft, RulebookVersion, StandingRow
from rules_engine import parse
from rules_engine.errors import RulebookRefused
from rules_engine.fold import ENGINE_VERSION, Era
from rules_engine.rules import Rulebook

PROSPECTIVE, FROM, RETROACTIVE = MODES = ("prospective", "from", "retroactive")
ZONE = "zone"
"""The mode of a publication that changes no rule, only the zone in which days are cut."""
ENGINE = "engine"
"""The mode of one that changes neither: a newer engine folds the same rules to something else, from the beginning."""
_RULELESS = (ZONE, ENGINE)


@dataclass(frozen=True)
class Book:
    """Everything published by the time there were `count` publications: the eras with the versions in force in them,
    and from when each publication counts.
    """

    count: int
    eras: Sequence[Era]
    versions: Sequence[int]
    starts: Sequence[int]

    def in_force(self, at: int) -> tuple[int, Rulebook] | None:
        """The version that governs the instant, and what it says; none before the first."""
        index = self._era(at)
        return None if index < 0 else (self.versions[index], self.eras[index].rulebook)

    def zone(self, at: int) -> str:
        """The community's zone at the instant, as far as folds are concerned: UTC before the first publication."""
        return self.eras[max(self._era(at), 0)].zone if self.eras else "UTC"

    def _era(self, at: int) -> int:
        return bisect_right([era.starts_at for era in self.eras], at) - 1

    def changed_since(self, count: int) -> int | None:
        """The first instant that a publication after the first `count` governs; none if there is no such one."""
        return min(self.starts[count:], default=None)

    def met_by(self, through: int) -> int:
        """How many publications, from the first one on, somebody folded through the instant has met.

        One that a later publication reaches back behind is not waited for: it never begins.
        """
        return next((index for index, start in self._beginning if start > through), self.count)

    @cached_property
    def _beginning(self) -> list[tuple[int, int]]:
        return [
            (index, start)
            for index, start in enumerate(self.starts)
            if all(later > start for later in self.starts[index + 1 :])
        ]


_books: dict[str, Book] = {}
_compiled: dict[tuple[str, int, str], Rulebook] = {}
_REHEARSED = "setia.rehearsed"  # where a session keeps the book of its rehearsal
_COUNTED = "setia.counted"  # and what it counted of publications, in which transaction


def book(session: Session, community_id: str, count: int | None = None) -> Book:
    """The community's rulebooks by era; in a rehearsal with the draft among them. `count` is its number of publications
    where the caller has just read it under the guard. Raises `NotFound`.
    """
    rehearsed: tuple[str, Book] | None = session.info.get(_REHEARSED)
    if rehearsed is not None and rehearsed[0] == community_id:
        return rehearsed[1]
    if count is None:
        count = _count(session, community_id)
    found = _books.get(community_id)
    if found is None or found.count != count:
        found = _books[community_id] = _read(session, community_id, count)
    return found


def _count(session: Session, community_id: str) -> int:
    """The community's number of publications; a transaction that only reads asks once. Raises `NotFound`."""
    counted: tuple[SessionTransaction, str, int] | None = session.info.get(_COUNTED)
    if counted is not None and counted[:2] == (session.get_transaction(), community_id):
        return counted[2]
    count = session.scalar(select(Community.publications).where(Community.id == community_id))
    if count is None:
        raise NotFound("community_not_found", "There is no such community.")
    if is_reading(session):
        session.info[_COUNTED] = session.get_transaction(), community_id, count
    return count


def _read(session: Session, community_id: str, count: int) -> Book:
    return _book(publications(session, community_id)[:count], partial(_compile, session, community_id))


def _book(rows: Sequence[Publication], compiled_as: Callable[[int, str], Rulebook]) -> Book:
    """What these publications come to, the rulebook of each (version, zone) compiled by `compiled_as`."""
    eras: list[Era] = []
    versions: list[int] = []
    for start in sorted({row.effective_from for row in rows}):
        version, zone = version_at(rows, start), zone_at(rows, start)
        if version is None or (eras and (versions[-1], eras[-1].zone) == (version, zone)):
            continue  # nothing governs yet, or what was published for here was overtaken
        eras.append(Era(start, compiled_as(version, zone), zone))
        versions.append(version)
    return Book(len(rows), eras, versions, [row.effective_from for row in rows])


def version_at(rows: Sequence[Publication], at: int) -> int | None:
    """Of these publications the version that governs the instant: the newest's that reaches back to it."""
    reaching = [row for row in rows if row.mode not in _RULELESS and row.effective_from <= at]
    return max(reaching, key=lambda row: row.number).version if reaching else None


def zone_at(rows: Sequence[Publication], at: int) -> str:
    """The zone that days are cut in at the instant: a change of zone holds from its midnight until the next change,
    whatever is published meanwhile, and before the first one the zone was what the first publication says.
    """
    moves = [row for row in rows if row.mode == ZONE and row.effective_from <= at]
    return max(moves, key=lambda row: (row.effective_from, row.number)).zone if moves else rows[0].zone


def _compile(session: Session, community_id: str, version: int, zone: str) -> Rulebook:
    found = _compiled.get((community_id, version, zone))
    if found is None:
        document = json.loads(get_version(session, community_id, version).document)
        found = parse.parse(document, kinds.known(session, community_id), zone)
        _compiled[community_id, version, zone] = found
    return found


def compiled(session: Session, community_id: str) -> Rulebook:
    """The rulebook that governs this instant; an empty one before the first publication."""
    found = book(session, community_id).in_force(clock.now())
    return found[1] if found else parse.parse({"rules": []}, kinds.known(session, community_id))


@contextmanager
def rehearsal(session: Session, community_id: str, start: int) -> Iterator[None]:
    """Have all that this transaction folds folded as if the draft had just been published from the instant `start` on,
    under the version that it would get. The transaction is to be rolled back. Raises `Conflict` (`no_draft`) and
    `Refused`.
    """
    _, rulebook = _checked_draft(session, community_id)
    community = session.get_one(Community, community_id)
    rows, version = publications(session, community_id), _next_version(session, community_id)
    draft_itself = Publication(
        number=len(rows) + 1, version=version, mode=FROM, effective_from=start, zone=community.zone
    )

    def compiled_as(number: int, zone: str) -> Rulebook:
        return rulebook if number == version else _compile(session, community_id, number, zone)

    session.info[_REHEARSED] = community_id, _book([*rows, draft_itself], compiled_as)
    try:
        yield
    finally:
        del session.info[_REHEARSED]


def publications(
    session: Session, community_id: str, after: int = 0, limit: int | None = None
) -> Sequence[Publication]:
    """The publications after the one with this number, the first one first; all of them without a limit."""
    query = select(Publication).where(Publication.community_id == community_id, Publication.number > after)
    return session.scalars(query.order_by(Publication.number).limit(limit)).all()


def versions(session: Session, community_id: str, before: int | None, limit: int) -> Sequence[RulebookVersion]:
    """The versions before this one (the latest), the latest first; their documents are read when they are asked for."""
    query = select(RulebookVersion).where(RulebookVersion.community_id == community_id)
    if before is not None:
        query = query.where(RulebookVersion.version < before)
    query = query.options(defer(RulebookVersion.document)).order_by(RulebookVersion.version.desc())
    return session.scalars(query.limit(limit)).all()


def get_version(session: Session, community_id: str, version: int) -> RulebookVersion:
    """One version. Raises `NotFound`."""
    row = session.get(RulebookVersion, (community_id, version))
    if row is None:
        raise NotFound("version_not_found", f"There is no version {version} of this rulebook.")
    return row


def in_force(session: Session, community_id: str) -> Publication | None:
    """The publication whose version governs this instant."""
    rows = publications(session, community_id)
    reaching = [row for row in rows if row.mode not in _RULELESS and row.effective_from <= clock.now()]
    return reaching[-1] if reaching else None


def draft(session: Session, community_id: str) -> RulebookDraft | None:
    """The draft, if one was begun."""
    return session.get(RulebookDraft, community_id)


def lock_draft(session: Session, community_id: str) -> RulebookDraft | None:
    """The draft, which nobody else changes or begins until the commit: before the first one there is no row of its own
    to wait at, so it is the community's.
    """
    community = session.get(Community, community_id, with_for_update={"key_share": True}, populate_existing=True)
    if community is None:
        raise NotFound("community_not_found", "There is no such community.")
    return session.get(RulebookDraft, community_id, populate_existing=True)


def save_draft(
    session: Session, community_id: str, document: Any, by: str, revision: int | None = None
) -> RulebookDraft:
    """Keep a draft as it is, right or not; `check` tells. Raises `Stale` when `revision` is not that of the draft."""
    row = lock_draft(session, community_id)
    if revision is not None and revision != (row.revision if row else 0):
        raise Stale("draft_changed", "Somebody else changed the draft since you read it. Read it again.")
    text = canonical(document)
    if row is None:
        row = RulebookDraft(community_id=community_id, document=text, changed_at=clock.now(), changed_by=by, revision=1)
        session.add(row)
    else:
        row.document, row.changed_at, row.changed_by, row.revision = text, clock.now(), by, row.revision + 1
    session.flush()
    return row


def check(session: Session, community_id: str, document: Any) -> tuple[Rulebook | None, list[Any]]:
    """Parse a document and run its examples; nothing is stored. The problems are `rules_engine.errors.Problem`s."""
    zone = session.get_one(Community, community_id).zone
    try:
        rulebook = parse.parse(document, kinds.known(session, community_id), zone)
    except RulebookRefused as refused:
        return None, refused.problems
    return rulebook, parse.run_examples(rulebook)


def publish(
    session: Session,
    community_id: str,
    *,
    by: str,
    version: int | None = None,
    mode: str = PROSPECTIVE,
    start: int | None = None,
    note: str = "",
) -> Publication:
    """Put the draft, or an earlier `version`, in force: from now on, `from` the instant `start`, or for ever.

    Members meet it when they are next touched, and the idle ones by a walk in the background.
    Raises `Conflict` (`no_draft`) and `Invalid` (`rulebook_refused`, with the problems).
    """
    locks.guard(session, community_id, alone=True)
    community = session.get(Community, community_id, with_for_update=True, populate_existing=True)
    if community is None:
        raise NotFound("community_not_found", "There is no such community.")
    effective_from = _effective_from(mode, start)
    if version is None:
        version = _add_version(session, community_id, by)
    else:
        get_version(session, community_id, version)
    return put_in_force(session, community, version, effective_from, mode=mode, zone=community.zone, by=by, note=note)


def put_in_force(
    session: Session,
    community: Community,
    version: int,
    effective_from: int,
    *,
    mode: str,
    zone: str,
    by: str,
    note: str = "",
) -> Publication:
    """Write the publication and begin its walk; the guard is held alone."""
    community.publications += 1
    publication = Publication(
        id=ids.new("pub"),
        community_id=community.id,
        number=community.publications,
        version=version,
        mode=mode,
        effective_from=effective_from,
        zone=zone,
        engine_version=ENGINE_VERSION,
        note=note,
        published_at=clock.now(),
        published_by=by,
    )
    session.add(publication)
    session.flush()
    payload = {"publication": publication.id, "after": ""}
    notices.publish(session, notices.RULEBOOK_PUBLISHED, community.id, payload, due_at=effective_from)
    return publication


def adopt_engine(session: Session, community_id: str, by: str) -> bool:
    """Have everyone folded again whom an older engine than this process's folded; once, whoever asks. Answers whether
    that was needed.
    """
    if not _engine_is_newer(session, community_id):
        return False
    locks.guard(session, community_id, alone=True)
    community = session.get_one(Community, community_id, with_for_update=True, populate_existing=True)
    if not _engine_is_newer(session, community_id):
        return False  # another process was faster
    version, note = version_at(publications(session, community_id), clock.now()) or 0, f"engine {ENGINE_VERSION}"
    put_in_force(session, community, version, 0, mode=ENGINE, zone=community.zone, by=by, note=note)
    return True


def _engine_is_newer(session: Session, community_id: str) -> bool:
    adopted = select(Publication.id).where(
        Publication.community_id == community_id,
        Publication.mode == ENGINE,
        Publication.engine_version >= ENGINE_VERSION,
    )
    older = select(StandingRow.member_id).where(
        StandingRow.community_id == community_id, StandingRow.engine_version < ENGINE_VERSION
    )
    return session.scalar(adopted.limit(1)) is None and session.scalar(older.limit(1)) is not None


def _effective_from(mode: str, start: int | None) -> int:
    if mode == PROSPECTIVE:
        return clock.now()
    if mode == RETROACTIVE:
        return 0
    if mode != FROM or start is None:
        raise Invalid(
            "invalid", "Say how it counts.", [Problem("/mode", f"one of {', '.join(MODES)}; `from` needs an instant")]
        )
    return start


def _checked_draft(session: Session, community_id: str) -> tuple[RulebookDraft, Rulebook]:
    row = draft(session, community_id)
    if row is None:
        raise Conflict("no_draft", "There is no draft. PUT /v1/rulebook/draft first.")
    rulebook, problems = check(session, community_id, json.loads(row.document))
    if rulebook is None or problems:
        raise Refused(problems)
    return row, rulebook


def _next_version(session: Session, community_id: str) -> int:
    latest = session.scalar(
        select(func.max(RulebookVersion.version)).where(RulebookVersion.community_id == community_id)
    )
    return (latest or 0) + 1


def _add_version(session: Session, community_id: str, by: str) -> int:
    row, _ = _checked_draft(session, community_id)
    version = _next_version(session, community_id)
    session.add(
        RulebookVersion(
            community_id=community_id, version=version, document=row.document, created_at=clock.now(), created_by=by
        )
    )
    session.flush()
    return version


class Refused(DomainError):
    """The draft is no rulebook yet; `found` holds the engine's problems, with codes and nearest names."""

    def __init__(self, found: Sequence[Any]) -> None:
        super().__init__(
            "rulebook_refused",
            "The draft has problems; none of it counts.",
            [Problem(one.pointer, one.detail) for one in found],
        )
        self.found = list(found)
