// Reads how the jobs go and writes it into the page.
import { call, locale, opened, say } from "./admin.js";
import { fill, written } from "./tables.js";

const place = document.querySelector("[data-jobs]");
const figures = place.querySelector("[data-figures]");
const STATES = JSON.parse(place.dataset.states);
const TABLES = ["failing", "walks", "workers", "runs", "running", "failed"];

/** The rows with what is said of them in the page's language. */
function told(rows, name) {
  return rows.map((row) => ({ ...row, [name]: STATES[row[name]] ?? row[name] }));
}

function show({ lags, failing, walks, queue }) {
  for (const [name, { count, oldest_seconds }] of Object.entries(lags)) {
    place.querySelector(`[data-count="${name}"]`).textContent = written(count);
    place.querySelector(`[data-oldest="${name}"]`).textContent = written(oldest_seconds);
  }
  for (const cell of place.querySelectorAll("[data-queue]")) cell.textContent = written(queue?.[cell.dataset.queue]);
  figures.hidden = false;
  const found = { ...queue, failing, walks: told(walks, "state") };
  if (queue) Object.assign(found, { workers: told(queue.workers, "state"), runs: told(queue.runs, "outcome") });
  for (const name of TABLES) fill(name, found[name] ?? []);
  if (queue) say("shown", new Date().toLocaleTimeString(locale));
  else say("no_redis");
}

function clear() {
  figures.hidden = true;
  for (const name of TABLES) fill(name, []);
}

async function look() {
  const found = await call(place.dataset.jobs);
  if (found) show(found);
  else clear();
}

opened(look, clear);
