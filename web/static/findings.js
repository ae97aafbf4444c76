/* What a script adds to the search box: suggestions as one types, and the searches of this browser. Everything works
   without it. Texts are only ever set as text, never as HTML. */
"use strict";
(() => {
  const KEPT = "findings-searches", MOST = 8;

  function recent() {
    try {
      const held = JSON.parse(localStorage.getItem(KEPT) || "[]");
      return Array.isArray(held) ? held.filter((one) => typeof one === "string").slice(0, MOST) : [];
    } catch { return []; }
  }
  function keep(searches) {
    try { localStorage.setItem(KEPT, JSON.stringify(searches.slice(0, MOST))); } catch { /* not allowed here */ }
  }

  function suggest(input) {
    const list = document.createElement("ul"), said = document.createElement("div");
    let wait, asked, active = -1;
    list.id = input.id + "-suggestions";
    list.className = "app-suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    said.className = "govuk-visually-hidden";
    said.setAttribute("role", "status");
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list",
      "aria-controls": list.id, "aria-expanded": "false" })) input.setAttribute(name, value);
    input.closest(".app-search__row").after(list, said);

    function show(found) {
      list.replaceChildren(...found.map((one, place) => {
        const item = document.createElement("li"), kind = document.createElement("span");
        item.id = list.id + "-" + place;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.url = one.url;
        item.textContent = one.text + " ";
        kind.className = "app-muted";
        kind.textContent = one.kind;
        item.append(kind);
        return item;
      }));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      said.textContent = found.length ? found.length + " suggestions" : "";
    }
    function move(by) {
      const items = list.children;
      if (list.hidden || !items.length) return;
      if (active >= 0) items[active].setAttribute("aria-selected", "false");
      active = (active + by + items.length) % items.length;
      items[active].setAttribute("aria-selected", "true");
      items[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[active].id);
    }
    function open(item) { location.assign(item.dataset.url); }

    input.addEventListener("input", () => {
      clearTimeout(wait);
      if (asked) asked.abort();
      if (input.value.trim().length < 2) { show([]); return; }
      wait = setTimeout(async () => {
        asked = new AbortController();
        try {
          const answer = await fetch("/suggest?q=" + encodeURIComponent(input.value.slice(0, 100)), { signal: asked.signal });
          if (answer.ok) show((await answer.json()).suggestions);
        } catch { /* the box works without */ }
      }, 150);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!list.hidden) { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : (active < 0 ? 0 : -1)); }
      } else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); show([]);
      } else if (event.key === "Enter" && active >= 0) { event.preventDefault(); open(list.children[active]); }
    });
    list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      if (item) { event.preventDefault(); open(item); }
    });
    input.addEventListener("blur", () => show([]));
  }

  function showRecent(section) {
    const searches = recent(), list = section.querySelector("ul");
    if (!searches.length) return;
    list.replaceChildren(...searches.map((text) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.className = "govuk-link";
      link.href = "/search?q=" + encodeURIComponent(text);
      link.textContent = text;
      item.append(link);
      return item;
    }));
    section.hidden = false;
    section.querySelector("button").addEventListener("click", () => {
      keep([]);
      section.hidden = true;
      document.getElementById("q").focus();
    });
  }

  for (const input of document.querySelectorAll("form[action='/search'] input[name=q]")) suggest(input);
  const section = document.getElementById("recent");
  if (section) showRecent(section);
  const question = new URLSearchParams(location.search).get("q");
  if (location.pathname === "/search" && question && question.trim()) {
    keep([question.trim(), ...recent().filter((one) => one !== question.trim())]);
  }
})();
