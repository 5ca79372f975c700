// What the admins' pages share: the key that is typed in, kept until its tab is closed, and calls of the API with it.
const form = document.querySelector("[data-key]");
const said = document.querySelector("[data-said]");
const KEPT = "setia-admin-key";
export const locale = document.documentElement.lang;
let key = "";

/** Tell the reader one of the words that the page brings, and more behind it. */
export function say(word, more = "") {
  tell(`${said.dataset[word]} ${more}`.trim());
}

export function hush() {
  said.hidden = true;
}

function tell(text) {
  if (said.textContent !== text) said.textContent = text; // said anew it would be read aloud again
  said.hidden = false;
}

/** Ask the API. Answers what it says; null where it refuses or is away, which the reader is told. */
export async function call(path, method = "GET", body = undefined) {
  const headers = { Authorization: `Bearer ${key}`, "Accept-Language": locale };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit" });
    if (answer.ok) {
      sessionStorage.setItem(KEPT, key);
      return await answer.json();
    }
    if (answer.status === 401 || answer.status === 403) say("refused");
    else if (answer.status >= 500) say("away");
    else tell(sentence(await answer.json()));
  } catch {
    say("away");
  }
  return null;
}

function sentence({ detail, errors }) {
  return [detail, ...errors.map((one) => `${one.pointer}: ${one.detail}`)].join(" ");
}

/** Have `look` called when there is a key, and `clear` when it is forgotten. */
export function opened(look, clear) {
  const open = (typed) => {
    key = typed;
    look();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    open(form.elements.key.value.trim());
  });
  form.querySelector("[data-forget]").addEventListener("click", () => {
    sessionStorage.removeItem(KEPT);
    key = "";
    form.reset();
    clear();
    say("forgotten");
    form.elements.key.focus();
  });
  const kept = sessionStorage.getItem(KEPT);
  if (kept) {
    form.elements.key.value = kept;
    open(kept);
  }
}
