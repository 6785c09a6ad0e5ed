/* The list: what is chosen by search and chips, in which order, as rows. */
const HAS_PEOPLE = PROBLEMS.some((p) => p.people !== null);
const HAS_MONTHS = HEAD.bins.length > 0;
const STEP = 100;

/* How much more of it was said in the last third of the time than a steady voice would have. */
function rise(problem) {
  const total = problem.months.reduce((a, b) => a + b, 0), k = Math.max(1, Math.round(problem.months.length / 3));
  if (!total) return -1;
  const late = problem.months.slice(-k).reduce((a, b) => a + b, 0);
  return (late / total - k / problem.months.length) * Math.sqrt(total);
}
const ORDERS = {
  n: (a, b) => b.n - a.n, texts: (a, b) => b.texts - a.texts, people: (a, b) => (b.people ?? -1) - (a.people ?? -1),
  rise: (a, b) => rise(b) - rise(a), last: (a, b) => String(b.last || "").localeCompare(String(a.last || "")),
  name: (a, b) => a.title.localeCompare(b.title, WORDS[state.lang].tag),
};

function haystack(problem) {
  problem.hay ??= [problem.id, problem.title, ...problem.keywords, problem.category || "", HEAD.themes[problem.theme]?.[0] ?? "",
    ...quotesOf(problem.at).map((q) => q[3])].join("\n").toLowerCase();
  return problem.hay;
}
function select() {
  const wanted = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  state.list = PROBLEMS.filter((p) =>
    state.kinds.has(p.kind) && (state.dismissed || !p.dismissed) && (!state.watch || p.watch) &&
    (state.theme === null || p.theme === state.theme) && wanted.every((w) => haystack(p).includes(w)));
  state.list.sort((a, b) => ORDERS[state.sort](a, b) || a.at - b.at);
}

function spark(months) {
  const top = Math.max(...months, 1), width = 72 / months.length;
  return svg("svg", { class: "spark", viewBox: "0 0 72 18", "aria-hidden": "true" }, months.map((n, i) => svg("rect", {
    class: i === months.length - 1 ? "f1" : "f5", x: (i * width).toFixed(1), width: Math.max(1, width - 1).toFixed(1),
    y: (18 - 17 * n / top).toFixed(1), height: (17 * n / top).toFixed(1),
  })));
}
function bar(n, top) {
  const width = Math.max(1, Math.round(84 * n / top));
  return svg("svg", { class: "bar10", width: 84, height: 10, "aria-hidden": "true" }, svg("rect", { class: "f5", width, height: 10, rx: 1 }));
}
const flag = () => svg("svg", { class: "ic watch", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: "M4 14.5V2.5h8.5l-2 3 2 3H4" }));

function row(problem, rank, top) {
  const here = problem.at === state.chosen;
  const link = el("a", { href: `#${encodeURIComponent(problem.id)}`, class: "name", "aria-current": here ? "true" : null, lang: langOf(problem.title) },
    problem.watch ? flag() : null, problem.watch ? el("span", { class: "hidden" }, `${say("watch")} `) : null, problem.title || problem.id);
  link.addEventListener("click", (event) => event.preventDefault());
  return el("tr", { id: `row-${problem.at}`, class: `${here ? "here" : ""}${problem.dismissed ? " off" : ""}`.trim() || null, onclick: () => choose(problem.at, true) },
    el("td", { class: "r faint hide" }, count(rank)),
    el("th", { scope: "row", class: "w2" }, link),
    el("td", { class: "hide" }, bar(problem.n, top)),
    el("td", { class: "r" }, count(problem.n)),
    el("td", { class: "r muted hide" }, count(problem.texts)),
    HAS_PEOPLE && el("td", { class: "r muted hide" }, problem.people === null ? "–" : count(problem.people)),
    HAS_MONTHS && el("td", { class: "e" }, spark(problem.months)));
}

function heads() {
  const sorted = (key, label) => {
    const on = state.sort === key;
    return el("th", { class: on ? "r sort" : "r", scope: "col", "aria-sort": on ? "descending" : null },
      plain(on ? `${label} ↓` : label, () => { state.sort = key; refresh(); }));
  };
  $("heads").replaceChildren(el("tr", {},
    el("th", { class: "r", scope: "col" }, say("rank")), el("th", { scope: "col" }, say("name")),
    el("th", { scope: "col" }, el("span", { class: "hidden" }, say("size"))),
    sorted("n", say("n")), sorted("texts", say("texts")), HAS_PEOPLE && sorted("people", say("people")),
    HAS_MONTHS && el("th", { scope: "col" }, span(...HEAD.months))));
}

function drawList() {
  const top = Math.max(...state.list.map((p) => p.n), 1), shown = state.list.slice(0, state.shown);
  heads();
  $("caption").textContent = say("caption");
  $("frame").setAttribute("aria-label", say("list"));
  $("rows").replaceChildren(...shown.map((p, i) => row(p, i + 1, top)));
  $("list").hidden = !state.list.length;
  $("nothing").hidden = state.list.length > 0;
  $("nothing").replaceChildren(el("h3", {}, say("nothing")), el("p", {}, say("nothingHint")), el("button", { class: "btn", type: "button", onclick: reset }, say("reset")));
  drawMore();
}
function drawMore() {
  const rest = state.list.length - Math.min(state.shown, state.list.length), missing = HEAD.n_problems - PROBLEMS.length;
  $("more").replaceChildren(...[
    ...(rest ? [say("more", rest), plain(say("moreNow", Math.min(rest, STEP)), grow), say("allIn")] : [say("found", state.list.length), say("stop"), zh() ? "" : " ", say("everything")]),
    missing > 0 ? ` ${say("unlisted", missing)}` : "", say("legend", HAS_PEOPLE),
  ]);
}
function grow() {
  const top = Math.max(...state.list.map((p) => p.n), 1), from = state.shown;
  if (from >= state.list.length) return;
  state.shown += STEP;
  $("rows").append(...state.list.slice(from, state.shown).map((p, i) => row(p, from + i + 1, top)));
  drawMore();
}

function chip(label, n, pressed, action, icon) {
  return el("button", { type: "button", class: "chip", "aria-pressed": pressed ? "true" : "false", onclick: action }, icon, label, n === null ? null : el("span", {}, count(n)));
}
function drawChips() {
  const flip = (kind) => () => { if (!state.kinds.delete(kind)) state.kinds.add(kind); refresh(); };
  const kinds = HEAD.kinds.map((name, k) => [name, k, HEAD.by_kind[k]]).filter(([name, k, n]) => n || OPENS_ON.includes(k));
  const n_watch = PROBLEMS.filter((p) => p.watch).length;
  const sorts = Object.entries(say("sorts")).filter(([key]) => (key !== "people" || HAS_PEOPLE) && (HAS_MONTHS || (key !== "rise" && key !== "last")));
  const order = el("select", { "aria-label": say("sortby"), onchange: (e) => { state.sort = e.target.value; refresh(); } },
    sorts.map(([key, label]) => el("option", { value: key, selected: key === state.sort }, label)));
  $("chips").replaceChildren(
    ...kinds.map(([name, k, n]) => chip(say(name), n, state.kinds.has(k), flip(k))),
    ...(n_watch ? [chip(say("watch"), n_watch, state.watch, () => { state.watch = !state.watch; refresh(); }, flag())] : []),
    ...(HEAD.n_dismissed ? [chip(say("dismissed"), HEAD.n_dismissed, state.dismissed, () => { state.dismissed = !state.dismissed; refresh(); })] : []),
    ...(state.theme === null ? [] : [chip(`${say("theme", HEAD.themes[state.theme][0])} ×`, null, true, () => { state.theme = null; refresh(); })]),
    el("label", { class: "chip" }, svg("svg", { class: "ic", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: "M2 4h8M2 8h5.5M2 12h3M13 4v8m-2-2 2 2 2-2" })), order));
}
