// What back-tests say: all of them in a list, and the one that the address names (#one), or two compared (#one/other).
import { call, hush, opened, say } from "./admin.js";
import { compared, namesOf, reported, TABLES } from "./backtest-rows.js";
import { fill, written } from "./tables.js";

const place = document.querySelector("[data-backtests]");
const words = place.dataset;
const [STATES, SIDES, TWO] = [words.states, words.sides, words.two].map((text) => JSON.parse(text));
const [all, one, note, about, trying, comparing, back, figures] = ["all", "one", "note", "about", "trying", "compare", "back", "figures"].map(
  (name) => place.querySelector(`[data-${name}]`),
);
const title = document.getElementById("one");
const progress = trying.querySelector("progress");
const EVERY = 2000; // milliseconds between two looks while something is being tried
let timer = 0;
let turns = 0;
let names = null;

function text(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function tried({ drafted, version }) {
  return text(drafted ? words.drafted : words.version, { version });
}

function called(rows, id) {
  const row = rows.find((each) => each.id === id);
  return row ? row.note || tried(row) : id;
}

/** What the address names: nothing, one back-test, or two. */
function wanted() {
  return location.hash.slice(1).split("/").filter(Boolean);
}

function draw(tables, sides) {
  for (const name of TABLES) fill(name, tables[name] ?? [], sides);
}

function showAll(rows) {
  const lines = rows.map((row) => ({
    about: { href: `#${row.id}`, text: row.note || tried(row) },
    tried: tried(row),
    state: STATES[row.state],
    begun_at: row.begun_at,
  }));
  fill("backtests", lines);
  all.querySelector("[data-none]").hidden = rows.length > 0;
}

function showOne(row, rows) {
  const { report, progress: far } = row;
  title.textContent = tried(row);
  note.textContent = row.note;
  about.textContent = text(row.from ? words.from : words.ever, { from: written(row.from, "at"), to: written(row.to, "at") });
  trying.hidden = row.state !== "running";
  [progress.max, progress.value] = [Math.max(far.members_in_all, 1), far.members];
  const counted = Object.fromEntries(Object.entries(far).map(([name, value]) => [name, written(value)]));
  trying.querySelector("#how-far").textContent = `${text(words.progress, counted)}. ${far.asks_budgets ? words.again : ""}`.trim();
  figures.hidden = !report;
  if (report) {
    const counts = { ...report, newcomers: report.newcomers.members };
    for (const cell of figures.querySelectorAll("[data-figure]")) cell.textContent = written(counts[cell.dataset.figure]);
  }
  draw(report ? reported(report, names) : {}, SIDES);
  offer(report ? rows.filter((each) => each.state === "done" && each.id !== row.id) : []);
  back.hidden = true;
  say(row.state, row.error ?? "");
}

function showTwo(comparison, [id, other], rows) {
  title.textContent = text(words.versus, { one: called(rows, id), other: called(rows, other) });
  note.textContent = "";
  const facts = comparison.same_facts ? words.same : words.apart;
  about.textContent = comparison.same_start ? facts : `${facts} ${words.starts}`;
  trying.hidden = figures.hidden = true;
  draw(compared(comparison, names), TWO);
  offer([]);
  back.hidden = false;
  back.querySelector("a").href = `#${id}`;
  hush();
}

/** Those that can be compared with the one that is shown; the choice made so far stays. */
function offer(rows) {
  const choice = comparing.elements.with;
  const chosen = choice.value;
  choice.replaceChildren(...rows.map((row) => new Option(`${row.note || tried(row)} · ${written(row.begun_at, "at")}`, row.id)));
  if (rows.some((row) => row.id === chosen)) choice.value = chosen;
  comparing.hidden = rows.length === 0;
}

/** Look again; of two looks at once only the later one is shown. */
async function look() {
  clearTimeout(timer);
  const turn = ++turns;
  const [id, other] = wanted();
  const path = `${words.backtests}/${encodeURIComponent(id)}`;
  const list = await call(words.backtests);
  const shown = list && id ? await call(other ? `${path}/compare?with=${encodeURIComponent(other)}` : path) : null;
  if (shown) names ??= namesOf(await Promise.all([call(words.rulebook), call(words.draft)]), words.tierless);
  if (turn !== turns) return;
  all.hidden = !list;
  one.hidden = !shown;
  if (!list) return;
  showAll(list.data);
  if (!id) hush();
  else if (shown && other) showTwo(shown, [id, other], list.data);
  else if (shown) showOne(shown, list.data);
  if (list.data.some((row) => row.state === "running")) timer = setTimeout(look, EVERY);
}

function clear() {
  clearTimeout(timer);
  turns += 1;
  all.hidden = one.hidden = true;
}

async function turnTo() {
  await look();
  if (!one.hidden) title.focus();
}

place.querySelector("[data-begin]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true; // one press, one back-test
  const begun = await call(words.backtests, "POST", { note: form.elements.note.value.trim() });
  button.disabled = false;
  if (!begun) return;
  form.reset();
  location.hash = begun.id;
});
trying.querySelector("[data-stop]").addEventListener("click", async () => {
  if (await call(`${words.backtests}/${encodeURIComponent(wanted()[0])}`, "DELETE")) turnTo();
});
comparing.addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = `${wanted()[0]}/${comparing.elements.with.value}`;
});
addEventListener("hashchange", turnTo);
opened(look, clear);
