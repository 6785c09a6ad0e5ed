// Says on the page that a security key did not answer; the library's own script does the rest.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const note = document.getElementById("key-trouble");
  if (note) { note.hidden = false; note.focus(); }
});
