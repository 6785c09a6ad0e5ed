/* Data, state, and small tools. Everything shown is made from text nodes: no words of people ever become markup. */
const $ = (id) => document.getElementById(id);
const HEAD = JSON.parse($("head").textContent);
const FIELDS = ["id", "title", "keywords", "n", "texts", "people", "kind", "theme", "cohesion", "first", "last", "watch",
  "dismissed", "category", "range", "months", "spot"];
const PROBLEMS = JSON.parse($("problems").textContent).map((line, at) => {
  const problem = { at };
  FIELDS.forEach((name, i) => { problem[name] = line[i]; });
  return problem;
});
let quotes = null;
const quotesOf = (at) => (quotes ??= JSON.parse($("quotes").textContent))[at] ?? [];

const OPENS_ON = ["complaint", "suggestion"].map((k) => HEAD.kinds.indexOf(k));
const state = {
  lang: HEAD.lang, q: "", kinds: new Set(OPENS_ON), watch: false, dismissed: false, theme: null,
  sort: "n", chosen: null, shown: 28, keys: true, list: [],
};

const say = (word, ...values) => {
  const found = WORDS[state.lang][word];
  return typeof found === "function" ? found(...values) : found;
};
const count = (n) => n.toLocaleString("en-US");
const hanzi = /[\u3400-\u9fff]/, kana = /[\u3040-\u30ff]/, hangul = /[\uac00-\ud7af]/;
const langOf = (text) => kana.test(text) ? "ja" : hangul.test(text) ? "ko" : hanzi.test(text) ? "zh-Hans" : /[a-z]/i.test(text) ? "en" : null;

/* An element: attributes by name, `on…` as listeners; children are nodes or text, empty ones are left out. */
function make(space, tag, attributes, children) {
  const node = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
  return node;
}
const el = (tag, attributes, ...children) => make(null, tag, attributes, children);
const svg = (tag, attributes, ...children) => make("http://www.w3.org/2000/svg", tag, attributes, children);
const sep = () => el("span", { class: "sep" }, "·");
const joined = (parts) => parts.filter(Boolean).flatMap((part, i) => i ? [sep(), part] : [part]);
const words = (text, tag = "span", attributes = {}) => el(tag, { lang: langOf(text), ...attributes }, text);
const plain = (label, action, attributes = {}) => el("button", { type: "button", class: "plain", onclick: action, ...attributes }, label);

/* A share always shows its base; below 20 there is no percentage. */
const percent = (n, base) => base < 20 ? say("of", count(n), count(base)) : `${(100 * n / base).toFixed(1)}%`;

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const zh = () => state.lang === "zh";
function monthName(month, withYear) {
  const [year, m] = month.split("-").map(Number);
  if (zh()) return withYear ? `${year} 年 ${m} 月` : `${m} 月`;
  return MONTHS[m - 1].slice(0, 3) + (withYear ? ` ${year}` : "");
}
function span(first, last) {
  const oneYear = first.slice(0, 4) === last.slice(0, 4);
  if (!oneYear) return `${first}–${last}`;
  if (zh()) return first === last ? monthName(first) : `${Number(first.slice(5))}–${monthName(last)}`;
  return first === last ? monthName(first) : `${monthName(first)}–${monthName(last)}`;
}
function dayName(date) {
  const [year, m, d] = date.split("-").map(Number);
  return zh() ? `${year} 年 ${m} 月 ${d} 日` : `${d} ${MONTHS[m - 1]} ${year}`;
}
function daySpan(first, last) {
  if (first === last) return dayName(first);
  const tail = (date) => dayName(date);
  if (first.slice(0, 4) !== last.slice(0, 4)) return `${tail(first)}–${tail(last)}`;
  const [, m, d] = (zh() ? last : first).split("-").map(Number);
  return zh() ? `${tail(first)}–${m} 月 ${d} 日` : `${d} ${MONTHS[m - 1]}–${tail(last)}`;
}
function duration(seconds) {
  const whole = Math.round(seconds);
  return whole < 60 ? say("seconds", whole) : say("minutes", Math.floor(whole / 60), whole % 60);
}
const memory = (mib) => mib < 1024 ? `${mib} MB` : `${(mib / 1024).toFixed(1)} GB`;

function announce(text) { $("live").textContent = text; }
