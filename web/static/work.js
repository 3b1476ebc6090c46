// The work of a visitor kept in the browser: the dossier (Hồ sơ chọn), saved searches, keys. Comfort only: a dossier is an
// address, a saved search a bookmark, so that everything can be done without this file.
(() => {
  "use strict";
  const DOSSIER = "cachhay.dossier", SAVED = "cachhay.saved", MOST = 200, COMPARED = 4;

  const read = (key) => {
    try {
      const kept = JSON.parse(localStorage.getItem(key) || "[]");
      return Array.isArray(kept) ? kept : [];
    } catch { return []; }
  };
  const write = (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
  };
  const say = (place, text) => { if (place) place.textContent = text; };
  const address = (path, ids, more = []) => {
    const query = new URLSearchParams([...ids.map((id) => ["muc", id]), ...more]).toString();
    return query ? `${path}?${query}` : path;
  };

  // The dossier.
  const ids = () => read(DOSSIER).filter((id) => typeof id === "string");
  const keep = (list) => {
    const done = write(DOSSIER, [...new Set(list)].slice(0, MOST));
    showCount();
    return done;
  };
  const showCount = () => {
    const link = document.querySelector("[data-dossier-link]");
    if (!link) return;
    const list = ids();
    link.href = address("/ho-so", list);
    link.textContent = list.length ? `Hồ sơ chọn (${list.length})` : "Hồ sơ chọn";
  };

  document.querySelectorAll("[data-dossier-item]").forEach((link) => {
    const id = link.dataset.dossierItem;
    const show = () => { link.textContent = ids().includes(id) ? "Đã ở trong hồ sơ: bỏ ra" : "Đưa vào hồ sơ"; };
    link.setAttribute("role", "button");
    show();
    const toggle = (event) => {
      event.preventDefault();
      const list = ids();
      if (!keep(list.includes(id) ? list.filter((other) => other !== id) : [...list, id])) location.href = link.href;
      show();
    };
    link.addEventListener("click", toggle);
    link.addEventListener("keydown", (event) => { if (event.key === " ") toggle(event); });
  });

  const picking = document.getElementById("chon");
  if (picking) {
    const boxes = [...document.querySelectorAll('input[type=checkbox][form="chon"]')];
    const place = picking.querySelector(".picked");
    const picked = () => boxes.filter((box) => box.checked).map((box) => box.value);
    const tell = () => {
      const count = picked().length;
      say(place, count > COMPARED ? `Đã chọn ${count} mục; so sánh được ${COMPARED} mục một lần` : count ? `Đã chọn ${count} mục` : "");
    };
    boxes.forEach((box) => box.addEventListener("change", tell));
    picking.addEventListener("submit", (event) => {
      const chosen = picked();
      if (!chosen.length) {
        event.preventDefault();
        say(place, "Hãy đánh dấu “Chọn” ở ít nhất một mục");
      } else if (event.submitter && event.submitter.dataset.dossier === "add") {
        event.preventDefault();
        const list = [...ids(), ...chosen];
        if (!keep(list)) { location.href = address("/ho-so", chosen); return; }
        say(place, `Đã đưa ${chosen.length} mục vào hồ sơ, nay có ${ids().length} mục`);
      }
    });
    tell();
  }

  // The page of the dossier: the address says what it holds; this browser may keep another one.
  const dossier = document.querySelector("[data-dossier]:not(button)");
  if (dossier && dossier.matches("article")) {
    const shown = JSON.parse(dossier.dataset.dossier);
    const mine = ids();
    const same = shown.length === mine.length && shown.every((id, at) => id === mine[at]);
    const keepIt = document.querySelector("[data-dossier-keep]");
    if (!shown.length && mine.length) location.replace(address("/ho-so", mine));
    if (keepIt && shown.length && !same) {
      keepIt.hidden = false;
      keepIt.querySelector("button").addEventListener("click", () => {
        keep(shown);
        keepIt.textContent = "Đã lưu hồ sơ này vào trình duyệt.";
      });
    }
    document.querySelectorAll("[data-dossier-list]").forEach((link) => {
      link.addEventListener("click", () => { if (same) keep(JSON.parse(link.dataset.dossierList)); });
    });
  }
  showCount();
  addEventListener("storage", showCount);

  // Saved searches.
  const saved = () => read(SAVED).filter((s) => s && typeof s.url === "string" && s.url.startsWith("/tim") && typeof s.name === "string");
  document.querySelectorAll("[data-save-search]").forEach((button) => {
    const { saveSearch: url, saveName: name } = button.dataset;
    const place = button.parentElement.querySelector(".saved");
    button.hidden = false;
    button.addEventListener("click", () => {
      const list = [{ url, name, seen: new Date().toISOString() }, ...saved().filter((s) => s.url !== url)].slice(0, 100);
      place.textContent = "";
      if (!write(SAVED, list)) { say(place, "Trình duyệt không cho lưu; hãy lưu bằng dấu trang"); return; }
      const link = document.createElement("a");
      link.href = "/da-luu";
      link.textContent = "Xem tìm kiếm đã lưu";
      place.append("Đã lưu. ", link);
    });
  });
  const listing = document.querySelector("[data-saved-list]");
  if (listing) {
    const none = document.querySelector("[data-saved-none]");
    const show = () => {
      const list = saved();
      none.hidden = list.length > 0;
      listing.replaceChildren(...list.map(row));
    };
    const row = (search) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = search.url;
      link.textContent = search.name;
      const query = search.url.slice("/tim".length);
      const fresh = document.createElement("span");
      fresh.className = "fresh";
      const feed = document.createElement("a");
      feed.href = `/tim.atom${query}`;
      feed.textContent = "Atom";
      feed.setAttribute("aria-label", `Đăng ký nhận thông báo: ${search.name}`);
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "quiet";
      drop.textContent = "Bỏ";
      drop.setAttribute("aria-label", `Bỏ ${search.name}`);
      drop.addEventListener("click", () => { write(SAVED, saved().filter((s) => s.url !== search.url)); show(); });
      line.append(link, fresh, feed, drop);
      tellFresh(search, query, fresh);
      link.addEventListener("click", () => {
        write(SAVED, saved().map((s) => (s.url === search.url ? { ...s, seen: new Date().toISOString() } : s)));
      });
      return line;
    };
    const tellFresh = async (search, query, place) => {
      try {
        // The API names some parameters otherwise than the pages do.
        const asked = new URLSearchParams(query);
        if (asked.get("nguyen-van") === "1") asked.set("typed", "true");
        if (asked.get("dung-dau") === "1") asked.set("accents", "true");
        if (asked.get("bo-dau") === "1") asked.set("dropped", "true");
        asked.getAll("nhu-chu").forEach((piece) => asked.append("as_text", piece));
        asked.set("limit", "50");
        const answer = await (await fetch(`/api/arrivals?${asked}`)).json();
        const count = answer.arrivals.filter((a) => new Date(a.at) > new Date(search.seen || 0)).length;
        place.textContent = count ? ` ${count === 50 ? "từ 50" : count} mục mới từ lần xem trước` : ` ${answer.total} mục, không có mục mới`;
        place.classList.toggle("some", count > 0);
      } catch { place.textContent = ""; }
    };
    show();
  }

  document.querySelectorAll("button.print").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
})();
