"""Which publications count, and which of them governs an instant, by all of them together.

The newest publication that reaches back to an instant governs it, of those that were not reverted; a revert may itself
be reverted. Plain functions of the rows in their order; nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Sequence

from loyalty.models import Publication

PROSPECTIVE, FROM, RETROACTIVE = MODES = ("prospective", "from", "retroactive")
ZONE = "zone"
"""The mode of a publication that changes no rule, only the zone in which days are cut."""
ENGINE = "engine"
"""The mode of one that changes neither: a newer engine folds the same rules to something else, from the beginning."""
REVERT = "revert"
"""The mode of one that takes another back: the eras are as if that one had never been."""
RULELESS = (ZONE, ENGINE)


def undone(rows: Sequence[Publication]) -> set[str]:
    """Of all these publications the ids of those that were reverted, unless that was itself reverted."""
    found: set[str] = set()
    for row in reversed(rows):
        if row.reverts is not None and row.id not in found:
            found.add(row.reverts)
    return found


def called_off(rows: Sequence[Publication]) -> set[str]:
    """Of all these publications the ids of those that were taken back before they began, with what took them back: none
    of them changes anything.
    """
    first: dict[str, Publication] = {}
    off: dict[str, bool] = {}
    taken_back = undone(rows)
    for row in rows:
        begun = first[row.id] = row if row.reverts is None else first[row.reverts]
        off[begun.id] = begun.id in taken_back and row.published_at < begun.effective_from
    return {id_ for id_, begun in first.items() if off[begun.id]}


def in_effect(rows: Sequence[Publication]) -> list[Publication]:
    """Of all these publications those that put something in force and were not reverted."""
    taken_back = undone(rows)
    return [row for row in rows if row.reverts is None and row.id not in taken_back]


def version_at(rows: Sequence[Publication], at: int) -> int | None:
    """Of these publications the version that governs the instant: the newest's that reaches back to it."""
    found = publication_at(rows, at)
    return None if found is None else found.version


def publication_at(rows: Sequence[Publication], at: int) -> Publication | None:
    """Of these publications the one whose version governs the instant."""
    reaching = [row for row in in_effect(rows) if row.mode not in RULELESS and row.effective_from <= at]
    return reaching[-1] if reaching else None


def zone_at(rows: Sequence[Publication], at: int) -> str:
    """The zone that days are cut in at the instant: a change of zone holds from its midnight until the next change,
    whatever is published meanwhile, and before the first one the zone was what the first publication says.
    """
    moves = [row for row in rows if row.mode == ZONE and row.effective_from <= at]
    return max(moves, key=lambda row: (row.effective_from, row.number)).zone if moves else rows[0].zone


def keeping(holding: Sequence[Publication]) -> frozenset[str]:
    """Those publications, of all in effect, of which what they kept for members counts: what a later one of them that
    reaches as far back kept is what it was worth to members by then, and takes its place.
    """
    found: list[Publication] = []
    for row in holding:
        if row.gains_only:
            found = [*(one for one in found if one.effective_from < row.effective_from), row]
    return frozenset(row.id for row in found)
