"""The difference between what is wanted and what is booked, as entries."""

from __future__ import annotations

from collections.abc import Sequence

from loyalty.booking import balances_after, differences
from loyalty.ledger import Booked, DecisionKey, Posting
from rules_engine.effects import ISSUANCE, MEMBER, Effect

KEY = "act_1", "post", "points:points"


def wanted(amount: int, at: int = 100, occasion: str = "act_1") -> Effect:
    """The post earns points."""
    return Effect("post", occasion, "points:points", "points", ISSUANCE, MEMBER, amount, at, occasion)


def booked(amount: int, at: int = 100, revision: int = 1) -> dict[DecisionKey, Booked]:
    return {KEY: Booked("points", ISSUANCE, MEMBER, amount, at, revision, "act_1")}


def told(postings: Sequence[Posting]) -> list[tuple[int, int, int]]:
    """(revision, change of the member's balance, instant) of each entry."""
    return [(one.revision, one.change, one.at) for one in postings]


def test_what_is_wanted_and_not_booked_is_booked() -> None:
    (entry,) = differences("mem_1", [wanted(5)], {})
    assert entry == Posting("mem_1", "post", "act_1", "points:points", 1, "points", ISSUANCE, MEMBER, 5, 100, "act_1")


def test_what_is_booked_already_is_left_alone() -> None:
    assert differences("mem_1", [wanted(5)], booked(5)) == []


def test_of_more_the_rest_is_booked_and_of_less_the_rest_goes_back() -> None:
    assert told(differences("mem_1", [wanted(8)], booked(5))) == [(2, 3, 100)]
    (back,) = differences("mem_1", [wanted(2)], booked(5, revision=4))
    assert (back.revision, back.debit, back.credit, back.amount) == (5, MEMBER, ISSUANCE, 3)


def test_what_is_no_longer_wanted_goes_back_where_it_was() -> None:
    assert told(differences("mem_1", [], booked(5, at=70))) == [(2, -5, 70)]


def test_what_moved_is_taken_back_at_its_old_instant_and_given_at_the_new_one() -> None:
    assert told(differences("mem_1", [wanted(8, at=200)], booked(5, at=100))) == [(2, -5, 100), (3, 8, 200)]


def test_what_came_to_nothing_is_neither_taken_back_again_nor_dated_anew() -> None:
    nothing = booked(0, at=100, revision=2)
    assert differences("mem_1", [], nothing) == []
    assert told(differences("mem_1", [wanted(5, at=200)], nothing)) == [(3, 5, 200)]


def test_a_debit_is_booked_from_the_member() -> None:
    taken = wanted(4)._replace(debit=MEMBER, credit=ISSUANCE)
    assert told(differences("mem_1", [taken], {})) == [(1, -4, 100)]
    assert differences("mem_1", [taken], booked(-4)) == []
    assert told(differences("mem_1", [taken], booked(4))) == [(2, -8, 100)]


def test_entries_come_in_the_order_of_what_happened_and_what_went_back_last() -> None:
    effects = [wanted(1, occasion="act_3"), wanted(2, occasion="act_2")]
    assert [one.occasion for one in differences("mem_1", effects, booked(5))] == ["act_3", "act_2", "act_1"]


def test_balances_follow_the_entries_and_nothing_is_no_balance() -> None:
    postings = differences("mem_1", [], booked(5))
    assert balances_after({"points": 7, "gems": 1}, postings) == {"points": 2, "gems": 1}
    assert balances_after({"points": 5}, postings) == {}
