"""What holds of an activity key follows from all that was said of it, and not from the order in which it came."""

from __future__ import annotations

from itertools import permutations

import pytest

from loyalty import sayings
from loyalty.activities import Activity, Identity, MemberId, Reference, Speaker
from loyalty.sayings import Saying, held, mark, undoing

SPEAKER = Speaker("src_1")
ADA = Identity("telegram", "", "1", "Ada")


def said(op: str = "apply", version: int = 0, at: int = 100, by: str = "platform") -> Saying:
    activity = Activity("post_created", "post:1", at, "telegram", op=op, version=version, actor=ADA, by=by)
    return sayings.of("salt", activity, SPEAKER)


def switched(op: str, version: int) -> Saying:
    return undoing([said()], op, version, "moderator", "a reason", SPEAKER)


def holding(*rows: Saying) -> tuple[int, str | None] | None:
    """(version, who undid it) of what holds; the same in whatever order the rows arrived."""
    found = set()
    for order in permutations(rows):
        one = held(mark([row._replace(n=number) for number, row in enumerate(order, 1)]))
        found.add(None if one is None else (one.version, one.undone_by))
    assert len(found) == 1, found
    return found.pop()


def test_of_one_saying_it_holds_and_of_none_nothing() -> None:
    assert holding(said()) == (0, None)
    assert held([]) is None


def test_the_greatest_version_holds() -> None:
    assert holding(said(), said(version=2, at=200), said(version=1, at=300)) == (2, None)


def test_at_equal_version_one_content_holds_wherever_it_was_said_first() -> None:
    first, second = said(at=100), said(at=200)
    winners = {held(mark([a, b._replace(n=2)])).at for a, b in permutations([first, second])}  # type: ignore[union-attr]
    assert len(winners) == 1


def test_a_reversal_undoes_its_own_version_and_those_before_it() -> None:
    assert holding(said(version=1), said("reverse", version=1, by="author")) == (1, "author")
    assert holding(said(version=1), said("reverse", version=2, by="author")) == (1, "author")


def test_a_later_version_comes_back_after_a_reversal() -> None:
    assert holding(said(), said("reverse", by="author"), said(version=1)) == (1, None)


def test_a_reversal_alone_holds_nothing() -> None:
    assert holding(said("reverse", by="author")) is None


def test_what_is_undone_stands_and_says_by_whom_on_that_row_alone() -> None:
    rows = mark([said(), said("reverse", by="author")._replace(n=2)])
    assert [(row.stands, row.undone_by) for row in rows] == [(True, "author"), (False, None)]


def test_a_void_outlives_what_the_platform_says_later_until_it_is_lifted() -> None:
    void, lift = switched("void", 50), switched("lift", 60)
    assert holding(said(), void) == (0, "moderator")
    assert holding(said(), void, said(version=99)) == (99, "moderator")
    assert holding(said(), void, lift) == (0, None)
    assert holding(said(), void, lift, switched("void", 70)) == (0, "moderator")


def test_a_lift_does_not_take_a_reversal_back() -> None:
    assert holding(said(), said("reverse", by="author"), switched("void", 50), switched("lift", 60)) == (0, "author")


def test_marking_what_is_marked_changes_nothing() -> None:
    rows = mark([said(), said(version=1, at=5)._replace(n=2), said("reverse", by="author")._replace(n=3)])
    assert mark(rows) == rows


def test_an_undoing_repeats_what_it_undoes_and_says_why() -> None:
    void = switched("void", 7)
    assert (void.op, void.version, void.by, void.stands) == ("void", 7, "moderator", False)
    assert (void.key, void.at, void.kind, void.actor) == (said().key, said().at, said().kind, said().actor)
    assert '"reason":"a reason"' in void.body


@pytest.mark.parametrize(
    "other",
    [
        {"at": 101},
        {"kind": "comment_created"},
        {"actor": ADA._replace(id="2")},
        {"actor": MemberId("mem_1")},
        {"beneficiary": Reference("author_of:telegram::1")},
        {"data": {"votes": 1}},
        {"object": {"id": "1"}},
        {"declares": "author_of:telegram::2"},
    ],
    ids=str,
)
def test_whatever_it_says_is_part_of_its_digest(other: dict[str, object]) -> None:
    content = {"kind": "post_created", "key": "post:1", "at": 100, "platform": "telegram", "actor": ADA}
    first, second = (sayings.of("salt", Activity(**one), SPEAKER) for one in (content, content | other))  # type: ignore[arg-type]
    assert first.digest != second.digest
    assert not first.says_again(second)


def test_a_handle_and_the_order_of_fields_are_no_content() -> None:
    content = {"kind": "post_created", "key": "post:1", "at": 100, "platform": "telegram"}
    first = Activity(**content, actor=ADA, data={"a": 1, "b": 2})  # type: ignore[arg-type]
    second = Activity(**content, actor=ADA._replace(handle="Countess"), data={"b": 2, "a": 1})  # type: ignore[arg-type]
    assert sayings.of("salt", first, SPEAKER).says_again(sayings.of("salt", second, SPEAKER))
