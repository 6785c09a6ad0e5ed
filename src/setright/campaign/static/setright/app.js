// Keys and small comforts; every page works without this file.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-row] a, .tb tbody tr > :is(th, td) > a:first-child")].filter((a) => a.offsetParent);
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  let place = -1;
  const step = (by) => {
    const found = rows();
    if (!found.length) return;
    place = Math.min(Math.max(place + by, 0), found.length - 1);
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
  document.getElementById("errors")?.focus();
  for (const box of document.querySelectorAll("[data-submit]")) box.addEventListener("change", () => box.form.requestSubmit());
  const job = document.querySelector("[data-refresh]");
  if (job) setTimeout(() => location.reload(), 1500);
})();
