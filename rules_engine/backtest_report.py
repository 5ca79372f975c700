"""What a back-test says: a tally, told as rows that people read, and two such reports compared.

Every amount stands as it is, `before`, as it would be, `after`, and as the `difference`. Two reports on the same facts
are compared by what each says would be. Members are named by their ids alone: who shows a report knows their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rules_engine import histogram
from rules_engine.backtest import AFTER, BEFORE, GAINED, LATEST, LOST, SIDES, TOP, Backtest, Tally
from rules_engine.rules import Rulebook

MOST_MOVES = 10
"""Members who are named as those who move most on a board."""

Row = dict[str, Any]


def report(backtest: Backtest, tally: Tally) -> Row:
    """The whole report, plain JSON."""
    sums = tally.sums
    latest = tally.foremost.get(f"{LATEST}:")
    return {
        "members": sums.get("members", 0),
        "participants": sums.get("participants", 0),
        "facts": sums.get("facts", 0),
        "read_through": {"activity": latest[0][1], "at": -latest[0][0]} if latest else None,
        "rules": _rules(backtest, sums.get("rules", {})),
        "points": [_moves(tally, currency) for currency in sorted(sums.get("moves", {}))],
        "tiers": [
            {"from": before or None, "to": after or None, "members": members}
            for before, tos in sorted(sums.get("tiers", {}).items())
            for after, members in sorted(tos.items())
        ],
        "badges": [
            {"badge": badge} | {word: counts.get(word, 0) for word in (*SIDES, "won", "lost", "raised", "lowered")}
            for badge, counts in sorted(sums.get("badges", {}).items())
        ],
        "budgets": [
            {"budget": slot, "window": label, **_sides(*(_asked(sides.get(side, {})) for side in SIDES))}
            for slot, windows in sorted(sums.get("budgets", {}).items())
            for label, sides in sorted(windows.items())
        ],
        "liability": [
            _compared("currency", currency, *(_liability(sides.get(side, {})) for side in SIDES))
            for currency, sides in sorted(sums.get("liability", {}).items())
        ],
        "boards": [_board(tally, board) for board in sorted(backtest.boards)],
        "concentration": [
            _compared("currency", currency, *(_concentration(sides.get(side, {}), tally) for side in SIDES))
            for currency, sides in sorted(sums.get("earned", {}).items())
        ],
        "newcomers": _newcomers(sums.get("newcomers", {})),
    }


_COMPARED = (("rules", "rule"), ("liability", "currency"), ("concentration", "currency"))


def compare(one: Mapping[str, Any], other: Mapping[str, Any], *, same_start: bool) -> Row:
    """What `other` says would be against what `one` says would be; `before` and `after` are theirs in this order. What
    single rules give is counted from where a rulebook would have begun: unless both have the `same_start`, it says
    nothing.
    """
    found: Row = {
        "same_facts": all(one[name] == other[name] for name in ("members", "facts", "read_through")),
        "same_start": same_start,
    }
    for section, key in _COMPARED:
        rows = [{row[key]: row[AFTER] for row in each[section]} for each in (one, other)]
        found[section] = _matched(key, rows)
    if not same_start:
        found["rules"] = []
    badges = [{row["badge"]: {"members": row[AFTER]} for row in each["badges"]} for each in (one, other)]
    tiers = [_in_tiers(each["tiers"]) for each in (one, other)]
    found["badges"] = _matched("badge", badges)
    found["tiers"] = [{**row, "tier": row["tier"] or None} for row in _matched("tier", tiers)]
    newcomers = ({name: each["newcomers"][AFTER][name] for name in ("members", "share")} for each in (one, other))
    found["newcomers"] = _sides(*newcomers)
    return found


def _rules(backtest: Backtest, sums: Mapping[str, Any]) -> list[Row]:
    """A row for each rule that gave or would give, and for each that governs at the end and never would."""
    governing = {rule.key for eras in (backtest.before, backtest.after) for rule in _last(backtest, eras)}
    return [
        _compared("rule", rule, *(_given(sums.get(rule, {}).get(side, {})) for side in SIDES))
        for rule in sorted(governing | sums.keys())
    ]


def _last(backtest: Backtest, eras: Sequence[Any]) -> Iterable[Any]:
    rulebook: Rulebook | None = next((one.rulebook for one in reversed(eras) if one.starts_at <= backtest.until), None)
    return rulebook.rules if rulebook is not None else ()


def _given(sums: Mapping[str, Any]) -> Row:
    return {"times": sums.get("times", 0), "members": sums.get("members", 0), "points": dict(sums.get("points", {}))}


def _asked(sums: Mapping[str, int]) -> Row:
    granted, refused = sums.get("granted", 0), sums.get("refused", 0)
    return {"asked": granted + refused, "granted": granted, "refused": refused}


def _liability(sums: Mapping[str, int]) -> Row:
    available, maturing = sums.get("available", 0), sums.get("maturing", 0)
    owed = {"available": available, "maturing": maturing, "outstanding": available + maturing}
    return owed | {"debt": sums.get("debt", 0)}


def _concentration(counts: Mapping[str, int], tally: Tally) -> Row:
    members = tally.sums.get("participants", 0)
    return {"top_percent": histogram.top_share(counts, members), "gini": histogram.gini(counts, members)}


def _newcomers(sums: Mapping[str, int]) -> Row:
    members = sums.get("members", 0)

    def told(side: str) -> Row:
        return {"members": sums.get(side, 0), "share": round(sums.get(side, 0) / members, 4) if members else 0.0}

    return {"members": members} | _sides(told(BEFORE), told(AFTER))


def _moves(tally: Tally, currency: str) -> Row:
    row: Row = {"currency": currency}
    for sort in (GAINED, LOST):
        sums = tally.sums["moves"][currency].get(sort, {})
        foremost = tally.foremost.get(f"{sort}:{currency}", [])
        row[sort] = {"members": sums.get("members", 0), "points": sums.get("points", 0)} | {
            "most": [{"member": member, BEFORE: had, AFTER: has} for _, member, had, has in foremost]
        }
    return row


def _board(tally: Tally, board: str) -> Row:
    """Who comes onto the top of a board, and who moves most among those who are there before or after."""
    counts = [tally.sums.get("boards", {}).get(board, {}).get(side, {}) for side in SIDES]
    tops = [tally.foremost.get(f"{TOP}:{side}:{board}", []) for side in SIDES]
    listed = [[entry[2] for entry in entries] for entries in tops]
    points = {member: (-minus, other) for minus, _, member, other in tops[0]}
    points |= {member: (other, -minus) for minus, _, member, other in tops[1]}
    ranks = {
        member: (histogram.rank(counts[0], had), histogram.rank(counts[1], has))
        for member, (had, has) in points.items()
    }
    bottom = [sum(one.values()) + 1 for one in counts]  # where who is not on the board would come

    def way(member: str) -> int:
        old, new = ranks[member]
        steps: int = (bottom[0] if old is None else old) - (bottom[1] if new is None else new)
        return abs(steps)

    moved = sorted(
        (member for member in ranks if ranks[member][0] != ranks[member][1]), key=lambda one: (-way(one), one)
    )
    return {
        "board": board,
        "top": [
            {"places": places, "changed": len({*listed[1][:places]} - {*listed[0][:places]})} for places in (10, 100)
        ],
        "moves": [{"member": one, BEFORE: ranks[one][0], AFTER: ranks[one][1]} for one in moved[:MOST_MOVES]],
    }


def _in_tiers(rows: Iterable[Mapping[str, Any]]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        name = row["to"] or ""
        found[name] = {"members": found.get(name, {}).get("members", 0) + row["members"]}
    return found


def _matched(key: str, rows: Sequence[Mapping[str, Row]]) -> list[Row]:
    """A row for each name that either report has; where one has it not, everything is nothing there."""
    one, other = rows
    return [
        _compared(key, name, one.get(name) or _nothing(other[name]), other.get(name) or _nothing(one[name]))
        for name in sorted({*one, *other})
    ]


def _nothing(like: Row) -> Row:
    nothing: Row = _difference(like, like)
    return nothing


def _compared(key: str, name: str, before: Row, after: Row) -> Row:
    return {key: name} | _sides(before, after)


def _sides(before: Row, after: Row) -> Row:
    return {BEFORE: before, AFTER: after, "difference": _difference(before, after)}


def _difference(before: Any, after: Any) -> Any:
    if isinstance(before, dict) or isinstance(after, dict):
        before, after = before or {}, after or {}
        return {name: _difference(before.get(name, 0), after.get(name, 0)) for name in sorted({*before, *after})}
    return round(after - before, 4)
