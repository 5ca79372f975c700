"""The schemas of what a back-test says, and of two back-tests compared.

`before` is the rulebook as it is, `after` as it would be, both folded over the same facts; amounts stand on both sides
and as their difference. It documents what `rules_engine.backtest_report` makes, and computes nothing.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from api.fields import AnswerSchema

_SHARE = {"description": "From 0 to 1, to four digits."}


def _points() -> ma.fields.Dict:
    return ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        required=True,
        metadata={"description": "Points by currency."},
    )


class BacktestGivenSchema(AnswerSchema):
    """What one rule gives from the instant on from which the rulebooks differ."""

    times = ma.fields.Integer(required=True)
    members = ma.fields.Integer(required=True)
    points = _points()


class BacktestOwedSchema(AnswerSchema):
    """Points of one currency that members have at the end."""

    available = ma.fields.Integer(required=True)
    maturing = ma.fields.Integer(required=True)
    outstanding = ma.fields.Integer(required=True, metadata={"description": "Available and maturing."})
    debt = ma.fields.Integer(required=True)


class BacktestAskedSchema(AnswerSchema):
    """Times or points, as the budget counts."""

    asked = ma.fields.Integer(required=True)
    granted = ma.fields.Integer(required=True)
    refused = ma.fields.Integer(required=True)


class BacktestConcentratedSchema(AnswerSchema):
    """How the points earned so far lie among all who have taken part; staff and bots are not counted."""

    top_percent = ma.fields.Float(
        required=True,
        metadata={"description": "The share of all points that the top 1 % have. " + _SHARE["description"]},
    )
    gini = ma.fields.Float(required=True, metadata=_SHARE)


class BacktestReachedSchema(AnswerSchema):
    """Newcomers who have earned points or a badge."""

    members = ma.fields.Integer(required=True)
    share = ma.fields.Float(required=True, metadata=_SHARE)


class BacktestCountSchema(AnswerSchema):
    """How many members."""

    members = ma.fields.Integer(required=True)


def _sides(inner: type[ma.Schema]) -> dict[str, Any]:
    return {side: ma.fields.Nested(inner, required=True) for side in ("before", "after", "difference")}


def _row(key: str, inner: type[ma.Schema], name: str, *, nullable: bool = False) -> type[ma.Schema]:
    """The schema of a row that says one thing before, after, and the difference."""
    named = {key: ma.fields.String(required=True, allow_none=nullable)}
    return AnswerSchema.from_dict({**named, **_sides(inner)}, name=name)


RuleRowSchema = _row("rule", BacktestGivenSchema, "BacktestRuleSchema")
LiabilityRowSchema = _row("currency", BacktestOwedSchema, "BacktestLiabilitySchema")
ConcentrationRowSchema = _row("currency", BacktestConcentratedSchema, "BacktestConcentrationSchema")


class BacktestBudgetRowSchema(_row("budget", BacktestAskedSchema, "BacktestBudgetSchema")):  # type: ignore[misc]  # a class made of fields
    """What was asked of a budget in one window."""

    window = ma.fields.String(required=True)


class BacktestPersonSchema(AnswerSchema):
    """A member, and how many points of the currency they have."""

    member = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    before = ma.fields.Integer(required=True)
    after = ma.fields.Integer(required=True)


class BacktestMovedSchema(AnswerSchema):
    """Those whose balance is another, and by how many points together."""

    members = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    most = ma.fields.List(
        ma.fields.Nested(BacktestPersonSchema), required=True, metadata={"description": "The 20 of whom it is most."}
    )


class BacktestMovesSchema(AnswerSchema):
    """Who has more points of a currency, and who fewer."""

    currency = ma.fields.String(required=True)
    gained = ma.fields.Nested(BacktestMovedSchema, required=True)
    lost = ma.fields.Nested(BacktestMovedSchema, required=True)


class BacktestTierMoveSchema(AnswerSchema):
    """How many members are in one tier before and in one after; null: in none."""

    from_ = ma.fields.String(required=True, allow_none=True, data_key="from")
    to = ma.fields.String(required=True, allow_none=True)
    members = ma.fields.Integer(required=True)


class BacktestBadgeRowSchema(AnswerSchema):
    """How many members hold a badge, and how many would get or lose it, or have it at another level."""

    badge = ma.fields.String(required=True)
    before = ma.fields.Integer(required=True)
    after = ma.fields.Integer(required=True)
    won = ma.fields.Integer(required=True)
    lost = ma.fields.Integer(required=True)
    raised = ma.fields.Integer(required=True)
    lowered = ma.fields.Integer(required=True)


class BacktestTopSchema(AnswerSchema):
    """How many of the first places somebody else would have who is not among them now."""

    places = ma.fields.Integer(required=True)
    changed = ma.fields.Integer(required=True)


class BacktestRankMoveSchema(AnswerSchema):
    """A member's ranks; null: not on the board."""

    member = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    before = ma.fields.Integer(required=True, allow_none=True)
    after = ma.fields.Integer(required=True, allow_none=True)


class BacktestBoardRowSchema(AnswerSchema):
    """A board over the window in which the back-test ends."""

    board = ma.fields.String(required=True)
    top = ma.fields.List(ma.fields.Nested(BacktestTopSchema), required=True)
    moves = ma.fields.List(
        ma.fields.Nested(BacktestRankMoveSchema),
        required=True,
        metadata={"description": "Who moves most, of those in the first 100 places before or after."},
    )


class BacktestNewcomersSchema(AnswerSchema):
    """Those who were first active in the last 30 days, and how many of them get anything."""

    members = ma.fields.Integer(required=True)
    before = ma.fields.Nested(BacktestReachedSchema, required=True)
    after = ma.fields.Nested(BacktestReachedSchema, required=True)
    difference = ma.fields.Nested(BacktestReachedSchema, required=True)


class BacktestReadThroughSchema(AnswerSchema):
    """The last fact that was read."""

    activity = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)


class BacktestReportSchema(AnswerSchema):
    """What members would have, against what they have by the rulebook as it is."""

    members = ma.fields.Integer(required=True)
    participants = ma.fields.Integer(
        required=True, metadata={"description": "Those who have been active, staff and bots apart."}
    )
    facts = ma.fields.Integer(required=True)
    read_through = ma.fields.Nested(BacktestReadThroughSchema, required=True, allow_none=True)
    rules = ma.fields.List(ma.fields.Nested(RuleRowSchema), required=True)
    points = ma.fields.List(ma.fields.Nested(BacktestMovesSchema), required=True)
    tiers = ma.fields.List(ma.fields.Nested(BacktestTierMoveSchema), required=True)
    badges = ma.fields.List(ma.fields.Nested(BacktestBadgeRowSchema), required=True)
    budgets = ma.fields.List(ma.fields.Nested(BacktestBudgetRowSchema), required=True)
    liability = ma.fields.List(ma.fields.Nested(LiabilityRowSchema), required=True)
    boards = ma.fields.List(ma.fields.Nested(BacktestBoardRowSchema), required=True)
    concentration = ma.fields.List(ma.fields.Nested(ConcentrationRowSchema), required=True)
    newcomers = ma.fields.Nested(BacktestNewcomersSchema, required=True)


class BacktestComparisonSchema(AnswerSchema):
    """What two back-tests say would be: `before` is the one, `after` the other that it is compared with."""

    same_facts = ma.fields.Boolean(
        required=True, metadata={"description": "Whether both were folded over the same members and facts."}
    )
    same_start = ma.fields.Boolean(
        required=True, metadata={"description": "Whether both would have counted from the same instant on."}
    )
    rules = ma.fields.List(
        ma.fields.Nested(RuleRowSchema),
        required=True,
        metadata={"description": "Counted from that instant on, so none unless it is the same."},
    )
    liability = ma.fields.List(ma.fields.Nested(LiabilityRowSchema), required=True)
    concentration = ma.fields.List(ma.fields.Nested(ConcentrationRowSchema), required=True)
    badges = ma.fields.List(ma.fields.Nested(_row("badge", BacktestCountSchema, "ComparedBadgeSchema")), required=True)
    tiers = ma.fields.List(
        ma.fields.Nested(_row("tier", BacktestCountSchema, "ComparedTierSchema", nullable=True)), required=True
    )
    newcomers = ma.fields.Nested(
        AnswerSchema.from_dict(_sides(BacktestReachedSchema), name="ComparedNewcomersSchema"), required=True
    )
