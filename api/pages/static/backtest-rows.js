// The report of a back-test, and two compared, as rows of the page's tables; what would change most comes first.
import { locale } from "./admin.js";

/** All tables there are; a comparison has rows for some of them. */
export const TABLES = [
  ...["rules", "points", "gained", "lost", "tiers", "tier_moves", "badges", "badge_moves", "liability"],
  ...["budgets", "boards", "board_moves", "concentration", "newcomers"],
];

/** What things are called in rulebooks, of which a draft may be anything; `tierless` is what being in no tier is called. */
export function namesOf(rulebooks, tierless) {
  const names = { rules: new Map(), badges: new Map(), boards: new Map(), currencies: new Map(), tiers: new Map() };
  for (const [sort, called] of Object.entries(names)) {
    for (const { document: book } of rulebooks.filter(Boolean)) {
      const listed = sort === "tiers" ? book?.tiers?.levels : book?.[sort];
      for (const one of Array.isArray(listed) ? listed : []) called.set(one?.key, one?.name?.[locale] || one?.name?.en || one?.name?.ms);
    }
  }
  names.tiers.set(null, tierless);
  return names;
}

function named(names, sort, key) {
  return { key, name: names[sort].get(key) };
}

function sides({ before, after }, get) {
  return { before: get(before), after: get(after) };
}

function changed(value) {
  return value ? Math.abs(value.after - value.before) : 0;
}

function mostFirst(rows, field) {
  return [...rows].sort((one, other) => changed(other[field]) - changed(one[field]));
}

function ruleRows(rows, names) {
  const lines = rows.flatMap((row) => {
    const currencies = [...new Set([row.before, row.after].flatMap((side) => Object.keys(side.points)))];
    return (currencies.length ? currencies : [null]).map((currency) => ({
      rule: named(names, "rules", row.rule),
      currency: currency && named(names, "currencies", currency),
      points: currency && sides(row, (side) => side.points[currency] ?? 0),
      times: sides(row, (side) => side.times),
      members: sides(row, (side) => side.members),
    }));
  });
  return mostFirst(mostFirst(lines, "times"), "points");
}

/** Members by tier, in the order of the ladder. */
function tierRows(rows, names) {
  const ladder = [...names.tiers.keys()];
  const lines = rows.map(({ tier, members }) => ({ tier: named(names, "tiers", tier), members }));
  return lines.sort((one, other) => ladder.indexOf(one.tier.key) - ladder.indexOf(other.tier.key));
}

/** How many are in each tier, of how many move from where to where. */
function inTiers(moves) {
  const found = new Map();
  for (const move of moves) {
    for (const [side, tier] of [["before", move.from], ["after", move.to]]) {
      if (!found.has(tier)) found.set(tier, { before: 0, after: 0 });
      found.get(tier)[side] += move.members;
    }
  }
  return [...found].map(([tier, members]) => ({ tier, members }));
}

function badgeRows(rows, names) {
  return mostFirst(rows.map(({ badge, members }) => ({ badge: named(names, "badges", badge), members })), "members");
}

function newcomers(row) {
  return { members: sides(row, (side) => side.members), share: sides(row, (side) => side.share) };
}

/** What a report and a comparison say alike. */
function common({ rules, liability, concentration }, names) {
  return {
    rules: ruleRows(rules, names),
    liability: liability.map((row) => ({
      currency: named(names, "currencies", row.currency),
      outstanding: sides(row, (side) => side.outstanding),
      maturing: sides(row, (side) => side.maturing),
      debt: sides(row, (side) => side.debt),
    })),
    concentration: concentration.map((row) => ({
      currency: named(names, "currencies", row.currency),
      top_percent: sides(row, (side) => side.top_percent),
      gini: sides(row, (side) => side.gini),
    })),
  };
}

function movedMost(points, sort, names) {
  return points.flatMap((row) =>
    row[sort].most.map(({ member, name, before, after }) => ({
      member: { key: name || member },
      currency: named(names, "currencies", row.currency),
      points: { before, after },
    })),
  );
}

/** A report as rows by table. */
export function reported(report, names) {
  const { points, tiers, badges, budgets, boards } = report;
  return {
    ...common(report, names),
    points: points.map(({ currency, gained, lost }) => ({
      currency: named(names, "currencies", currency),
      gaining: gained.members,
      gained: gained.points,
      losing: lost.members,
      lost: lost.points,
    })),
    gained: movedMost(points, "gained", names),
    lost: movedMost(points, "lost", names),
    tiers: tierRows(inTiers(tiers), names),
    tier_moves: tiers
      .filter((move) => move.from !== move.to)
      .map(({ from, to, members }) => ({ from: named(names, "tiers", from), to: named(names, "tiers", to), members }))
      .sort((one, other) => other.members - one.members),
    badges: badgeRows(badges.map(({ badge, before, after }) => ({ badge, members: { before, after } })), names),
    badge_moves: badges
      .filter((row) => row.won + row.lost + row.raised + row.lowered)
      .map((row) => ({ ...row, badge: named(names, "badges", row.badge) })),
    budgets: budgets.map((row) => ({
      budget: { key: row.budget, name: names.rules.get(row.budget.split(":")[0]) },
      window: row.window,
      granted: sides(row, (side) => side.granted),
      refused: sides(row, (side) => side.refused),
    })),
    boards: boards.map(({ board, top }) => ({ board: named(names, "boards", board), first: top[0].changed, more: top[1].changed })),
    board_moves: boards.flatMap(({ board, moves }) =>
      moves.map(({ member, name, before, after }) => ({
        board: named(names, "boards", board),
        member: { key: name || member },
        rank: { before, after },
      })),
    ),
    newcomers: report.newcomers.members ? [newcomers(report.newcomers)] : [],
  };
}

/** A comparison as rows by table. */
export function compared(comparison, names) {
  const members = (row) => sides(row, (side) => side.members);
  return {
    ...common(comparison, names),
    tiers: tierRows(comparison.tiers.map((row) => ({ tier: row.tier, members: members(row) })), names),
    badges: badgeRows(comparison.badges.map((row) => ({ badge: row.badge, members: members(row) })), names),
    newcomers: [newcomers(comparison.newcomers)],
  };
}
