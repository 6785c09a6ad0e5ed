/* The map: one circle a problem, coloured and labelled by theme. */
let bubbles = [], scale = 1;  // drawing units a pixel: text keeps its size on a phone

function drawMap() {
  const { width, height, n_drawn } = HEAD.map;
  $("mapframe").hidden = $("mapnote").hidden = !n_drawn;
  if (!n_drawn) return;
  const map = $("map"), listed = new Set(state.list.map((p) => p.at));
  map.setAttribute("viewBox", `0 0 ${width} ${height}`);
  map.setAttribute("aria-label", say("mapLabel"));
  scale = Math.max(1, width / (map.clientWidth || width));
  bubbles = PROBLEMS.filter((p) => p.spot);
  const colour = (p) => p.theme < 0 ? 6 : HEAD.themes[p.theme][3] + 1;
  map.replaceChildren(
    ...bubbles.map((p) => svg("circle", {
      class: `bub f${colour(p)}${listed.has(p.at) ? "" : " dim"}`, id: `bub-${p.at}`, cx: p.spot[0], cy: p.spot[1], r: Math.max(1.1, p.spot[2]),
      onclick: () => choose(p.at, true),
    }, svg("title", {}, say("bubble", p.title, p.n), p.theme < 0 ? "" : `\n${HEAD.themes[p.theme][0]}`))),
    ...labels(listed));
  markBubble();
  $("mapnote").textContent = say("mapNote") + (n_drawn < HEAD.n_problems ? say("drawn", n_drawn, HEAD.n_problems) : "");
}

/* A theme's name above its circles or below them, the largest themes first. A name that would cover another, or a listed
   circle of another theme, is left to the circles' own hints; so are themes with no problem in the list. */
function labels(listed) {
  const boxes = [], made = [];
  const sizes = HEAD.themes.map((t, i) => [t[2], i]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, theme] of sizes) {
    const own = bubbles.filter((p) => p.theme === theme), title = HEAD.themes[theme][0];
    if (!title || !own.some((p) => listed.has(p.at))) continue;
    const others = bubbles.filter((p) => p.theme !== theme && listed.has(p.at) && p.spot[2] > 2), text = brief(title);
    const free = (box) => !boxes.some((b) => box[0] < b[2] + 6 && b[0] < box[2] + 6 && box[1] < b[3] && b[1] < box[3]) && !others.some((p) => covers(box, p.spot));
    const [x, y, box] = placesFor(own, text).find((place) => free(place[2])) ?? [];
    if (!box) continue;
    boxes.push(box);
    made.push(svg("text", { class: "k hal", x: x.toFixed(1), y: y.toFixed(1), "text-anchor": "middle", "font-size": 12 * scale, lang: langOf(title), onclick: () => { state.theme = state.theme === theme ? null : theme; refresh(); } },
      svg("title", {}, title), text));
  }
  return made;
}
/* Themes named after several keywords show as many as fit a short line. */
const wide = (text) => [...text].reduce((w, c) => w + (c > "\u2e80" ? 12 : 6.6), 0);
function brief(title) {
  const parts = title.split(/(、|, )/);
  let text = parts[0];
  for (let i = 1; i + 1 < parts.length && wide(text + parts[i] + parts[i + 1]) <= 84; i += 2) text += parts[i] + parts[i + 1];
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
function placesFor(own, text) {
  const half = wide(text) * scale / 2, edge = (side, axis) => Math[side](...own.map((p) => p.spot[axis] + (side === "min" ? -1 : 1) * p.spot[2]));
  const x = Math.min(HEAD.map.width - half - 4, Math.max(half + 4, (edge("min", 0) + edge("max", 0)) / 2));
  const above = Math.max(14 * scale, edge("min", 1) - 7), below = Math.min(HEAD.map.height - 5, edge("max", 1) + 14 * scale);
  return [above, below].map((y) => [x, y, [x - half, y - 10 * scale, x + half, y + 2 * scale]]);
}
function covers([left, top, right, bottom], [x, y, r]) {
  return Math.hypot(x - Math.min(right, Math.max(left, x)), y - Math.min(bottom, Math.max(top, y))) < r;
}

function markBubble() {
  for (const old of document.querySelectorAll("#map .sel")) old.classList.remove("sel");
  const bubble = $(`bub-${state.chosen}`);
  if (!bubble) return;
  bubble.classList.add("sel");
  const after = bubbles.length ? $("map").querySelector("text") : null;
  $("map").insertBefore(bubble, after);
}

/* The nearest circle in the direction of an arrow key. */
function neighbour(key) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const here = PROBLEMS[state.chosen]?.spot ?? [HEAD.map.width / 2, HEAD.map.height / 2];
  let best = null, least = Infinity;
  for (const p of bubbles) {
    const [x, y] = [p.spot[0] - here[0], p.spot[1] - here[1]], along = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (p.at === state.chosen || along <= 0.5 || along < aside) continue;
    if (along + 2 * aside < least) { least = along + 2 * aside; best = p; }
  }
  return best;
}
function mapKey(event) {
  if (event.key === "Enter") { $("detail").focus(); event.preventDefault(); return; }
  if (!event.key.startsWith("Arrow")) return;
  const next = neighbour(event.key);
  if (next) choose(next.at, false);
  event.preventDefault();
}
