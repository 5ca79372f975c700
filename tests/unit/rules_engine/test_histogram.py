"""Shares, inequality and ranks from a histogram are those of the whole list."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_engine import histogram

PEOPLE = st.lists(st.integers(0, 50), min_size=1, max_size=40)


def counted(people: list[int]) -> dict[str, int]:
    return dict(Counter(str(points) for points in people if points))


@given(PEOPLE)
def test_the_gini_coefficient_is_half_the_mean_difference_over_the_mean(people: list[int]) -> None:
    apart = sum(abs(one - other) for one in people for other in people)
    expected = Fraction(apart, 2 * len(people) * sum(people)) if any(people) else 0

    assert histogram.gini(counted(people), len(people)) == pytest.approx(float(expected), abs=5e-5)


@given(PEOPLE, st.integers(1, 100))
def test_the_share_of_the_top_is_theirs_of_all_points(people: list[int], percent: int) -> None:
    foremost = sorted(people, reverse=True)[: -(-len(people) * percent // 100)]
    expected = Fraction(sum(foremost), sum(people)) if any(people) else 0

    assert histogram.top_share(counted(people), len(people), percent) == pytest.approx(float(expected), abs=5e-5)


@given(PEOPLE)
def test_a_rank_counts_those_who_have_more(people: list[int]) -> None:
    for points in people:
        expected = 1 + sum(other > points for other in people) if points else None
        assert histogram.rank(counted(people), points) == expected


def test_one_who_has_all_is_as_unequal_as_it_gets_and_alike_is_not_at_all() -> None:
    assert histogram.gini({"7": 100}, 100) == 0.0
    assert histogram.gini({"7": 1}, 100) == 0.99
    assert histogram.gini({}, 100) == 0.0
