"""A publication, its reverting and its walk meet everybody who records: all ends as if said one after another."""

from __future__ import annotations

from random import Random

from sqlalchemy.orm import Session

from loyalty import clock, drafts, governing, publications, walks
from loyalty.models import Publication
from loyalty.walks import Part
from rules_engine.fields import KINDS
from rules_engine.fold import Era
from rules_engine.parse import parse
from tests.databases import Database
from tests.races.calls import ENROLLED, RULES, TODAY, check, post, say
from tests.races.processes import Call, Crew
from tests.worlds import ZONE, World

DOCUMENT = RULES | {"rules": RULES["rules"][1:]}


def revert(world: World, publication: str) -> Call:
    return Call(_revert, (world.community, publication))


def _revert(session: Session, community: str, publication: str) -> None:
    publications.revert(session, community, publication, by="root")


def publish(world: World, start: int) -> Call:
    return Call(_publish, (world.community, start))


def _publish(session: Session, community: str, start: int) -> None:
    publications.publish(session, community, by="root", version=2, mode=governing.FROM, start=start)


def walk(part: Part) -> Call:
    return Call(_walk, (part,))


def _walk(session: Session, part: Part) -> None:
    members = walks.page(session, part)
    if members:
        walks.meet(session, part, members)


def prepared(world: World) -> tuple[str, list[Part]]:
    """A publication whose walk has been cut into parts and not begun."""

    def work(session: Session) -> str:
        drafts.save(session, world.community, DOCUMENT, "root")
        row: Publication = publications.publish(session, world.community, by="root", mode=governing.RETROACTIVE)
        walks.begin(session, row.id)
        walks.set_out(session, row.id)
        return row.id

    publication = world.do(work)
    return publication, world.do(lambda session: walks.open_parts(session, publication))


def test_recording_walking_publishing_and_reverting_meet(database: Database, world: World, crew: Crew) -> None:
    random = Random(5)  # no secret hangs on it
    early = [post(number, random.choice(ENROLLED), TODAY - 3 * clock.DAY) for number in range(60)]
    world.record(*early)
    publication, parts = prepared(world)
    late = [post(number, random.choice(ENROLLED)) for number in range(60, 120)]
    calls = [say(world, one) for one in late] + [walk(part) for part in parts] * 3
    start = TODAY - 2 * clock.DAY
    calls += [revert(world, publication), publish(world, start)]
    random.shuffle(calls)

    outcomes = crew.race(database, calls)

    assert [outcome.answer for outcome in outcomes if outcome.answer not in (["recorded"], None)] == []
    world.remember(late)
    world.published.append(Era(start, parse(DOCUMENT, KINDS), ZONE))
    check(world, outcomes)


def test_a_publication_is_reverted_once(database: Database, world: World, crew: Crew) -> None:
    publication, _ = prepared(world)

    outcomes = crew.race(database, [revert(world, publication)] * 8)

    assert sorted(str(outcome.answer) for outcome in outcomes) == ["None"] + ["already_reverted"] * 7
