// The room: what patient and staff wrote, and what the patient writes now.
// What she writes is kept in this tab until the server has it.
import { drawer } from "./message.js";
import { uuid } from "./text.js";

const el = (id) => document.getElementById(id);

export function thread(page) {
  const list = el("messages"), scroll = el("scroll"), box = el("text");
  let open = false;
  let place = "";
  let entries = []; // as the server has them
  let outbox = []; // {id, text, at, state: waiting | sending | failed | refused, why}
  let emergencies = {}; // text by message
  let reading = null; // by language
  let received = false; // something was sent since the page was opened
  let alarmed = false; // and the last of it was an emergency
  let source = null, polling = null, ending = null, retry = null, sending = false, tries = 0;
  let stayed = 0, shown = false;

  const draw = drawer(page, {
    again() {
      tries = 0;
      pump();
    },
    edit,
  });

  // --- what this tab keeps ---

  function load() {
    try {
      const kept = JSON.parse(sessionStorage.getItem("recado-private"));
      return kept && kept.place === place ? kept : {};
    } catch (e) {
      return {};
    }
  }

  function save() {
    try {
      sessionStorage.setItem("recado-private", JSON.stringify({ place, draft: box.value, outbox, emergencies }));
    } catch (e) {
      // A full or forbidden storage costs what was not sent at a reload, nothing else.
    }
  }

  function forget() {
    try {
      sessionStorage.removeItem("recado-private");
    } catch (e) {
      // There was none.
    }
  }

  // --- drawing ---

  function all() {
    const known = {};
    const out = entries.map((e) => {
      known[e.id] = true;
      return { id: e.id, mine: e.from !== "staff", text: e.text, at: e.at };
    });
    for (const m of outbox) if (!known[m.id]) out.push({ id: m.id, mine: true, text: m.text, at: m.at, state: m.state, why: m.why });
    for (const m of out) m.sign = [m.state || "", m.why || "", page.lang(), emergencies[m.id] ? "!" : ""].join("|");
    return out;
  }

  function show() {
    const near = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 200;
    const now = all();
    let at = 0, changed = false;
    for (const m of now) {
      const have = list.children[at];
      if (have && have.id === "m-" + m.id && have.dataset.sign === m.sign) {
        at++;
        continue;
      }
      changed = true;
      const old = el("m-" + m.id);
      const row = draw(m, emergencies[m.id]);
      if (old && old === have) old.replaceWith(row);
      else {
        if (old) old.remove();
        list.insertBefore(row, list.children[at] || null);
      }
      at++;
    }
    while (list.children.length > at) list.lastChild.remove();
    state();
    el("empty").hidden = now.length > 0;
    if (!shown && now.length > 0) scroll.scrollTop = scroll.scrollHeight;
    else if (near && changed) scroll.scrollTop = scroll.scrollHeight;
    if (!shown) setTimeout(() => open && el("log").setAttribute("aria-live", "polite"), 500); // what was there is not news
    shown = true;
  }

  function state(key) {
    const words = (reading && (reading[page.lang()] || reading.en)) || "";
    if (el("reading").textContent !== words) el("reading").textContent = words;
    const note = el("state");
    if (key) page.put(note, key);
    else if (received && words && outbox.length === 0 && !alarmed) page.put(note, "write.received", { reading: words });
    else page.clear(note);
  }

  function alarm(danger) {
    el("alert").lang = danger.language;
    el("alert").textContent = page.t("emergency.head") + ": " + danger.text;
  }

  // sight brings the text for an emergency in sight: all of it, else its start.
  function sight(id) {
    const row = el("m-" + id), card = row && row.querySelector(".danger");
    if (!card) return;
    const at = card.getBoundingClientRect(), view = scroll.getBoundingClientRect();
    if (at.height > view.height || at.top < view.top) scroll.scrollTop += at.top - view.top - 8;
    else if (at.bottom > view.bottom) scroll.scrollTop += at.bottom - view.bottom + 8;
  }

  // --- reading ---

  async function read() {
    if (!open) return;
    let answer, data;
    const mine = place;
    try {
      answer = await fetch("/p/thread", { credentials: "same-origin", cache: "no-store" });
      data = await answer.json();
    } catch (e) {
      if (open && mine === place) state("thread.offline");
      return;
    }
    if (!open || mine !== place) return;
    if (answer.status === 401) return ended();
    if (!answer.ok) return state("thread.offline");
    entries = data.entries;
    reading = data.reading;
    const here = {};
    for (const e of entries) here[e.id] = true;
    outbox = outbox.filter((m) => !here[m.id]);
    save();
    clearTimeout(ending);
    ending = setTimeout(read, Math.max(data.ends, 5) * 1000 + 500);
    show();
  }

  function listen() {
    if (!window.EventSource) return;
    const mine = new EventSource("/p/events");
    source = mine;
    mine.addEventListener("thread", read);
    mine.addEventListener("ended", ended);
    mine.addEventListener("error", () => {
      if (!open || source !== mine) return;
      if (mine.readyState === 2) {
        source = null;
        setTimeout(() => {
          if (!open || source) return;
          read();
          listen();
        }, 5000);
      }
    });
  }

  // --- writing ---

  function submit() {
    const text = box.value.trim();
    if (!text) {
      box.focus();
      return;
    }
    outbox.push({ id: uuid(), text, at: new Date().toISOString(), state: "waiting" });
    box.value = "";
    count();
    grow();
    save();
    shown = false; // to the end of the list
    show();
    pump();
  }

  // pump sends what waits, one after the other, and goes on trying.
  async function pump() {
    clearTimeout(retry);
    if (sending || !open) return;
    sending = true;
    try {
      for (;;) {
        const next = outbox.find((m) => m.state !== "refused");
        if (!next || !open) return;
        set(next, "sending");
        const late = setTimeout(() => next.state === "sending" && set(next, "failed"), 9000);
        let answer = null;
        try {
          answer = await page.call("/p/messages", { id: next.id, text: next.text, language: page.lang() });
        } catch (e) {
          // no answer
        }
        clearTimeout(late);
        alarmed = Boolean(answer && answer.data.emergency);
        if (alarmed) {
          emergencies[next.id] = answer.data.emergency;
          alarm(answer.data.emergency);
        }
        if (!answer || answer.status === 429 || answer.status >= 500) {
          set(next, "failed");
          if (alarmed) sight(next.id);
          tries++;
          const wait = answer && answer.data.wait ? answer.data.wait : Math.min(3 * tries, 30);
          retry = setTimeout(pump, wait * 1000);
          return;
        }
        tries = 0;
        if (answer.status === 202) {
          outbox = outbox.filter((m) => m !== next);
          if (!entries.some((e) => e.id === next.id)) entries.push({ id: next.id, from: "patient", text: next.text, at: answer.data.at });
          reading = answer.data.reading;
          received = true;
          save();
          show();
          if (alarmed) sight(next.id);
          continue;
        }
        if (answer.status === 401) {
          set(next, "waiting");
          return ended();
        }
        next.why = answer.data.error;
        set(next, "refused");
      }
    } finally {
      sending = false;
    }
  }

  function set(m, to) {
    m.state = to;
    save();
    if (open) show();
  }

  // edit takes a refused message back into the box.
  function edit(id) {
    const m = outbox.find((one) => one.id === id);
    outbox = outbox.filter((one) => one.id !== id);
    box.value = [m.text, box.value].filter(Boolean).join("\n\n");
    save();
    show();
    count();
    grow();
    box.focus();
  }

  function count() {
    const left = box.maxLength - box.value.length;
    if (left < 300) page.put(el("left"), "write.left", { n: left });
    else page.clear(el("left"));
  }

  function grow() {
    box.rows = 2;
    const line = parseFloat(getComputedStyle(box).lineHeight) || 27;
    box.rows = Math.min(7, Math.max(2, Math.round((box.scrollHeight - 20) / line)));
  }

  // --- coming and going ---

  function stay() {
    const now = Date.now();
    if (!open || now - stayed < 240000) return;
    stayed = now;
    page.call("/p/stay").then((a) => a.status === 401 && ended()).catch(() => (stayed = 0));
  }

  function ended() {
    if (!open) return;
    const draft = box.value.trim() !== "" || outbox.length > 0;
    close();
    page.ended(draft);
  }

  // close takes everything off the screen.
  function close() {
    if (!open) return;
    open = false;
    save();
    if (source) source.close();
    source = null;
    clearInterval(polling);
    clearTimeout(ending);
    clearTimeout(retry);
    entries = [];
    outbox = [];
    emergencies = {};
    reading = null;
    received = false;
    alarmed = false;
    shown = false;
    list.textContent = "";
    box.value = "";
    el("log").setAttribute("aria-live", "off");
    page.clear(el("state"));
    el("reading").textContent = el("alert").textContent = "";
  }

  async function leave() {
    close();
    forget();
    page.left();
    for (let n = 0; n < 4; n++) {
      try {
        const answer = await page.call("/p/leave");
        if (answer.status === 204) return;
      } catch (e) {
        // It ends by itself as well.
      }
      await new Promise((done) => setTimeout(done, 2000 * (n + 1)));
    }
  }

  el("form").addEventListener("submit", (e) => {
    e.preventDefault();
    submit();
  });
  box.addEventListener("input", () => {
    count();
    grow();
    save();
    stay();
  });
  for (const kind of ["pointerdown", "keydown", "touchstart"]) document.addEventListener(kind, stay, { passive: true });
  el("leave").addEventListener("click", () => {
    if (outbox.length > 0 || box.value.trim() !== "") {
      if (el("ask").showModal) return el("ask").showModal();
      if (!window.confirm(page.t("leave.title") + " " + page.t("leave.text"))) return;
    }
    leave();
  });
  el("ask").addEventListener("close", () => {
    const go = el("ask").returnValue === "go";
    el("ask").returnValue = "";
    if (go) leave();
  });
  window.addEventListener("online", () => {
    if (!open) return;
    read();
    tries = 0;
    pump();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && read());

  return {
    close,
    speak() {
      if (open) show();
    },
    open(where) {
      if (open) close();
      open = true;
      place = where;
      const kept = load();
      box.value = typeof kept.draft === "string" ? kept.draft : "";
      outbox = Array.isArray(kept.outbox) ? kept.outbox : [];
      for (const m of outbox) if (m.state !== "refused") m.state = "waiting";
      emergencies = kept.emergencies || {};
      stayed = Date.now();
      count();
      grow();
      el("thread-title").focus({ preventScroll: true });
      read().then(() => {
        pump();
        if (open && !source) listen();
      });
      polling = setInterval(() => (!source || source.readyState !== 1) && document.visibilityState === "visible" && read(), 30000);
    },
  };
}
