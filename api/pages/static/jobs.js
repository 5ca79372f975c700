// Reads how the jobs go with the admin's key and writes it into the page, as text and never as HTML.
const place = document.querySelector("[data-jobs]");
const form = place.querySelector("form");
const status = place.querySelector("[data-said]");
const figures = place.querySelector("[data-figures]");
const KEPT = "setia-admin-key";
const shortTime = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });

function say(word, more = "") {
  status.textContent = `${status.dataset[word]} ${more}`.trim();
  status.hidden = false;
}

function written(field, value) {
  if (value === null) return "–";
  return field.endsWith("at") ? shortTime.format(new Date(value)) : String(value);
}

function fill(name, rows) {
  const table = place.querySelector(`[data-table="${name}"]`);
  const heads = [...table.querySelectorAll("[data-field]")];
  const [fields, called] = [heads.map((cell) => cell.dataset.field), heads.map((cell) => cell.textContent)];
  table.hidden = rows.length === 0;
  table.querySelector("tbody").replaceChildren(
    ...rows.map((row) => {
      const line = document.createElement("tr");
      for (const [place, field] of fields.entries()) {
        const cell = line.insertCell();
        cell.textContent = written(field, row[field]);
        cell.dataset.label = called[place]; // a phone has no room for the head of the table
      }
      return line;
    }),
  );
}

function show({ lags, failing, walks, queue }) {
  for (const [name, { count, oldest_seconds }] of Object.entries(lags)) {
    place.querySelector(`[data-count="${name}"]`).textContent = count;
    place.querySelector(`[data-oldest="${name}"]`).textContent = oldest_seconds;
  }
  for (const cell of place.querySelectorAll("[data-queue]")) cell.textContent = queue ? queue[cell.dataset.queue] : "–";
  figures.hidden = false;
  fill("failing", failing);
  fill("walks", walks);
  for (const name of ["workers", "runs", "running", "failed"]) fill(name, queue ? queue[name] : []);
  if (queue) say("shown", new Date().toLocaleTimeString(document.documentElement.lang));
  else say("no_redis");
}

function clear() {
  figures.hidden = true;
  for (const table of place.querySelectorAll("[data-table]")) table.hidden = true;
}

async function look(key) {
  try {
    const answer = await fetch(place.dataset.jobs, { headers: { Authorization: `Bearer ${key}` }, cache: "no-store" });
    if (answer.ok) {
      sessionStorage.setItem(KEPT, key);
      show(await answer.json());
      return;
    }
    say(answer.status === 401 || answer.status === 403 ? "refused" : "away");
  } catch {
    say("away");
  }
  clear();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  look(form.elements.key.value.trim());
});
place.querySelector("[data-forget]").addEventListener("click", () => {
  sessionStorage.removeItem(KEPT);
  form.reset();
  clear();
  say("forgotten");
  form.elements.key.focus();
});
const kept = sessionStorage.getItem(KEPT);
if (kept) {
  form.elements.key.value = kept;
  look(kept);
}
