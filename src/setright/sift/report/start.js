/* Choosing, keys, the address, and the first drawing. */
const isDark = () => (document.documentElement.dataset.bsTheme ?? (matchMedia("(prefers-color-scheme:dark)").matches ? "dark" : "light")) === "dark";

function refresh() {
  select();
  state.shown = 28;
  if (!state.list.some((p) => p.at === state.chosen)) state.chosen = state.list[0]?.at ?? null;
  drawChips();
  drawList();
  drawMap();
  drawDetail();
  $("frame").scrollTop = 0;
  remember();
}
function redraw() {
  drawTop();
  drawFigures();
  drawHeat();
  drawEnded();
  drawKeys();
  refresh();
}
function reset() {
  Object.assign(state, { q: "", kinds: new Set(OPENS_ON), watch: false, dismissed: false, theme: null });
  $("q").value = "";
  refresh();
}

function choose(at, byPointer) {
  const old = $(`row-${state.chosen}`);
  old?.classList.remove("here");
  old?.querySelector("a").removeAttribute("aria-current");
  state.chosen = at;
  const place = state.list.findIndex((p) => p.at === at);
  while (place >= state.shown) grow();
  const now = $(`row-${at}`);
  now?.classList.add("here");
  now?.querySelector("a").setAttribute("aria-current", "true");
  markBubble();
  drawDetail();
  remember();
  const narrow = matchMedia("(max-width:1179.98px)").matches;
  if (byPointer && narrow) $("detail").scrollIntoView({ block: "start" });
  else if (now && !narrow) scrollTo_(now);
  announce(say("selected", PROBLEMS[at].title, PROBLEMS[at].n));
}
/* Keeps the row in sight inside its frame, clear of the sticky head, without moving the page. */
function scrollTo_(node) {
  const frame = $("frame"), top = node.offsetTop - 36, bottom = node.offsetTop + node.offsetHeight;
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
}
function step(by) {
  const place = state.list.findIndex((p) => p.at === state.chosen), next = state.list[Math.max(0, place + by)];
  if (!next || next.at === state.chosen) return;
  choose(next.at, false);
  if (matchMedia("(max-width:1179.98px)").matches) $(`row-${next.at}`)?.scrollIntoView({ block: "nearest" });
}

/* The address carries the filters, so that a view can be passed on. */
function remember() {
  const kinds = [...state.kinds].sort().map((k) => HEAD.kinds[k]).join(" ");
  const parts = { p: PROBLEMS[state.chosen]?.id, q: state.q, k: kinds, s: state.sort === "n" ? "" : state.sort, l: state.lang === HEAD.lang ? "" : state.lang,
    w: state.watch ? "1" : "", d: state.dismissed ? "1" : "", t: state.theme === null ? "" : String(state.theme) };
  if (kinds === OPENS_ON.map((k) => HEAD.kinds[k]).join(" ")) delete parts.k;
  const hash = new URLSearchParams(Object.entries(parts).filter(([, v]) => v)).toString();
  try { history.replaceState(null, "", `#${hash}`); } catch { /* some viewers forbid it: the view works without */ }
}
function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.has("q")) state.q = $("q").value = parts.get("q");
  if (parts.has("k")) state.kinds = new Set(parts.get("k").split(" ").map((k) => HEAD.kinds.indexOf(k)).filter((k) => k >= 0));
  if (parts.get("s") in ORDERS) state.sort = parts.get("s");
  if (parts.get("l") in WORDS) state.lang = parts.get("l");
  state.watch = parts.has("w");
  state.dismissed = parts.has("d");
  if (parts.has("t") && HEAD.themes[parts.get("t")]) state.theme = Number(parts.get("t"));
  const found = PROBLEMS.find((p) => p.id === parts.get("p"));
  if (found) state.chosen = found.at;
}

function drawKeys() {
  const box = el("input", { type: "checkbox", checked: state.keys, onchange: (e) => { state.keys = e.target.checked; } });
  $("keys").replaceChildren(el("h2", {}, say("keysTitle")),
    el("dl", {}, say("keys").map(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
    el("p", {}, el("label", {}, box, ` ${say("keysOn")}`)),
    el("button", { type: "button", class: "btn", onclick: () => $("keys").close() }, say("close")));
}
function key(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  if (event.key === "Escape") {
    if (target === $("q")) target.blur();
    if (state.q || state.theme !== null) reset();
    return;
  }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) {
    if (event.key === "Enter" && target === $("q")) { target.blur(); $("detail").focus({ preventScroll: true }); }
    return;
  }
  if (event.key === "?") { $("keys").showModal(); event.preventDefault(); return; }
  if (!state.keys) return;
  const acts = { j: () => step(1), k: () => step(-1), "/": () => $("q").focus(), o: () => $("detail").focus() };
  const open = event.key === "Enter" && !target.closest("button, a, summary, svg");
  const act = open ? acts.o : acts[event.key];
  if (!act) return;
  act();
  event.preventDefault();
}

recall();
let typing = 0;
$("q").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => { state.q = $("q").value; refresh(); announce(say("found", state.list.length)); }, 120);
});
$("tongue").addEventListener("click", () => { state.lang = zh() ? "en" : "zh"; redraw(); });
$("dark").addEventListener("click", () => { document.documentElement.dataset.bsTheme = isDark() ? "light" : "dark"; drawTop(); });
$("map").addEventListener("keydown", mapKey);
$("frame").addEventListener("scroll", () => { const f = $("frame"); if (f.scrollTop + f.clientHeight > f.scrollHeight - 200) grow(); });
document.addEventListener("keydown", key);
for (const width of [899.98, 1179.98]) matchMedia(`(max-width:${width}px)`).addEventListener("change", () => { drawMap(); drawDetail(); });
redraw();
