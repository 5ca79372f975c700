// Tables of the admins' pages: rows as text, and numbers drawn as bars with the number beside them. Never HTML.
import { locale } from "./admin.js";

const shortTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const number = new Intl.NumberFormat(locale);
const change = new Intl.NumberFormat(locale, { signDisplay: "exceptZero" });
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const filled = new Map();

/** A number or an instant as it is read here; nothing is a dash. */
export function written(value, field = "") {
  if (value === null || value === undefined) return "–";
  if (field.endsWith("at")) return shortTime.format(new Date(value));
  return typeof value === "number" ? number.format(value) : String(value);
}

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A line as long as the value's part of the most; its number stands beside it, so it is nothing to be read. */
function bar(value, most) {
  const drawing = svg("svg", { class: "line", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" });
  drawing.append(svg("rect", { width: 100, height: 4 }), svg("rect", { width: most ? (100 * Math.abs(value)) / most : 0, height: 4 }));
  return drawing;
}

function sides(value, most, words, format) {
  return ["before", "after"].map((side) => {
    const line = element("span", "", `side ${side}`);
    line.append(element("span", words[side], "note"), bar(value[side], most), element("b", format(value[side])));
    return line;
  });
}

/** How a value is drawn, by what the head of its column says; anything else is written. */
const DRAWN = {
  sides: (value, most, words) => sides(value, most, words, written),
  shares: (value, _most, words) => sides(value, 1, words, (share) => percent.format(share)),
  both: ({ before, after }) => [before === after ? written(after) : element("b", `${written(before)} → ${written(after)}`)],
  change: ({ before, after }) => [element(before === after ? "span" : "b", change.format(after - before))],
  bar: (value, most) => [element("b", written(value)), ...(most ? [bar(value, most)] : [])],
  named: ({ key, name }) => {
    const called = element("span", name ?? key);
    called.dir = "auto";
    return name && key ? [called, " ", element("code", key, "note")] : [called];
  },
  link: ({ href, text }) => {
    const link = element("a", text);
    link.href = href;
    link.dir = "auto";
    return [link];
  },
};

function amounts(value) {
  return typeof value === "object" ? [value.before, value.after] : [value];
}

/** Fill a table of the page, which hides where there is no row; `words` say what the two sides are called. */
export function fill(name, rows, words = {}) {
  const wanted = JSON.stringify([rows, words]);
  if (filled.get(name) === wanted) return; // what somebody reads, or stands on with the keyboard, is left as it is
  filled.set(name, wanted);
  const table = document.querySelector(`[data-table="${name}"]`);
  const heads = [...table.querySelectorAll("[data-field]")].map((head) => ({ ...head.dataset, called: head.textContent }));
  for (const head of heads) {
    head.most = Math.max(...rows.map((row) => row[head.field] ?? 0).flatMap(amounts).map((amount) => Math.abs(amount) || 0), 0);
  }
  table.hidden = rows.length === 0;
  table.querySelector("tbody").replaceChildren(
    ...rows.map((row) => {
      const line = element("tr");
      for (const { field, drawn, called, most } of heads) {
        const cell = line.insertCell();
        const value = row[field];
        cell.dataset.label = called; // a phone has no room for the head of the table
        if (drawn && value !== null && value !== undefined) cell.append(...DRAWN[drawn](value, most, words));
        else cell.textContent = written(value, field);
      }
      return line;
    }),
  );
}
