// Comfort only: every page works without this file.
(() => {
  "use strict";
  const box = document.getElementById("q");
  const hits = document.querySelectorAll("mark[id^=h]");
  let at = -1;
  let walked = false;

  const go = (step) => {
    if (!hits.length) return;
    at = (at + step + hits.length) % hits.length;
    hits.forEach((hit, i) => hit.classList.toggle("now", i === at));
    hits[at].scrollIntoView({ block: "center" });
    hits[at].focus({ preventScroll: true });
    const place = document.querySelector(".walk output");
    if (place) place.textContent = `${at + 1}/${hits.length}`;
    // The address follows, so that it can be sent to somebody who then sees this passage.
    const passage = hits[at].closest(".block, .side tbody");
    if (walked && passage) history.replaceState(history.state, "", `#${passage.id}`);
    walked = true;
  };

  // The address of a passage that stands in another part of a very long text leads there.
  const text = document.querySelector("[data-first-blocks]");
  const wanted = /^#b(\d+)$/.exec(location.hash);
  if (text && wanted && !document.getElementById(`b${wanted[1]}`)) {
    const part = JSON.parse(text.dataset.firstBlocks).filter((first) => first <= Number(wanted[1])).length;
    const there = new URL(location.href);
    there.searchParams.set("phan", part);
    if (there.href !== location.href) location.replace(there);
  }

  // Results of a list, walked with j and k.
  const rows = [...document.querySelectorAll("li.hit")];
  let row = -1;
  const step = (by) => {
    if (!rows.length) return;
    row = Math.min(rows.length - 1, Math.max(0, row + by));
    rows.forEach((line, i) => line.classList.toggle("current", i === row));
    rows[row].scrollIntoView({ block: "nearest" });
    const link = rows[row].querySelector("h2 a, h3 a");
    if (link) link.focus({ preventScroll: true });
  };
  const pick = () => {
    const box = rows[row] && rows[row].querySelector(".pick input");
    if (box) box.click();
  };

  const keys = document.getElementById("phim");
  const showKeys = (event) => {
    if (!keys || typeof keys.showModal !== "function") return;
    event.preventDefault();
    if (!keys.open) keys.showModal();
  };
  document.querySelectorAll("[data-keys]").forEach((link) => link.addEventListener("click", showKeys));

  document.addEventListener("keydown", (event) => {
    // Never while an input method composes a letter (Unikey, EVKey), nor in a field, nor with a modifier.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (keys && keys.open) return;
    const field = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape" && !event.defaultPrevented) field.blur();
      return;
    }
    if (event.key === "Escape") document.activeElement.blur();
    else if (event.key === "/" && box) { event.preventDefault(); box.focus(); box.select(); }
    else if (event.key === "?") showKeys(event);
    else if (event.key === "n") go(1);
    else if (event.key === "p") go(-1);
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "x") pick();
  });

  const walk = document.querySelector(".walk");
  if (walk && hits.length) {
    for (const [label, step] of [["Trước", -1], ["Sau", 1]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => go(step));
      walk.append(button, " ");
    }
    const place = document.createElement("output");
    walk.append(place);
    if (!location.hash) go(1);
    else {
      const first = [...hits].findIndex((hit) => hit.closest(location.hash));
      at = first >= 0 ? first - 1 : -1;
      walked = true;
    }
  }

  document.querySelectorAll("button.copy").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      source.select();
      try { await navigator.clipboard.writeText(source.value); } catch { document.execCommand("copy"); }
      button.parentElement.querySelector(".copied").textContent = "Đã sao chép";
    });
  });

  // Filters stand open beside the results where there is room; a phone keeps them folded.
  const filters = document.getElementById("bo-loc");
  if (filters && matchMedia("(min-width: 52rem)").matches) filters.open = true;
})();
