"""The rulebook of a community: its versions, and the eras that its publications come to.

A version is never changed; a publication puts one in force from an instant on, and which of them governs which instant
is told by `governing`. Compiled rulebooks are kept by the number of publications: one number says whether what is at
hand still holds. Publishing and reverting is the business of `publications`, what is not published yet that of
`drafts`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, SessionTransaction, defer

from loyalty import clock, governing, kinds
from loyalty.db import is_reading
from loyalty.errors import NotFound
from loyalty.models import Community, Publication, RulebookVersion
from rules_engine import parse
from rules_engine.errors import Sentence
from rules_engine.fold import Era
from rules_engine.rules import Rulebook


class Published(NamedTuple):
    """What a book remembers of a publication: its number and id, from when it counts, whether nobody loses by it, and
    whether it was called off, so that nobody has to meet it.
    """

    number: int
    id: str
    starts_at: int
    gains_only: bool
    called_off: bool


@dataclass(frozen=True)
class Book:
    """Everything published by the time there were `count` publications: the eras with the versions in force in them,
    and the publications themselves in their order.
    """

    count: int
    eras: Sequence[Era]
    versions: Sequence[int]
    published: Sequence[Published]

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
        return min((one.starts_at for one in self.published[count:]), default=None)

    def met_by(self, through: int) -> int:
        """How many publications, from the first one on, somebody folded through the instant has met.

        One that a later publication reaches back behind is not waited for: it never begins.
        """
        return next((index for index, start in self._beginning if start > through), self.count)

    def to_be_met_by(self, through: int) -> int:
        """How many of these everybody has to have met: what was called off after them changes nothing."""
        count = self.met_by(through)
        while count and self.published[count - 1].called_off:
            count -= 1
        return count

    def met_since(self, count: int, through: int) -> Sequence[Published]:
        """The publications that somebody meets who is now folded through the instant and had met the first `count`."""
        return self.published[count : self.met_by(through)]

    @cached_property
    def _beginning(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for index in range(self.count - 1, -1, -1):
            start = self.published[index].starts_at
            if not found or start < found[-1][1]:
                found.append((index, start))
        return found[::-1]


_books: dict[str, Book] = {}
_compiled: dict[tuple[str, int, str], Rulebook] = {}
_REHEARSED = "setia.rehearsed"  # where a session keeps the book of its rehearsal
_COUNTED = "setia.counted"  # and what it knows of the number of publications, in which transaction
_PUBLISHING = "setia.publishing"  # and the transaction in which it made some, which may yet be rolled back


def book(session: Session, community_id: str, count: int | None = None) -> Book:
    """The community's rulebooks by era; in a rehearsal with what is tried among them. `count` is its number of
    publications where the caller has just read it under the guard, which keeps it to the end of the transaction. Raises
    `NotFound`.
    """
    rehearsed: tuple[str, Book] | None = session.info.get(_REHEARSED)
    if rehearsed is not None and rehearsed[0] == community_id:
        return rehearsed[1]
    if count is None:
        count = _count(session, community_id)
    else:
        session.info[_COUNTED] = session.get_transaction(), community_id, count
    found = _books.get(community_id)
    if found is None or found.count != count:
        found = _read(session, community_id, count)
        if not _is_publishing(session):
            _books[community_id] = found
    return found


def _count(session: Session, community_id: str) -> int:
    """The community's number of publications; asked once where it cannot change meanwhile. Raises `NotFound`."""
    counted: tuple[SessionTransaction, str, int] | None = session.info.get(_COUNTED)
    if counted is not None and counted[:2] == (session.get_transaction(), community_id):
        return counted[2]
    count = session.scalar(select(Community.publications).where(Community.id == community_id))
    if count is None:
        raise NotFound("community_not_found", Sentence("There is no such community."))
    if is_reading(session):
        session.info[_COUNTED] = session.get_transaction(), community_id, count
    return count


def note_publishing(session: Session) -> None:
    """Say that this session's transaction has just made another publication: their number is asked for again, and until
    the commit nobody else is told what they come to.
    """
    session.info.pop(_COUNTED, None)
    session.info[_PUBLISHING] = session.get_transaction()


def _is_publishing(session: Session) -> bool:
    return session.in_transaction() and session.info.get(_PUBLISHING) is session.get_transaction()


def _read(session: Session, community_id: str, count: int) -> Book:
    return _book(publications(session, community_id)[:count], partial(_compile, session, community_id))


def book_after(session: Session, community_id: str, count: int) -> Book:
    """The community's rulebooks by era as they were after its first `count` publications."""
    return _read(session, community_id, count)


def book_with(session: Session, community_id: str, count: int, tried: Publication, document: str) -> Book:
    """The same as they would be with one publication more, of a version that says what `document` says."""

    def compiled_as(version: int, zone: str) -> Rulebook:
        if version == tried.version:
            return parse.parse(json.loads(document), kinds.known(session, community_id), zone)
        return _compile(session, community_id, version, zone)

    return _book([*publications(session, community_id)[:count], tried], compiled_as)


def _book(rows: Sequence[Publication], compiled_as: Callable[[int, str], Rulebook]) -> Book:
    """What these publications come to, the rulebook of each (version, zone) compiled by `compiled_as`."""
    eras: list[Era] = []
    versions: list[int] = []
    holding = governing.in_effect(rows)
    keeps = governing.keeping(holding)
    for start in sorted({row.effective_from for row in holding}):
        version, zone = governing.version_at(rows, start), governing.zone_at(rows, start)
        if version is None or (eras and (versions[-1], eras[-1].zone) == (version, zone)):
            continue  # nothing governs yet, or what was published for here was overtaken
        eras.append(Era(start, compiled_as(version, zone), zone, keeps))
        versions.append(version)
    off = governing.called_off(rows)
    published = [Published(row.number, row.id, row.effective_from, bool(row.gains_only), row.id in off) for row in rows]
    return Book(len(rows), eras, versions, published)


def _compile(session: Session, community_id: str, version: int, zone: str) -> Rulebook:
    found = _compiled.get((community_id, version, zone))
    if found is None:
        document = json.loads(get_version(session, community_id, version).document)
        found = parse.parse(document, kinds.known(session, community_id), zone)
        if not _is_publishing(session):
            _compiled[community_id, version, zone] = found
    return found


def compiled(session: Session, community_id: str) -> Rulebook:
    """The rulebook that governs this instant; an empty one before the first publication."""
    found = book(session, community_id).in_force(clock.now())
    return found[1] if found else parse.parse({"rules": []}, kinds.known(session, community_id))


@contextmanager
def rehearsal(session: Session, community_id: str, start: int, document: str) -> Iterator[None]:
    """Have all that this transaction folds folded as if what the document says had just been published from the instant
    `start` on, under the version that it would get. The transaction is to be rolled back.
    """
    community = session.get_one(Community, community_id)
    count, version = community.publications, next_version(session, community_id)
    tried = Publication(
        number=count + 1, version=version, mode=governing.FROM, effective_from=start, zone=community.zone
    )
    session.info[_REHEARSED] = community_id, book_with(session, community_id, count, tried, document)
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
        raise NotFound(
            "version_not_found", Sentence("There is no version {version} of this rulebook.", version=version)
        )
    return row


def in_force(session: Session, community_id: str) -> Publication | None:
    """The publication whose version governs this instant."""
    return governing.publication_at(publications(session, community_id), clock.now())


def next_version(session: Session, community_id: str) -> int:
    """The number of the version that is published next."""
    latest = session.scalar(
        select(func.max(RulebookVersion.version)).where(RulebookVersion.community_id == community_id)
    )
    return (latest or 0) + 1
