// What makes the pages quicker: keys, marks that light up on both sides, a score while one writes, and drafts.
// Every page works without it.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  document.documentElement.classList.add("scripted");

  // Marks: whatever carries a label lights up with all that carries the same one in its pair.
  const pairOf = (node) => node.closest(".scored, .pair");
  const light = (node, on) => {
    const labels = node.dataset.marks.split(" ");
    for (const other of all("[data-marks]", pairOf(node) ?? document)) {
      const shared = pairOf(other) === pairOf(node) && other.dataset.marks.split(" ").some((label) => labels.includes(label));
      other.classList.toggle("lit", on && shared);
    }
  };
  for (const [event, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(event, (given) => {
      const node = given.target.closest?.("[data-marks]");
      if (node) light(node, on);
    });
  }

  // A notice is read first.
  one("[data-notice]")?.focus();

  // The decision.
  const form = one("#decision");
  const draftKey = (id) => `plaincriteria draft ${id}`;
  const keep = (id, value) => {
    try {
      if (value === null) localStorage.removeItem(draftKey(id));
      else localStorage.setItem(draftKey(id), JSON.stringify(value));
      return true;
    } catch {
      return false; // no room, or not allowed: the form still works
    }
  };
  const kept = (id) => {
    try {
      return JSON.parse(localStorage.getItem(draftKey(id)));
    } catch {
      return null;
    }
  };

  if ("settled" in document.body.dataset) keep(document.body.dataset.item, null);

  if (form) {
    const id = form.dataset.draft;
    const sentence = form.elements.plain;
    const editing = one(".editing");
    const overruling = one(".overruling");
    const told = one("[data-score]");
    const action = () => form.elements.action.value;
    const started = sentence.value;

    const fields = () =>
      Object.fromEntries([...new FormData(form)].filter(([name]) => !["token", "digest", "scored", "do"].includes(name)));
    const empty = (given) => Object.entries(given).every(([name, text]) => !text || (name === "plain" && text === started));

    const arrange = () => {
      editing.toggleAttribute("data-quiet", action() !== "edit");
      const scored = told.querySelector(".scored");
      const unfaithful = action() === "edit" ? scored?.dataset.verdict === "unfaithful" : "asked" in overruling.dataset;
      overruling.toggleAttribute("data-quiet", !unfaithful && !form.elements.overrule.value);
    };
    if (!("quiet" in overruling.dataset)) overruling.dataset.asked = "";

    // A draft is put back where the page does not bring the text itself.
    const draft = "kept" in form.dataset ? null : kept(id);
    if (draft) {
      for (let number = 0; `type-${number}` in draft; number += 1) {
        if (form.elements[`type-${number}`] || number > 49) continue;
        const row = all(".error").at(-1).cloneNode(true);
        row.innerHTML = row.innerHTML.replaceAll(`-${number - 1}"`, `-${number}"`).replaceAll(/(rror )\d+/g, `$1${number + 1}`);
        all(".error").at(-1).after(row);
      }
      for (const [name, text] of Object.entries(draft)) if (form.elements[name]) form.elements[name].value = text;
      one("[data-drafted]").textContent = "What you had written is back; it is not saved yet.";
    }

    let waiting;
    let asked = 0;
    const score = async () => {
      const text = sentence.value.trim();
      if (action() !== "edit" || !text) return;
      const number = (asked += 1);
      const body = new URLSearchParams({ token: form.elements.token.value, plain: sentence.value });
      let answer = { ok: false, status: 0 };
      let html = "";
      try {
        answer = await fetch(`/review/items/${id}/score`, { method: "POST", body });
        html = await answer.text();
      } catch {
        // The service cannot be reached, which is said below.
      }
      if (number !== asked) return; // another sentence stands there by now
      if (answer.ok) {
        told.innerHTML = html; // made and escaped by the service
        form.elements.scored.value = told.querySelector(".scored").dataset.sealed;
      } else {
        const line = document.createElement("p");
        line.className = "warning";
        line.textContent =
          { 401: "Your session has ended. Save: you are asked to sign in, and your text comes back.", 422: "This sentence cannot be scored: it needs words." }[answer.status] ??
          "The score cannot be had now. Saving asks for it again.";
        told.replaceChildren(line);
      }
      arrange();
    };

    form.addEventListener("input", (event) => {
      const given = fields();
      const stored = keep(id, empty(given) ? null : given);
      one("[data-drafted]").textContent = stored ? "" : "This browser keeps no drafts: save before you leave.";
      if (event.target === sentence || event.target.name === "action") {
        told.querySelector(".scored")?.setAttribute("data-stale", "");
        asked += 1; // what is on its way is of another sentence
        clearTimeout(waiting);
        waiting = setTimeout(score, event.target === sentence ? 700 : 0);
      }
      arrange();
    });
    arrange();
    if (!told.querySelector(".scored")) score();
  }

  // What is left of the claim.
  const lease = one("[data-seconds]");
  if (lease) {
    const ends = Date.now() + 1000 * Number(lease.dataset.seconds);
    const spoken = one("[data-lease]");
    let last = "";
    const tell = () => {
      const minutes = Math.ceil((ends - Date.now()) / 60000);
      lease.querySelector("[data-left]").textContent = minutes > 0 ? `${minutes} min` : "no longer";
      lease.toggleAttribute("data-ending", minutes <= 2);
      const say = minutes <= 0 ? "Your claim has ended. Your text stays here; claim the item again to save it." : minutes <= 2 ? "Your claim ends within two minutes. You can keep it longer." : "";
      if (say !== last) spoken.textContent = last = say;
      spoken.classList.toggle("aside", minutes > 0);
    };
    tell();
    setInterval(tell, 5000);
  }

  // Keys. None acts while somebody types, or together with Ctrl, Alt or Meta.
  const press = (key) => all(`[data-key="${key}"]`).find((node) => !node.disabled)?.click();
  const choose = (value) => {
    const radio = form?.querySelector(`[name=action][value=${value}]`);
    if (!radio) return press("c"); // the item has to be claimed first
    radio.click();
    radio.focus();
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    if (value === "edit") form.elements.plain.focus();
  };
  const move = (step) => {
    const places = one(".queue") ? all(".queue .plain a") : all(".pair .told li");
    const now = places.findIndex((node) => node === document.activeElement || node.closest("li").contains(document.activeElement));
    const target = places[now < 0 ? (step > 0 ? 0 : places.length - 1) : Math.min(Math.max(now + step, 0), places.length - 1)];
    target?.focus();
  };
  const help = () => {
    const keys = one("#keys");
    if (!keys) return;
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  };
  const filter = () => {
    const filters = one(".filters");
    if (!filters) return press("u");
    filters.open = true;
    filters.querySelector("select").focus();
  };
  const acts = {
    j: () => move(1), k: () => move(-1), a: () => choose("accept"), e: () => choose("edit"), r: () => choose("reject"),
    x: () => choose("escalate"), c: () => press("c"), t: () => press("t"), u: () => press("u"), "?": help, "/": filter,
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey && form?.contains(event.target)) {
      event.preventDefault();
      form.querySelector("button.main:not([disabled])")?.click();
      return;
    }
    const types = event.target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select");
    if (event.key === "Escape" && types) event.target.blur();
    if (types || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const act = acts[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
})();
