// Keys and small comforts; every page works without this file.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-row] a, .tb tbody tr > :is(th, td) > a:first-child, summary")].filter((a) => a.offsetParent);
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  let place = -1;
  const step = (by) => {
    const found = rows();
    if (!found.length) return;
    const at = found.indexOf(document.activeElement);
    place = Math.min(Math.max((at < 0 ? place : at) + by, 0), found.length - 1);
    found[place].focus();
  };
  const press = (key) => {
    const button = document.querySelector(`[data-key="${key}"]`);
    if (button) button.click();
    return Boolean(button);
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    o: () => rows()[place]?.click(),
    "/": () => document.querySelector("input[type=search]")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
  };
  if (document.body.hasAttribute("data-keys")) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
      else if (press(event.key)) event.preventDefault();
    });
  }

  // Groups of the board: a closed one fetches its table when it is opened, and the address remembers which are open.
  const markup = window.trustedTypes?.createPolicy("setright", { createHTML: (text) => text });
  const load = async (group, link) => {
    const answer = await fetch(link.dataset.part, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) { location.assign(link.href); return; }
    const text = await answer.text();
    const holder = document.createElement("template");
    holder.innerHTML = markup ? markup.createHTML(text) : text;
    group.querySelector(".load")?.replaceWith(holder.content);
  };
  const remember = () => {
    const address = new URL(location.href);
    address.searchParams.delete("open");
    for (const each of document.querySelectorAll("details[data-group][open]")) address.searchParams.append("open", each.dataset.group);
    history.replaceState(null, "", address);
  };
  for (const group of document.querySelectorAll("details[data-group]")) {
    let was = group.open;
    group.addEventListener("toggle", () => {
      if (group.open === was) return;
      was = group.open;
      const link = group.open && group.querySelector("[data-part]");
      if (link) load(group, link).catch(() => location.assign(link.href));
      remember();
    });
  }

  document.getElementById("errors")?.focus();
  for (const box of document.querySelectorAll("[data-submit]")) box.addEventListener("change", () => box.form.requestSubmit());
  if (document.querySelector("[data-print]")) window.print();
  const job = document.querySelector("[data-refresh]");
  if (job) setTimeout(() => location.reload(), 1500);
})();
