"""What holds of every fold: cut it anywhere and go on, no decision twice, no point lost, and rules in any order."""

from __future__ import annotations

import copy
import random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules_engine.days import DAY
from rules_engine.effects import HELD, MEMBER, Effect
from rules_engine.facts import Fact
from rules_engine.fields import KINDS
from rules_engine.fold import CHECKPOINT_EVERY, Era, Outcome, fold, reached
from rules_engine.parse import parse
from rules_engine.standing import Standing
from tests.properties.timelines import (
    ADA,
    FIRST,
    FIRST_DOCUMENT,
    HONOLULU,
    KUALA_LUMPUR,
    SECOND,
    START_AT,
    eras,
    moments,
    timelines,
)


def whole(history: list[Era], facts: list[Fact], as_of: int) -> Outcome:
    return fold(history, ADA, Standing.new(), facts, as_of)


@given(eras(), timelines(), st.data())
def test_a_timeline_can_be_cut_anywhere_and_continued_from_what_was_stored(
    history: list[Era], facts: list[Fact], data: st.DataObject
) -> None:
    as_of = facts[-1].at + data.draw(st.sampled_from([0, DAY, 100 * DAY]))
    cut = data.draw(st.integers(0, len(facts)))
    paused_at = data.draw(st.sampled_from([facts[cut - 1].at if cut else 0, as_of, START_AT + 200 * DAY]))
    assume(not cut or paused_at >= facts[cut - 1].at)
    assume(paused_at <= as_of)

    first = fold(history, ADA, Standing.new(), facts[:cut], paused_at)
    # What time alone did before a fact came belongs after it: that is a late fact, which needs a fold from before.
    assume(cut == len(facts) or first.standing.stepped_at <= facts[cut].at)
    rest = fold(history, ADA, Standing.load(first.standing.dump()), facts[cut:], as_of)

    straight = whole(history, facts, as_of)
    assert rest.standing.dump() == straight.standing.dump()
    assert first.effects + rest.effects == straight.effects
    assert first.decisions + rest.decisions == straight.decisions


@given(eras(), timelines(), st.data())
def test_what_is_decided_after_a_standing_has_a_greater_ordinal_than_it_reached(
    history: list[Era], facts: list[Fact], data: st.DataObject
) -> None:
    as_of = facts[-1].at + 60 * DAY
    cut = data.draw(st.integers(0, len(facts)))
    first = fold(history, ADA, Standing.new(), facts[:cut], facts[cut - 1].at if cut else 0)
    before = reached(first.standing)
    rest = fold(history, ADA, first.standing, facts[cut:], as_of)
    for effects, later in ((first.effects, False), (rest.effects, True)):
        for effect in effects:
            word, at_sign, ordinal = effect.occasion.partition("@")
            if at_sign:
                assert (ordinal > before.get(word, "")) == later


@given(eras(), timelines())
def test_no_two_effects_share_a_decision_key(history: list[Era], facts: list[Fact]) -> None:
    effects = whole(history, facts, facts[-1].at + 60 * DAY).effects
    keys = [(effect.rule, effect.occasion, effect.effect) for effect in effects]
    assert len(set(keys)) == len(keys)
    assert all(effect.amount > 0 for effect in effects)


def _on_account(effects: list[Effect], account: str, currency: str) -> int:
    mine = [effect for effect in effects if effect.currency == currency]
    return sum(e.amount for e in mine if e.credit == account) - sum(e.amount for e in mine if e.debit == account)


@given(eras(), timelines())
def test_lots_less_debt_are_what_came_in_less_what_went_out(history: list[Era], facts: list[Fact]) -> None:
    outcome = whole(history, facts, facts[-1].at + DAY)
    standing = outcome.standing
    for currency in ("points", "stars"):
        lots = standing.lots.get(currency, [])
        debt = standing.debt.get(currency, 0)
        assert sum(lot[2] for lot in lots) - debt == _on_account(outcome.effects, MEMBER, currency)
        held = sum(hold["points"] for hold in standing.held.values() if hold["currency"] == currency)
        assert held == _on_account(outcome.effects, HELD, currency)
        assert not (debt and lots)
        assert all(lot[2] > 0 for lot in lots)
        assert lots == sorted(lots, key=lambda lot: (1 << 62 if lot[0] is None else lot[0], lot[1]))
        assert standing.available(currency, standing.through) + standing.maturing(currency, standing.through) == sum(
            lot[2] for lot in lots
        )


@given(timelines(), st.randoms(use_true_random=False))
def test_the_order_of_rules_badges_and_limits_in_a_document_changes_nothing(
    facts: list[Fact], shuffle: random.Random
) -> None:
    document = copy.deepcopy(FIRST_DOCUMENT)
    shuffle.shuffle(document["rules"])
    shuffle.shuffle(document["badges"])
    shuffled = parse(document, KINDS, KUALA_LUMPUR)
    as_of = facts[-1].at + 60 * DAY
    one, other = whole([Era(0, FIRST, "UTC")], facts, as_of), whole([Era(0, shuffled, "UTC")], facts, as_of)
    assert one.standing.dump() == other.standing.dump()
    assert one.effects == other.effects
    assert one.decisions == other.decisions


@given(eras(), timelines(), st.data())
def test_keeping_no_decisions_changes_nothing_else(history: list[Era], facts: list[Fact], data: st.DataObject) -> None:
    as_of = data.draw(moments)
    kept = whole(history, facts, as_of)
    bare = fold(history, ADA, Standing.new(), facts, as_of, keep_decisions=False)
    assert bare.decisions == []
    assert bare.effects == kept.effects
    assert bare.standing.dump() == kept.standing.dump()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(timelines(most=20), st.integers(1, 10))
def test_every_checkpoint_continues_to_the_same_end(some: list[Fact], gap: int) -> None:
    facts = [
        fact._replace(id=f"{fact.id}.{again}", key=f"{fact.key}.{again:04}", at=fact.at + again * gap * DAY // 7)
        for again in range(400 // len(some) + 1)
        for fact in some
    ]
    facts.sort(key=lambda fact: (fact.at, fact.key))
    history = [Era(0, FIRST, KUALA_LUMPUR), Era(START_AT + 30 * DAY, SECOND, HONOLULU)]
    straight = whole(history, facts, facts[-1].at)
    assert [checkpoint[0] for checkpoint in straight.checkpoints] == [0, 1, 0, 2][: len(facts) // CHECKPOINT_EVERY]
    for _slot, at, key, text in straight.checkpoints:
        standing = Standing.load(text)
        assert (standing.at, standing.key) == (at, key)
        rest = fold(history, ADA, standing, facts[standing.count :], facts[-1].at)
        assert rest.standing.dump() == straight.standing.dump()
        assert rest.effects == straight.effects[len(straight.effects) - len(rest.effects) :]


def test_a_standing_stays_small_over_ten_years_of_daily_facts() -> None:
    facts = [
        Fact(
            f"act_{number}",
            f"key:{number:06}",
            START_AT + number * DAY // 3,
            ("post_created", "answer_accepted", "comment_created")[number % 3],
            ADA if number % 3 != 1 else f"mem_{number % 40}",
            ADA if number % 3 == 1 else None,
            "discourse",
            {},
            {"votes": 3},
            None,
        )
        for number in range(3 * 3650)
    ]
    outcome = whole([Era(0, FIRST, KUALA_LUMPUR)], facts, facts[-1].at)
    assert max(len(text) for _, _, _, text in outcome.checkpoints) < 8_000
    assert len(outcome.standing.dump()) < 8_000


@given(eras(), timelines(), st.data())
def test_publishing_again_what_is_in_force_changes_nothing_that_anybody_has(
    history: list[Era], facts: list[Fact], data: st.DataObject
) -> None:
    at = data.draw(st.sampled_from(facts)).at + 1
    as_of = facts[-1].at + 60 * DAY
    governing = [era for era in history if era.starts_at < at]
    assume(governing and all(era.starts_at != at for era in history))
    again = sorted([*history, governing[-1]._replace(starts_at=at)], key=lambda era: era.starts_at)
    once, twice = whole(history, facts, as_of), whole(again, facts, as_of)
    assert once.effects == twice.effects
    assert once.decisions == twice.decisions
    for standing in (once.standing, twice.standing):
        standing.era = standing.stepped_at = 0
    assert once.standing.dump() == twice.standing.dump()
