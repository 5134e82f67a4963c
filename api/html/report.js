"use strict";
const filters = document.getElementById("filters");
const rows = [...document.querySelectorAll("[data-verdict]")];

function apply() {
  const chosen = new FormData(filters);
  const verdicts = new Set(chosen.getAll("verdict"));
  const type = chosen.get("type");
  const section = chosen.get("section");
  let shown = 0;
  for (const row of rows) {
    const { verdict, section: own, types } = row.dataset;
    row.hidden = !verdicts.has(verdict) || (section && own !== section) || (type && !types.split(" ").includes(type));
    shown += !row.hidden;
  }
  document.getElementById("shown").textContent = `${shown} of ${rows.length} pairs shown`;
}

filters.hidden = false;
filters.addEventListener("change", apply);
filters.addEventListener("submit", (event) => event.preventDefault());
