// Comfort only: every page works without this file.
(() => {
  "use strict";
  const box = document.getElementById("q");
  const hits = document.querySelectorAll("mark[id^=h]");
  let at = -1;

  const go = (step) => {
    if (!hits.length) return;
    at = (at + step + hits.length) % hits.length;
    hits.forEach((hit, i) => hit.classList.toggle("now", i === at));
    hits[at].scrollIntoView({ block: "center" });
    hits[at].focus({ preventScroll: true });
    const place = document.querySelector(".walk output");
    if (place) place.textContent = `${at + 1}/${hits.length}`;
  };

  document.addEventListener("keydown", (event) => {
    // Never while an input method composes a letter (Unikey, EVKey), nor in a field, nor with a modifier.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (event.key === "Escape") document.activeElement.blur();
    else if (event.key === "/" && box) { event.preventDefault(); box.focus(); box.select(); }
    else if (event.key === "n") go(1);
    else if (event.key === "p") go(-1);
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
