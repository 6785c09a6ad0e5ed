/* One problem: its counts, when it was said, and people's words. */
const TYPICAL = 4;

/* Words with what stands for personal data set apart, as the engine writes it: 〔电话〕, [phone]. */
const MASK = HEAD.masks.length ? new RegExp(`(${HEAD.masks.map((m) => m.replace(/[[\]]/g, "\\$&")).join("|")})`) : null;
const masked = (text) => MASK ? text.split(MASK).map((part, i) => i % 2 ? el("span", { class: "mask" }, part) : part) : [text];

function quote(q) {
  const [number, file, line, said, before = "", after = "", template = 0, added = 0, id = 0] = q;
  const marked = before || after;
  const source = typeof line === "number" ? say("file", HEAD.files[file] ?? "", line) : null;
  const foot = joined([
    el("span", { title: source }, say("row", number)), id ? `id ${id}` : null,
    template ? say(added ? "added" : "template", template) : null,
  ]);
  return el("blockquote", { class: "q", lang: langOf(said) },
    before ? el("span", { class: "rest" }, masked(before)) : null, marked ? el("mark", {}, masked(said)) : masked(said),
    after ? el("span", { class: "rest" }, masked(after)) : null,
    el("footer", { lang: WORDS[state.lang].tag }, foot));
}

function monthChart(problem) {
  const top = Math.max(...problem.months), n = problem.months.length;
  if (!top || n < 2) return null;
  const full = matchMedia("(max-width:899.98px)").matches ? 326 : 520, width = full / n, peak = problem.months.indexOf(top);
  const label = (bin, year) => bin[0] === bin[1] ? monthName(bin[0], year) : `${bin[0]}–${bin[1].slice(2)}`;
  const short = (bin) => bin[0] === bin[1] && !zh() ? monthName(bin[0]) : bin[0] === bin[1] ? (width < 40 ? String(Number(bin[0].slice(5))) : monthName(bin[0])) : bin[0].slice(2);
  const middle = (i) => (i * width + width / 2).toFixed(1), height = (m) => 54 * m / top;
  const text = (i, y, value) => svg("text", { "font-size": 11, x: middle(i), y: y.toFixed(1), "text-anchor": "middle" }, value);
  const chart = svg("svg", { viewBox: `0 0 ${full} 92`, role: "img", "aria-label": `${say("byMonth")}: ${problem.months.map((m, i) => `${label(HEAD.bins[i])} ${m}`).join(", ")}` },
    svg("line", { class: "ax", x1: 0, x2: full, y1: 72.5, y2: 72.5 }),
    problem.months.map((m, i) => svg("rect", { class: i === n - 1 ? "f1" : "f5", x: (i * width + 2).toFixed(1), width: (width - 4).toFixed(1), y: (72 - height(m)).toFixed(1), height: height(m).toFixed(1) })),
    [...new Set([0, peak, n - 1])].map((i) => text(i, 67 - height(problem.months[i]), count(problem.months[i]))),
    problem.months.map((m, i) => (width > 34 || zh() && HEAD.bins[i][0] === HEAD.bins[i][1] || i % 2 === 0) && text(i, 87, short(HEAD.bins[i]))));
  const table = el("table", { class: "tb" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("month")), el("th", { scope: "col", class: "r" }, say("n")))),
    el("tbody", {}, problem.months.map((m, i) => el("tr", {}, el("th", { scope: "row" }, label(HEAD.bins[i], true)), el("td", { class: "r" }, count(m))))));
  return el("div", { class: "months" }, el("p", { class: "small muted" }, say("byMonth")), chart, el("details", {}, el("summary", {}, say("asTable")), el("div", { class: "tbw" }, table)));
}

function facts(problem) {
  const people = problem.people === null ? "–" : count(problem.people);
  const counts = [el("span", { class: "num" }, `${count(problem.n)} / ${count(problem.texts)} / ${people}`)];
  if (problem.range) counts.push(el("span", { class: "less" }, say("range", count(problem.range[0]), count(problem.range[1]))));
  if (problem.people === null) counts.push(el("span", { class: "less xs" }, ` ${zh() ? "（" : "("}${say("noPeople")}${zh() ? "）" : ")"}`));
  const pair = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
  return el("dl", { class: "kv" },
    pair(say("counts"), counts),
    problem.keywords.length ? pair(say("words"), words(problem.keywords.join(say("comma")))) : null,
    problem.first ? pair(say("dates"), el("span", { class: "num" }, say("range2", `${problem.first} `, ` ${problem.last}`))) : null,
    problem.cohesion === null ? null : pair(say("cohesion"), [el("span", { class: "num" }, problem.cohesion.toFixed(2)), problem.cohesion < 0.35 ? el("span", { class: "less" }, ` ${say("low")}`) : null]),
    problem.category ? pair(say("category"), words(problem.category)) : null);
}

function drawDetail() {
  const problem = PROBLEMS[state.chosen], detail = $("detail");
  detail.hidden = !problem;
  if (!problem) return;
  const said = quotesOf(problem.at), rest = problem.n - said.length, theme = HEAD.themes[problem.theme]?.[0];
  const kind = say("one")[HEAD.kinds[problem.kind]];
  const all = el("div", { hidden: true }, said.slice(TYPICAL).map(quote));
  const opener = said.length > TYPICAL ? plain(say("carried", said.length), () => { all.hidden = !all.hidden; opener.setAttribute("aria-expanded", String(!all.hidden)); }, { "aria-expanded": "false" }) : said.length ? say("carried", said.length) : say("noneCarried");
  detail.replaceChildren(
    el("div", { class: "only-phone" }, plain(`← ${say("back")}`, () => $(`row-${problem.at}`)?.scrollIntoView({ block: "center" }))),
    el("div", { class: "top" }, words(problem.title || problem.id, "h2"),
      el("span", { class: "small muted" }, joined([problem.id, kind, theme && words(theme), problem.watch ? el("b", {}, `${say("watch")}${zh() ? "：" : ": "}${say("lanes")[problem.watch] ?? problem.watch}`) : null, problem.dismissed ? say("dismissed") : null]))),
    facts(problem),
    ...[HAS_MONTHS ? monthChart(problem) : null].filter(Boolean),
    ...said.slice(0, TYPICAL).map(quote), all,
    el("p", { class: "small end" }, joined([opener, rest > 0 && said.length ? say("rest", rest) : null])));
  detail.setAttribute("aria-label", problem.title);
}
