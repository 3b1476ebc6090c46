// Suggestions in the search box (ARIA 1.2 combobox), and recent searches. Comfort only: without this file the box still searches.
// While an input method composes a letter (Unikey, EVKey, iBus) nothing here runs: no request, no key is taken.
(() => {
  "use strict";
  const box = document.getElementById("q");
  const row = box && box.closest(".search-row");
  if (!row) return;
  const form = box.form;
  const RECENT = "cachhay.recent", MOST = 8, WAIT = 80;
  const GROUPS = {
    ...JSON.parse(box.dataset.facets), number: "Số hiệu", title: "Nhan đề", syntax: "Tìm theo trường", recent: "Tìm gần đây",
  };

  const make = (tag, className = "", text = "") => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };
  const panel = make("div", "suggestions");
  panel.hidden = true;
  const list = make("div");
  list.id = "goi-y";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Gợi ý");
  const told = make("p", "unseen");
  told.setAttribute("role", "status");
  row.append(panel);
  form.append(told);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", "goi-y"], ["aria-autocomplete", "list"]]) {
    box.setAttribute(name, value);
  }

  let options = [], active = -1, composing = false, timer = 0, request = null, asked = "";
  const answers = new Map();

  // Recent searches, in this browser only.
  const recent = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(RECENT) || "[]");
      return Array.isArray(kept) ? kept.filter((q) => typeof q === "string" && q).slice(0, MOST) : [];
    } catch { return []; }
  };
  const keepRecent = (list) => { try { localStorage.setItem(RECENT, JSON.stringify(list.slice(0, MOST))); } catch { /* full or forbidden */ } };
  const remember = (query) => {
    const clean = query.trim().slice(0, 200);
    if (clean) keepRecent([clean, ...recent().filter((q) => q !== clean)]);
  };
  if (location.pathname === "/tim") remember(new URLSearchParams(location.search).get("q") || "");

  const close = () => {
    panel.hidden = true;
    list.replaceChildren();
    panel.replaceChildren(list);
    options = [];
    active = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (at) => {
    active = at;
    options.forEach((option, i) => option.node.setAttribute("aria-selected", String(i === at)));
    if (at < 0) { box.removeAttribute("aria-activedescendant"); return; }
    box.setAttribute("aria-activedescendant", options[at].node.id);
    options[at].node.scrollIntoView({ block: "nearest" });
  };

  // The typed words in bold where they begin a word: compared letter by letter without accents, built as elements.
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  const lit = (text, words) => {
    const node = make("span", "words");
    for (const piece of text.split(/(\s+)/)) {
      const word = words.find((w) => plain(piece).startsWith(w));
      if (!word) { node.append(piece); continue; }
      const letters = [...piece.normalize("NFC")];
      node.append(make("mark", "", letters.slice(0, word.length).join("")), letters.slice(word.length).join(""));
    }
    return node;
  };

  const go = (choice) => {
    if (choice.id) { location.href = `/muc/${encodeURIComponent(choice.id)}`; return; }
    box.value = choice.query;
    if (choice.kind === "syntax") { box.focus(); ask(); return; }
    close();
    form.requestSubmit();
  };

  const show = (choices, words) => {
    list.replaceChildren();
    panel.replaceChildren(list);
    options = [];
    active = -1;
    box.removeAttribute("aria-activedescendant");
    let kind = "", group = null;
    choices.forEach((choice, at) => {
      if (choice.kind !== kind) {
        kind = choice.kind;
        group = make("div", "group");
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", GROUPS[kind] || kind);
        const head = make("div", "head", GROUPS[kind] || kind);
        head.setAttribute("aria-hidden", "true");
        group.append(head);
        list.append(group);
      }
      const node = make("div", "option");
      node.id = `goi-y-${at}`;
      node.setAttribute("role", "option");
      node.setAttribute("aria-selected", "false");
      node.append(lit(choice.text, words));
      if (choice.hint) node.append(make("span", "hint", choice.hint));
      node.addEventListener("pointerdown", (event) => event.preventDefault());
      node.addEventListener("click", () => go(choice));
      group.append(node);
      options.push({ node, choice });
    });
    if (kind === "recent") panel.append(forgetting());
    panel.hidden = !choices.length;
    box.setAttribute("aria-expanded", String(choices.length > 0));
    told.textContent = choices.length ? `${choices.length} gợi ý, phím mũi tên để chọn` : "";
  };

  const forgetting = () => {
    const button = make("button", "forget", "Xóa tìm gần đây");
    button.type = "button";
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => { keepRecent([]); close(); told.textContent = "Đã xóa tìm gần đây"; box.focus(); });
    return button;
  };
  const showRecent = () => show(recent().map((query) => ({ kind: "recent", text: query, query })), []);

  const ask = async () => {
    const text = box.value;
    asked = text;
    if (!text.trim()) { showRecent(); return; }
    const words = plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    if (!answers.has(text)) {
      if (request) request.abort();
      request = new AbortController();
      try {
        const response = await fetch(`/api/suggest?q=${encodeURIComponent(text.slice(0, 300))}`, { signal: request.signal });
        if (!response.ok) { close(); return; }
        answers.set(text, (await response.json()).suggestions);
        if (answers.size > 200) answers.delete(answers.keys().next().value);
      } catch (error) {
        if (error.name !== "AbortError") close();
        return;
      }
    }
    // Late, or the visitor has gone on: not what is asked for any more.
    if (asked !== text || box.value !== text || composing || document.activeElement !== box) return;
    show(answers.get(text), words);
  };
  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };

  box.addEventListener("compositionstart", () => { composing = true; clearTimeout(timer); });
  box.addEventListener("compositionend", () => { composing = false; askSoon(); });
  box.addEventListener("input", (event) => { if (!composing && !event.isComposing) askSoon(); });
  box.addEventListener("focus", () => { if (!box.value.trim()) showRecent(); });
  box.addEventListener("click", () => { if (panel.hidden && !composing) askSoon(); });
  box.addEventListener("blur", () => { clearTimeout(timer); close(); });
  document.addEventListener("pointerdown", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("submit", () => remember(box.value));

  box.addEventListener("keydown", (event) => {
    if (composing || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = options.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (panel.hidden) { ask(); return; }
      if (event.key === "ArrowDown") mark(active >= last ? -1 : active + 1);
      else mark(active < 0 ? last : active - 1);
    } else if (event.key === "Enter" && active >= 0 && !panel.hidden) {
      event.preventDefault();
      go(options[active].choice);
    } else if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      close();
    }
  });
})();
