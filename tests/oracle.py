"""What must be true, worked out from nothing but what was said: the yardstick for the recording road.

It shares the fold with the road and nothing else: no log, no timelines in a database, no checkpoints, no differences,
no order of arrival. It is slow and small on purpose, so that reading it is enough to believe it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from loyalty.activities import Activity, Identity, MemberId, Party, Reference
from rules_engine.answers import Answers
from rules_engine.effects import MEMBER
from rules_engine.facts import Fact
from rules_engine.fold import Era, fold
from rules_engine.standing import Standing

LINKED = "identity_linked"
"""The kind of a link: `data.identity` is a `Person`, `data.member` the member it was linked to."""

Person = tuple[str, str, str]
"""(platform, scope, id). A member's own one is ("setia", "", member id)."""


class Saying(NamedTuple):
    """Something that was said about a key; its `op` may also be `void` or `lift`.

    `rank` is any text that follows from the content alone: of two contents with one version the greater holds.
    """

    activity: Activity
    rank: str = ""

    @property
    def strength(self) -> tuple[int, bool, int, str]:
        one = self.activity
        weight = ("counterparty", "author", "platform", "moderator").index(one.by) if one.op == "reverse" else -1
        return one.version, one.op in ("reverse", "lift"), weight, self.rank


class Truth(NamedTuple):
    """What one member has. `badges`: key -> (level, instant). `booked`: (rule, activity key or level, effect) ->
    (debit, credit, amount, instant).
    """

    standing: str
    balances: dict[str, int]
    badges: dict[str, tuple[int, int]]
    tier: str | None
    booked: dict[tuple[str, str, str], tuple[str, str, int, int]]


def rebuild(
    sayings: Iterable[Saying],
    published: Sequence[Era],
    enrolled: Mapping[Person, str | None],
    as_of: int,
    on_record: Mapping[str, Answers],
) -> dict[str, Truth]:
    """Every member's truth at `as_of`, where `on_record` says what was answered about them, by activity key.

    `published` is in the order of publication; `enrolled` says with which member each identity came in, None where it
    was parked.
    """
    by_key: dict[str, list[Saying]] = {}
    for saying in sayings:
        by_key.setdefault(saying.activity.key, []).append(saying)
    holding = [held for about_one_key in by_key.values() if (held := _holds(about_one_key)) is not None]
    holding.sort(key=lambda held: (held[0].at, held[0].key))
    owners = _owners(holding, enrolled)
    answers: dict[str, Party] = {}
    for one, _ in holding:
        if one.declares and one.actor is not None and not isinstance(one.actor, Reference):
            answers.setdefault(one.declares, one.actor)

    def who(party: Party | None) -> str | None:
        if isinstance(party, Reference):
            party = answers.get(party.text)
        return None if party is None else owners.get(_person(party))

    facts = [
        Fact(
            one.key,
            one.key,
            one.at,
            one.kind,
            who(one.actor),
            who(one.beneficiary),
            one.platform,
            one.object,
            one.data,
            undone_by,
        )
        for one, undone_by in holding
    ]
    eras: list[Era] = []
    for era in published:
        eras = [earlier for earlier in eras if earlier.starts_at < era.starts_at] + [era]
    members = sorted({member for member in enrolled.values() if member is not None})
    return {
        member: _fold(
            eras,
            member,
            [fact for fact in facts if member in (fact.actor, fact.beneficiary)],
            as_of,
            on_record.get(member, Answers()),
        )
        for member in members
    }


def _holds(sayings: Sequence[Saying]) -> tuple[Activity, str | None] | None:
    """What holds of one key, and who undid it; None where nothing but its reversal was said."""
    voids = [one for one in sayings if one.activity.op in ("void", "lift")]
    others = [one for one in sayings if one not in voids]
    contents = [one for one in others if one.activity.op != "reverse"]
    if not contents:
        return None
    last = max(others, key=lambda one: one.strength).activity
    undone_by = last.by if last.op == "reverse" else None
    if voids and max(voids, key=lambda one: one.strength).activity.op == "void":
        undone_by = "moderator"
    return max(contents, key=lambda one: one.strength).activity, undone_by


def _owners(
    holding: Iterable[tuple[Activity, str | None]], enrolled: Mapping[Person, str | None]
) -> Mapping[Person, str | None]:
    """Whose each identity is: whom it is linked to, or with whom it came in.

    A member whose every identity went to one other goes there with their own one.
    """
    links = {one.data["identity"]: one.data["member"] for one, undone in holding if one.kind == LINKED and not undone}
    linked = {**enrolled, **links}
    owners = dict(linked)
    for platform, scope, member in enrolled:
        if platform == "setia":
            came_with = [one for one in linked if member in (enrolled.get(one), linked[one]) and one[0] != "setia"]
            goes_to = {linked[one] for one in came_with}
            owners[platform, scope, member] = goes_to.pop() if len(goes_to) == 1 else member
    return owners


def _person(party: Identity | MemberId) -> Person:
    return ("setia", "", party.id) if isinstance(party, MemberId) else (party.platform, party.scope, party.id)


def _fold(eras: Sequence[Era], member: str, timeline: Sequence[Fact], as_of: int, answers: Answers) -> Truth:
    outcome = fold(eras, member, Standing.new(), timeline, as_of, answers)
    standing = outcome.standing
    balances: dict[str, int] = {}
    for effect in outcome.effects:
        change = effect.amount * ((effect.credit == MEMBER) - (effect.debit == MEMBER))
        balances[effect.currency] = balances.get(effect.currency, 0) + change
    return Truth(
        standing.dump(),
        {currency: balance for currency, balance in balances.items() if balance},
        {badge: (level, at) for badge, (level, at) in standing.badges.items()},
        standing.tier_key,
        {
            (effect.rule, effect.occasion, effect.effect): (effect.debit, effect.credit, effect.amount, effect.at)
            for effect in outcome.effects
        },
    )
