// Sending files: comfort only, the form works without this file. Files are sent one after another, each with its progress;
// the page of what was sent asks again until nothing waits.
(() => {
  "use strict";
  const AGAIN_MS = 2000, LONGEST_MS = 30000;

  const form = document.querySelector("[data-upload]");
  if (form && "FormData" in window) {
    const input = form.querySelector("#tep");
    const list = form.querySelector("[data-files]");
    const place = form.querySelector("[data-status]");
    const button = form.querySelector("button[type=submit]");
    const drop = form.querySelector("[data-drop]");
    const most = Number(form.dataset.maxFile);
    let chosen = [], sending = false, batch = "";
    const say = (text) => { place.textContent = text; };
    const size = (bytes) => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1).replace(".", ",")} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;

    const add = (files) => {
      if (sending) return;
      for (const file of files) {
        if (chosen.some((one) => one.file.name === file.name && one.file.size === file.size && one.file.lastModified === file.lastModified)) continue;
        const row = document.createElement("li");
        const name = document.createElement("span");
        name.textContent = `${file.name} (${size(file.size)})`;
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "quiet";
        remove.textContent = "Bỏ";
        remove.setAttribute("aria-label", `Bỏ ${file.name}`);
        const told = document.createElement("span");
        told.className = "told";
        row.append(name, remove, told);
        const one = { file, row, told, remove };
        remove.addEventListener("click", () => {
          chosen = chosen.filter((other) => other !== one);
          row.remove();
          tell();
          input.focus();
        });
        if (file.size > most) {
          row.className = "refused";
          told.textContent = `Tệp quá lớn (hơn ${Math.round(most / 1e6)} MB); hãy chia thành nhiều tệp.`;
          one.tooLarge = true;
        }
        list.append(row);
        chosen.push(one);
      }
      tell();
    };
    const ready = () => chosen.filter((one) => !one.tooLarge);
    const tell = () => {
      const count = ready().length;
      try { // so that the browser's own words about the field are true
        const kept = new DataTransfer();
        for (const one of chosen) kept.items.add(one.file);
        input.files = kept.files;
      } catch { input.value = ""; }
      button.textContent = count ? `Nạp ${count} tệp` : "Nạp tệp";
      input.required = count === 0;
      say(count ? `${count} tệp sẵn sàng để nạp.` : "");
    };

    const send = (one) => new Promise((done) => {
      const data = new FormData();
      if (batch) data.append("luot", batch);
      data.append("nguon", form.elements.nguon.value);
      if (form.elements.noi_bo.checked) data.append("noi_bo", "1");
      data.append("tep", one.file, one.file.name);
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", `Đang gửi ${one.file.name}`);
      one.row.append(bar);
      one.told.textContent = "Đang gửi";
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        bar.value = event.loaded / event.total;
        one.told.textContent = event.loaded < event.total ? `Đang gửi: ${Math.floor(100 * bar.value)} %` : "Đang cất vào kho";
      });
      const ended = (ok, text) => {
        bar.remove();
        one.told.textContent = text;
        one.row.classList.toggle("refused", !ok);
        done(ok);
      };
      request.addEventListener("load", () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
        if (request.status !== 200) return ended(false, answer.detail || `Máy chủ trả lời ${request.status}; hãy thử lại sau.`);
        batch = answer.batch;
        const file = answer.files[0];
        const text = [file.label, ...file.reasons].join(": ");
        ended(!["refused", "later"].includes(file.code), file.known ? "Đã có sẵn từ trước." : `${text}.`);
      });
      for (const broken of ["error", "abort", "timeout"]) {
        request.addEventListener(broken, () => ended(false, "Gửi không xong: mất kết nối, hoặc đây là thư mục (hãy nén thành ZIP)."));
      }
      request.open("POST", "/api/intake");
      request.send(data);
    });

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const files = ready();
      if (!files.length || sending) return;
      sending = true;
      button.disabled = true;
      for (const one of chosen) one.remove.remove();
      let good = 0;
      for (const [at, one] of files.entries()) {
        say(`Đang gửi tệp ${at + 1} trong ${files.length}.`);
        if (await send(one)) good += 1;
      }
      if (batch && good) { location.href = `/nap-tep/${batch}`; return; }
      sending = false;
      button.disabled = false;
      chosen = [];
      tell();
      say("Không gửi được tệp nào; xem lý do ở từng tệp.");
    });
    input.addEventListener("change", () => add([...input.files]));
    drop.classList.add("ready");
    drop.querySelector(".drop-hint").hidden = false;
    // A file that misses the frame must not replace the page.
    for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
    drop.addEventListener("dragover", () => drop.classList.add("over"));
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      drop.classList.remove("over");
      add([...event.dataTransfer.files]);
    });
    addEventListener("beforeunload", (event) => { if (sending && !batch) event.preventDefault(); });
  }

  const sent = document.querySelector("[data-sent]");
  if (sent && Number(sent.dataset.sent)) {
    const settled = document.querySelector("[data-settled]");
    let pause = AGAIN_MS;
    const look = async () => {
      try {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        const now = page.querySelector("[data-sent]");
        if (!now) throw new Error("another page");
        [...now.children].forEach((row, at) => {
          const old = sent.children[at];
          if (!old) sent.append(row);
          else if (old.innerHTML !== row.innerHTML && !old.contains(document.activeElement)) old.replaceWith(row);
        });
        const said = page.querySelector("[data-settled]").textContent;
        if (settled.textContent !== said) settled.textContent = said;
        if (!Number(now.dataset.sent)) {
          const again = document.querySelector("[data-again]");
          if (again) again.remove();
          return;
        }
        pause = Math.min(LONGEST_MS, pause * 1.2);
      } catch { pause = LONGEST_MS; }
      setTimeout(look, pause);
    };
    setTimeout(look, pause);
  }
})();
