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
    }, svg("title", {}, say("bubble", p.title, p.n)))),
    ...labels());
  markBubble();
  $("mapnote").textContent = say("mapNote") + (n_drawn < HEAD.n_problems ? say("drawn", n_drawn, HEAD.n_problems) : "");
}

/* A theme's name above its circles, the largest themes first; one that would lie over another is left out. */
function labels() {
  const boxes = [], made = [];
  const sizes = HEAD.themes.map((t, i) => [t[2], i]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, theme] of sizes) {
    const own = bubbles.filter((p) => p.theme === theme), title = HEAD.themes[theme][0];
    if (!own.length || !title) continue;
    const text = title.length > 24 ? `${title.slice(0, 23)}…` : title;
    const half = [...text].reduce((w, c) => w + (c > "\u2e80" ? 12 : 6.6) * scale, 0) / 2;
    const left = Math.min(...own.map((p) => p.spot[0] - p.spot[2])), right = Math.max(...own.map((p) => p.spot[0] + p.spot[2]));
    const x = Math.min(HEAD.map.width - half - 4, Math.max(half + 4, (left + right) / 2));
    const y = Math.max(14 * scale, Math.min(...own.map((p) => p.spot[1] - p.spot[2])) - 7);
    const box = [x - half, y - 12 * scale, x + half, y + 3 * scale];
    if (boxes.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3])) continue;
    boxes.push(box);
    made.push(svg("text", { class: "k hal", x: x.toFixed(1), y: y.toFixed(1), "text-anchor": "middle", "font-size": 12 * scale, lang: langOf(title), onclick: () => { state.theme = state.theme === theme ? null : theme; refresh(); } },
      svg("title", {}, title), text));
  }
  return made;
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
