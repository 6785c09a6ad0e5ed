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

  // Long texts are kept on the server while somebody pauses in writing, and stand there again when they come back.
  const PAUSE = 1500;
  const AGAIN = 10000;
  const { draft: drafts, offline } = document.body.dataset;
  const keep = (form, texts) => {
    const place = new URL(form.getAttribute("action") || "", location.href).pathname;
    const note = document.createElement("p");
    note.className = "hint";
    note.setAttribute("aria-live", "polite");
    texts.at(-1).after(note);
    let timer = 0;
    const post = (fields) => fetch(drafts, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: new URLSearchParams({ place, fields: JSON.stringify(fields) }),
    });
    const send = async () => {
      try {
        const answer = await post(Object.fromEntries(texts.map((each) => [each.name, each.value])));
        note.textContent = (await answer.json()).said;
      } catch {
        note.textContent = offline;
        timer = setTimeout(send, AGAIN);
      }
    };
    const put = (told) => {
      const before = texts.map((each) => each.value);
      for (const each of texts) each.value = told.fields[each.name] ?? each.value;
      if (texts.every((each, i) => each.value === before[i])) return;
      const out = document.createElement("button");
      out.type = "button";
      out.className = "btn btn-line btn-sm";
      out.textContent = told.drop;
      out.addEventListener("click", () => {
        texts.forEach((each, i) => { each.value = before[i]; });
        post({});
        note.textContent = "";
      });
      note.replaceChildren(`${told.said} `, out);
    };
    for (const each of texts) each.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(send, PAUSE); });
    form.addEventListener("submit", () => clearTimeout(timer));
    if (!document.getElementById("errors")) fetch(`${drafts}?place=${encodeURIComponent(place)}`, { credentials: "same-origin" }).then((answer) => answer.status === 200 && answer.json().then(put)).catch(() => {});
  };
  for (const form of drafts ? document.querySelectorAll("form[method=post]") : []) {
    const texts = [...form.querySelectorAll("textarea[name]")];
    if (texts.length) keep(form, texts);
  }

  document.getElementById("errors")?.focus();
  for (const box of document.querySelectorAll("[data-submit]")) box.addEventListener("change", () => box.form.requestSubmit());
  if (document.querySelector("[data-print]")) window.print();
  const job = document.querySelector("[data-refresh]");
  if (job) setTimeout(() => location.reload(), 1500);
})();
