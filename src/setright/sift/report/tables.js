/* Who says what where, where every row ended, and what the file leaves out. */
function drawHeat() {
  const heat = HEAD.heat, section = $("heat");
  section.hidden = !heat || !heat.rows.length;
  if (section.hidden) return;
  const tone = (n) => n === 0 ? "t0" : `t${1 + heat.edges.filter((e) => n > e).length}`;
  const cell = (n, total) => n === "<" || n === "x"
    ? el("td", { class: "sup" }, el("span", { class: "hidden" }, n === "<" ? say("few", heat.fewest) : say("hideToo")), el("span", { "aria-hidden": "true" }, n === "<" ? `<${heat.fewest}` : "×"))
    : el("td", { class: total ? "t0" : tone(n) }, count(n));
  const unit = (name) => name === null ? say("noUnit") : name === "" ? say("others") : name;
  const n_units = heat.units.filter(Boolean).length;
  const table = el("table", { class: "tb heat" }, el("caption", { class: "hidden" }, say("heat")),
    el("colgroup", {}, el("col", { width: "290" }), el("col", { span: heat.units.length + 1 })),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("name")), heat.units.map((u) => el("th", { scope: "col", class: "r", lang: u ? langOf(u) : null }, unit(u))), el("th", { scope: "col", class: "r" }, say("total")))),
    el("tbody", {}, heat.rows.filter(([at]) => PROBLEMS[at]).map(([at, cells, total]) => el("tr", {},
      el("th", { scope: "row", lang: langOf(PROBLEMS[at].title) }, plain(PROBLEMS[at].title, () => { choose(at, true); $("side").scrollIntoView({ block: "nearest" }); })),
      cells.map((n) => cell(n)), cell(total, true)))));
  const steps = [...heat.edges.map((e) => say("upTo", e)), ...(heat.edges.length ? [say("over", heat.edges.at(-1))] : [])];
  section.replaceChildren(
    el("header", {}, el("h2", {}, say("heat")), el("span", { class: "end" }, say("heatScope", heat.rows.length, n_units, heat.n_units))),
    el("div", { class: "tbw scroll", tabindex: "0", role: "region", "aria-label": say("heat") }, table),
    el("div", { class: "key" }, say("n"), steps.map((label, i) => el("span", {}, el("i", { class: `sw t${i + 1}` }), label)),
      el("span", {}, el("i", { class: "sw sup" }), say("heatKey", heat.fewest))));
}

function drawEnded() {
  const files = HEAD.files.length > 1 && HEAD.files.length <= 6 ? HEAD.files : [];
  const cells = (n, byFile) => [el("td", { class: "r" }, count(n)), el("td", { class: "r" }, percent(n, HEAD.n_rows)), ...files.map((f, i) => el("td", { class: "r" }, byFile ? count(byFile(i)) : ""))];
  const why = (name) => HEAD.reasons.filter(([s]) => s === name).map(([, reason, n]) =>
    el("tr", { class: "why" }, el("th", { scope: "row" }, words(say("reasons")[reason] ?? reason)), cells(n)));
  const body = HEAD.states.flatMap((name, i) => [el("tr", {}, el("th", { scope: "row" }, say(name)), cells(HEAD.by_state[i], (f) => HEAD.by_file[f][i])), ...why(name)]);
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const table = el("table", { class: "tb" }, el("caption", { class: "hidden" }, say("ended")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("state")), el("th", { scope: "col", class: "r" }, say("lines")), el("th", { scope: "col", class: "r" }, say("share")), files.map((f) => el("th", { scope: "col", class: "r", lang: langOf(f) }, f)))),
    el("tbody", {}, body, el("tr", { class: "count" }, el("th", { scope: "row" }, say("all")), cells(HEAD.n_rows, (f) => sum(HEAD.by_file[f])))));
  const hidden = HEAD.n_reasons - HEAD.reasons.length, bad = HEAD.unreadable, n_bad = HEAD.by_state[HEAD.states.indexOf("unreadable")];
  const groups = new Map();
  for (const [number, file, line, reason] of bad) {
    const key = `${line === null ? "" : HEAD.files[file] ?? ""}\n${reason}`;
    groups.set(key, [...(groups.get(key) ?? []), count(line ?? number)]);
  }
  const list = [...groups].map(([key, lines]) => say("badLines", ...key.split("\n"), lines.join(say("comma")))).join(zh() ? "；" : "; ");
  $("ended").replaceChildren(
    el("header", {}, el("h2", {}, say("ended")), el("span", { class: "end" }, say("endedScope"))),
    el("div", { class: "narrow" }, el("div", { class: "tbw scroll", tabindex: "0", role: "region", "aria-label": say("ended") }, table)),
    ...(hidden > 0 ? [el("p", { class: "xs faint" }, say("otherReasons", hidden))] : []),
    ...(bad.length ? [el("p", { class: "xs faint" }, say("badRows"), list, n_bad > bad.length ? say("badMore", n_bad) : "", say("stop"))] : []));
}

function drawFigures() {
  const n = HEAD.n_rows, state_ = (name) => HEAD.by_state[HEAD.states.indexOf(name)];
  const figure = (name, value, note, late) => el("div", {}, el("dt", {}, say(name)), el("dd", { class: late ? "late" : null }, count(value), el("small", {}, note)));
  $("figs").replaceChildren(
    figure("read", n, say("rows", HEAD.files.length)),
    figure("grouped", state_("grouped"), n < 20 ? percent(state_("grouped"), n) : say("base", percent(state_("grouped"), n), count(n))),
    figure("alone", state_("alone"), percent(state_("alone"), n)),
    figure("unsure", state_("unsure"), percent(state_("unsure"), n)),
    figure("empty", state_("empty"), percent(state_("empty"), n) + (state_("empty") ? say("why") : "")),
    figure("unreadable", state_("unreadable"), percent(state_("unreadable"), n) + (state_("unreadable") ? say("where") : "")),
    figure("difference", HEAD.difference, say(HEAD.difference ? "unbalanced" : "balanced"), HEAD.difference));
}

function drawTop() {
  const n_problems = OPENS_ON.reduce((sum, k) => sum + HEAD.by_kind[k], 0), title = say("title", HEAD.n_rows, n_problems);
  document.documentElement.lang = WORDS[state.lang].tag;
  document.title = `${title} · ${say("brand")}`;
  $("h1").textContent = title;
  $("sub").replaceChildren(...joined([
    words(HEAD.files.join(say("comma"))), HEAD.dates.length ? daySpan(...HEAD.dates) : null, say("version", HEAD.version, HEAD.seed, HEAD.encoder),
    HEAD.seconds ? `${say("took", duration(HEAD.seconds))}${zh() ? "，" : ", "}${say("peak", memory(HEAD.peak_mib))}` : null,
  ]));
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  $("q").placeholder = say("place", n_problems);
  $("tongue").textContent = say("other");
  $("tongue").lang = state.lang === "zh" ? "en" : "zh-Hans";
  $("dark").textContent = say(isDark() ? "light" : "dark");
  $("foot").textContent = [say("foot", PROBLEMS.length, HEAD.n_quotes), say("left", HEAD.n_points, HEAD.n_templates, HEAD.n_units),
    HEAD.n_quotes < 24 ? say("fewer") : "", say("rowNote"), say(HEAD.masked ? "masked" : "unmasked")].join("");
}
