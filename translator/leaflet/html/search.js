"use strict";
// TRIALS comes from trials.js: one [id, title, conditions, status] each. Nothing that is typed leaves the browser.
const MOST = 50;
const found = document.getElementById("found");
const told = document.getElementById("told");
const texts = TRIALS.map((one) => one.join(" ").toLowerCase());

function show(words) {
  found.replaceChildren();
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) { told.textContent = ""; return; }
  const hits = TRIALS.filter((_, i) => wanted.every((word) => texts[i].includes(word)));
  told.textContent = hits.length > MOST ? `${hits.length} found; the first ${MOST} are shown` : `${hits.length} found`;
  for (const [id, title, , status] of hits.slice(0, MOST)) {
    const link = document.createElement("a");
    link.href = `trials/${id}.html`;
    link.textContent = title;
    const item = document.createElement("li");
    item.append(link, ` (${[id, status.toLowerCase()].filter(Boolean).join(", ")})`);
    found.append(item);
  }
}

document.getElementById("find").hidden = false;
document.getElementById("words").addEventListener("input", (event) => show(event.target.value));
