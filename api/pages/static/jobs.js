// Reads how the jobs go and writes it into the page.
import { call, locale, opened, say } from "./admin.js";
import { fill, written } from "./tables.js";

const place = document.querySelector("[data-jobs]");
const figures = place.querySelector("[data-figures]");
const TABLES = ["failing", "walks", "workers", "runs", "running", "failed"];

function show({ lags, failing, walks, queue }) {
  for (const [name, { count, oldest_seconds }] of Object.entries(lags)) {
    place.querySelector(`[data-count="${name}"]`).textContent = written(count);
    place.querySelector(`[data-oldest="${name}"]`).textContent = written(oldest_seconds);
  }
  for (const cell of place.querySelectorAll("[data-queue]")) cell.textContent = written(queue?.[cell.dataset.queue]);
  figures.hidden = false;
  const found = { ...queue, failing, walks };
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
