"""A back-test: each member folded under the rulebooks as they are (`before`) and as they would be (`after`), and what
that comes to for everyone.

Both folds are `fold`, so what is counted here is what publishing would book. A `Tally` holds sums and short lists of
the foremost, never a row a member; it is plain JSON, and tallies of parts of a community, however it is cut, merge into
the tally of the whole. It reads nothing and books nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from rules_engine import gains
from rules_engine.answers import Answers
from rules_engine.days import DAY
from rules_engine.effects import ADJUSTMENT, ISSUANCE, KEPT, MEMBER, Effect
from rules_engine.facts import GAINS_KEPT, Fact
from rules_engine.fold import Era, Outcome, fold
from rules_engine.standing import PERSON, Standing

BEFORE, AFTER = SIDES = ("before", "after")
MOST_MOVED = 20
"""Members who are named as those who gain, or lose, most."""
PLACES = 100
"""Places at the top of each board that are looked at."""
NEW_FOR = 30 * DAY
"""A newcomer is who was first active so long before the end, or later."""
GAINED, LOST, LATEST, TOP = "gained", "lost", "latest", "top"
_KEPT = {GAINED: MOST_MOVED, LOST: MOST_MOVED, LATEST: 1, TOP: PLACES}
SEASON = "season"


class BoardWindow(NamedTuple):
    """What a board shows at the end of the back-test: points of a currency, earned in a window (of a season: from
    `starts_at` up to but not including `ends_at`) by everyone or by one group.
    """

    currency: str
    period: str
    label: str
    group: str | None
    starts_at: int
    ends_at: int


class Backtest(NamedTuple):
    """What is tried: the eras as they are and as they would be, which differ from the instant `since` on. Facts after
    `until` do not occur. `boards`: key -> the window before and after, none where the board is not there.
    `nobody_loses` is the publication that is tried, of those that the eras keep for, where what members would lose is
    kept.
    """

    before: Sequence[Era]
    after: Sequence[Era]
    since: int
    until: int
    boards: Mapping[str, tuple[BoardWindow | None, BoardWindow | None]]
    nobody_loses: str | None = None


class Tally:
    """What was counted so far. `sums` is nested by name down to whole numbers; `foremost` holds sorted lists of which
    only the first few are kept, `_KEPT` says how many.
    """

    def __init__(self, sums: dict[str, Any] | None = None, foremost: dict[str, list[list[Any]]] | None = None) -> None:
        self.sums: dict[str, Any] = {} if sums is None else sums
        self.foremost: dict[str, list[list[Any]]] = {} if foremost is None else foremost

    @classmethod
    def load(cls, text: str) -> Tally:
        """The tally that `dump` wrote."""
        return cls(*orjson.loads(text))

    def dump(self) -> str:
        """Canonical JSON."""
        return orjson.dumps([self.sums, self.foremost], option=orjson.OPT_SORT_KEYS).decode()

    def add(self, amount: int, *path: str) -> None:
        """Adds to the sum of that name."""
        if not amount:
            return
        sums = self.sums
        for name in path[:-1]:
            sums = sums.setdefault(name, {})
        sums[path[-1]] = sums.get(path[-1], 0) + amount

    def offer(self, sort: str, name: str, entry: list[Any]) -> None:
        """Puts an entry into a list of the foremost, if it is among them; entries compare as lists, and all differ."""
        entries = self.foremost.setdefault(f"{sort}:{name}", [])
        if len(entries) < _KEPT[sort] or entry < entries[-1]:
            insort(entries, entry)
            del entries[_KEPT[sort] :]

    def merge(self, other: Tally) -> None:
        """Takes in the tally of other members."""
        _sum_up(self.sums, other.sums)
        for key, entries in other.foremost.items():
            sort, _, name = key.partition(":")
            for entry in entries:
                self.offer(sort, name, entry)


def try_on(
    backtest: Backtest, tally: Tally, member: str, facts: Sequence[Fact], answers: tuple[Answers, Answers], ranks: bool
) -> None:
    """Counts one member of whom these are all facts up to the end, in order. `answers` is what folds are told before
    and after; who does not rank is on no board.
    """
    start, past, left = _up_to_since(backtest, member, facts, answers[0])
    befores, afters = (
        fold(eras, member, Standing.load(start), left, backtest.until, told, keep_decisions=False)
        for eras, told in zip((backtest.before, backtest.after), answers, strict=True)
    )
    kept = _kept(backtest, member, befores.standing, afters.standing)
    if kept is not None:
        left = [*left, kept]
        afters = fold(
            backtest.after, member, Standing.load(start), left, backtest.until, answers[1], keep_decisions=False
        )
    sides = ((BEFORE, befores), (AFTER, afters))
    _count_facts(tally, member, facts)
    for side, outcome in sides:
        _count_rules(tally, side, outcome)
        _count_asks(tally, side, outcome)
        _count_liability(tally, side, outcome.standing, backtest.until)
    _count_moves(tally, member, befores.standing, afters.standing)
    if ranks:
        _count_boards(backtest, tally, member, [(one.standing, [*past, *one.effects]) for one in (befores, afters)])
    first_at = befores.standing.first_at
    if first_at is not None and befores.standing.role == PERSON:
        _count_participant(tally, sides, new=first_at > backtest.until - NEW_FOR)


def _kept(backtest: Backtest, member: str, before: Standing, after: Standing) -> Fact | None:
    """The fact of what the member keeps at the end, as publishing would record it."""
    if backtest.nobody_loses is None:
        return None
    governing = next(era.rulebook for era in reversed(backtest.after) if era.starts_at <= backtest.until)
    told = gains.lost(before, after, governing.tiers)
    if not told:
        return None
    data = {"publication": backtest.nobody_loses, **told}
    return Fact("", "", backtest.until, GAINS_KEPT, member, None, "", {}, data, None)


def _up_to_since(
    backtest: Backtest, member: str, facts: Sequence[Fact], answers: Answers
) -> tuple[str, list[Effect], Sequence[Fact]]:
    """The standing when the eras part, what was wanted up to then, and the facts from then on."""
    cut = bisect_left(facts, backtest.since, key=lambda fact: fact.at)
    past = fold(backtest.before, member, Standing.new(), facts[:cut], backtest.since - 1, answers, keep_decisions=False)
    return past.standing.dump(), past.effects, facts[cut:]


def counted(member: str, facts: Iterable[Fact]) -> int:
    """How many of a member's facts are counted with this member: one about two members is, with its actor."""
    return sum(fact.actor in (None, member) for fact in facts)


def _count_facts(tally: Tally, member: str, facts: Sequence[Fact]) -> None:
    tally.add(1, "members")
    tally.add(counted(member, facts), "facts")
    if facts:
        tally.offer(LATEST, "", [-facts[-1].at, facts[-1].id])


def _count_rules(tally: Tally, side: str, outcome: Outcome) -> None:
    points: dict[tuple[str, str], int] = {}
    for effect in outcome.effects:
        if effect.rule in outcome.times:
            place = effect.rule, effect.currency
            points[place] = points.get(place, 0) + _earned(effect)
    for rule, times in outcome.times.items():
        tally.add(times, "rules", rule, side, "times")
        tally.add(1, "rules", rule, side, "members")
    for (rule, currency), amount in points.items():
        tally.add(amount, "rules", rule, side, "points", currency)


def _count_asks(tally: Tally, side: str, outcome: Outcome) -> None:
    """What nobody has answered is taken to be granted, as the fold took it."""
    for ask in outcome.asks:
        word = "refused" if ask.answered is False else "granted"
        for part in ask.parts:
            tally.add(part.amount, "budgets", part.slot, part.label, side, word)


def _count_liability(tally: Tally, side: str, standing: Standing, until: int) -> None:
    for currency in {*standing.lots, *standing.debt}:
        tally.add(standing.available(currency, until), "liability", currency, side, "available")
        tally.add(standing.maturing(currency, until), "liability", currency, side, "maturing")
        tally.add(standing.debt.get(currency, 0), "liability", currency, side, "debt")


def _count_moves(tally: Tally, member: str, before: Standing, after: Standing) -> None:
    for currency in {*before.lots, *before.debt, *after.lots, *after.debt}:
        had, has = before.balance(currency), after.balance(currency)
        if had != has:
            sort = GAINED if has > had else LOST
            tally.add(1, "moves", currency, sort, "members")
            tally.add(abs(has - had), "moves", currency, sort, "points")
            tally.offer(sort, currency, [-abs(has - had), member, had, has])
    tally.add(1, "tiers", before.tier_key or "", after.tier_key or "")
    for badge in {*before.badges, *after.badges}:
        old, new = before.badges.get(badge, [0])[0], after.badges.get(badge, [0])[0]
        tally.add(int(old > 0), "badges", badge, BEFORE)
        tally.add(int(new > 0), "badges", badge, AFTER)
        if old != new:
            word = "won" if not old else "lost" if not new else "raised" if new > old else "lowered"
            tally.add(1, "badges", badge, word)


def _count_participant(tally: Tally, sides: Sequence[tuple[str, Outcome]], *, new: bool) -> None:
    tally.add(1, "participants")
    tally.add(int(new), "newcomers", "members")
    for side, outcome in sides:
        standing = outcome.standing
        for currency, points in standing.earned.items():
            tally.add(int(points > 0), "earned", currency, side, str(points))
        if new and (any(standing.earned.values()) or standing.badges):
            tally.add(1, "newcomers", side)


def _count_boards(
    backtest: Backtest, tally: Tally, member: str, sides: Sequence[tuple[Standing, Sequence[Effect]]]
) -> None:
    for board, windows in backtest.boards.items():
        scores = [
            (0, 0) if window is None else _score(window, *side) for window, side in zip(windows, sides, strict=True)
        ]
        for index, side in enumerate(SIDES):
            points, reached_at = scores[index]
            if points > 0:
                tally.add(1, "boards", board, side, str(points))
                tally.offer(TOP, f"{side}:{board}", [-points, reached_at, member, scores[1 - index][0]])


def _score(window: BoardWindow, standing: Standing, effects: Sequence[Effect]) -> tuple[int, int]:
    """The points in the window, and the instant at which they became so many."""
    if window.group is not None and window.group not in standing.groups:
        return 0, 0
    if window.period != SEASON:
        label, points, reached_at = standing.scores.get(window.currency, {}).get(window.period, ("", 0, 0))
        return (points, reached_at) if label == window.label else (0, 0)
    counted = [
        effect
        for effect in effects
        if effect.currency == window.currency
        and window.starts_at <= effect.at < window.ends_at
        and ISSUANCE in (effect.debit, effect.credit)
        and effect.rule not in (ADJUSTMENT, KEPT)
    ]
    return sum(map(_earned, counted)), max((effect.at for effect in counted), default=0)


def _earned(effect: Effect) -> int:
    return effect.amount if effect.credit == MEMBER else -effect.amount


def _sum_up(sums: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, dict):
            _sum_up(sums.setdefault(name, {}), value)
        else:
            sums[name] = sums.get(name, 0) + value
