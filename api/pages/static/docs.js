// Tries operations of the API: sends what a form says to this service and shows the answer, as text and never as HTML.
// The key is a variable of this page. It is written into every form here, and nowhere else.
const LONGEST = 100_000;
let key = "";

/** What the form says, as the parts of a request. */
function request(form) {
  const query = new URLSearchParams();
  const headers = new Headers();
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { in: where, name } = field.dataset;
    const value = field.value.trim();
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value && where === "query") query.append(name, value);
    else if (value) headers.set(name, value);
  }
  if (form.querySelector("[data-key]") && key) headers.set("Authorization", `Bearer ${key}`);
  const body = form.querySelector("[data-body]");
  if (body?.value.trim()) headers.set("Content-Type", body.dataset.type);
  const asked = query.size ? `?${query}` : "";
  return [
    path + asked,
    { method: form.dataset.method, headers, body: body?.value.trim() ? body.value : undefined, credentials: "omit", cache: "no-store" },
  ];
}

/** A body as it is read best. */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function say(form, text, refused) {
  const line = form.querySelector("[role=status]");
  form.querySelector("[data-answer]").hidden = false;
  line.textContent = text;
  line.classList.toggle("refused", refused);
}

async function send(form) {
  const parts = form.querySelector("[data-parts]");
  parts.hidden = true;
  say(form, form.dataset.sending, false);
  try {
    const answer = await fetch(...request(form));
    const text = readable(await answer.text());
    const more = text.length > LONGEST ? `\n${form.dataset.cut}` : "";
    form.querySelector("[data-headers]").textContent = [...answer.headers].map((one) => one.join(": ")).join("\n");
    form.querySelector("[data-content]").textContent = text.slice(0, LONGEST) + more;
    parts.hidden = false;
    say(form, `${answer.status} ${answer.statusText}`.trim(), !answer.ok);
  } catch {
    say(form, form.dataset.failed, true);
  }
}

/** A link to something that is folded unfolds it. */
function unfold() {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (there instanceof HTMLDetailsElement) there.open = true;
}

const keys = document.querySelectorAll("[data-key]");
for (const field of keys) {
  field.value = "";
  field.addEventListener("input", () => {
    key = field.value.trim();
    for (const other of keys) if (other !== field) other.value = key;
  });
}
const now = new Date().toISOString().replace(/\.\d+/, "");
for (const form of document.querySelectorAll(".try")) {
  const body = form.querySelector("[data-body]");
  if (body && !form.dataset.path.includes("/imports/")) body.value = body.defaultValue.replace(/("occurred_at": ")[^"]*/g, `$1${now}`);
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
addEventListener("hashchange", unfold);
unfold();
