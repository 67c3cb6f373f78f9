import { clock, linked } from "./text.js";

const texts = JSON.parse(document.getElementById("texts").textContent);
const el = (id) => document.getElementById(id);
const list = el("messages"), scroll = el("scroll"), state = el("state"), box = el("text");

// The transcript lives in this tab only, and ends with it.
const store = {
  load() {
    try {
      return JSON.parse(sessionStorage.getItem("recado")) || {};
    } catch {
      return {};
    }
  },
  save() {
    try {
      sessionStorage.setItem("recado", JSON.stringify({ lang, entries, last }));
    } catch {
      // A full or forbidden storage costs the transcript at a reload, nothing else.
    }
  },
};

const saved = store.load();
let lang = texts[saved.lang] ? saved.lang : document.body.dataset.lang;
let entries = Array.isArray(saved.entries) ? saved.entries : [];
let last = saved.last ?? null; // id of the last server-sent event
let started = false; // this browser has its cookie
let source = null, waiting = null, heard = 0, busy = Promise.resolve(), epoch = 0;

const t = (key) => texts[lang][key] || key;

// --- language ---

function speak(code) {
  lang = code;
  document.documentElement.lang = code;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of document.querySelectorAll("[data-title]")) node.title = t(node.dataset.title);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-set]")) node.setAttribute("aria-pressed", String(node.dataset.set === code));
  count();
}

// --- messages ---

function node(tag, className, text) {
  const n = document.createElement(tag);
  if (className) n.className = className;
  if (text !== undefined) n.textContent = text;
  return n;
}

function keyed(tag, className, key) {
  const n = node(tag, className, t(key));
  n.dataset.text = key;
  return n;
}

function draw(entry) {
  const row = node("li", "row " + (entry.mine ? "mine" : "clinic"));
  row.id = "m-" + entry.id;
  const bubble = node("div", "bubble" + (entry.emergency ? " emergency" : ""));
  const who = keyed("span", "hidden", entry.mine ? "you" : "assistant");
  bubble.append(who);
  if (entry.emergency) {
    const head = node("p", "siren");
    head.lang = texts[entry.lang] ? entry.lang : lang;
    head.append(node("strong", "", texts[head.lang].emergency));
    bubble.append(head);
  }
  const text = node("p", "words");
  if (entry.lang) text.lang = entry.lang;
  text.append(entry.mine ? entry.text : linked(entry.text));
  bubble.append(text);
  row.append(bubble);
  const foot = node("div", "foot");
  const time = node("time", "", clock(entry.at, lang));
  time.dateTime = entry.at;
  foot.append(time);
  if (entry.mine) {
    foot.append(keyed("span", "mark-" + entry.state, entry.state));
    if (entry.state === "failed") {
      row.classList.add("bad");
      if (entry.error) foot.append(keyed("span", "why", entry.error));
      const again = keyed("button", "again", "retry");
      again.type = "button";
      again.addEventListener("click", () => {
        box.focus();
        queue(entry);
      });
      foot.append(again);
    }
  }
  row.append(foot);
  return row;
}

function show(entry) {
  const near = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
  const row = draw(entry), before = el("m-" + entry.id);
  if (before) before.replaceWith(row);
  else list.append(row);
  if (near || entry.mine) scroll.scrollTop = scroll.scrollHeight;
  el("chips").hidden = entries.length > 0;
}

function set(entry, change) {
  Object.assign(entry, change);
  if (!entries.includes(entry)) return; // its conversation was cleared
  store.save();
  show(entry);
}

// --- sending ---

function write(text) {
  const entry = { id: crypto.randomUUID(), mine: true, text, at: new Date().toISOString(), state: "sending" };
  entries.push(entry);
  queue(entry);
}

// One at a time: messages arrive in the order in which they were written.
function queue(entry) {
  set(entry, { state: "sending", error: null });
  busy = busy.then(() => post(entry));
}

async function post(entry) {
  const mine = epoch, before = heard;
  if (!entries.includes(entry)) return;
  let answer;
  try {
    let body;
    // The cookie comes before the message: a message whose answer is lost is
    // then offered again by the same visitor. A cookie that is gone or no
    // longer known is renewed once.
    for (let tries = 2; tries > 0; tries--) {
      if (!started) {
        answer = await send("/chat/start");
        if (answer.status !== 204) {
          body = await answer.json();
          break;
        }
        started = true;
        answer = null;
      }
      if (mine !== epoch) return;
      answer = await send("/chat/messages", { id: entry.id, text: entry.text });
      body = await answer.json();
      if (body.error !== "error_start") break;
      started = false;
      source?.close(); // it waits for the replies of another visitor
    }
    if (mine !== epoch) return;
    if (answer.status !== 202) {
      set(entry, { state: "failed", error: texts[lang][body.error] ? body.error : "error_unavailable" });
      return;
    }
    if (last === null) last = String(body.after);
    set(entry, { state: "sent" });
    if (heard === before) wait(); // a reply may be faster than the answer to the post
    listen();
  } catch {
    if (mine === epoch) set(entry, { state: "failed", error: answer ? "error_unavailable" : "error_network" });
  }
}

function send(path, content) {
  return fetch(path, {
    method: "POST",
    headers: content ? { "Content-Type": "application/json" } : {},
    body: content && JSON.stringify(content),
    signal: AbortSignal.timeout(15000),
  });
}

// --- replies ---

function listen() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  const mine = epoch;
  source = new EventSource("/chat/events?after=" + encodeURIComponent(last ?? "0"));
  source.addEventListener("open", () => tell(waiting ? "typing" : null));
  source.addEventListener("reply", (e) => {
    if (mine !== epoch) return;
    reached(e);
    heard++;
    const r = JSON.parse(e.data);
    if (!entries.some((known) => known.id === r.id)) {
      const entry = { id: r.id, text: r.text, lang: r.language, emergency: r.emergency, at: r.at };
      entries.push(entry);
      rest();
      set(entry, {});
      if (entry.emergency) alarm(entry);
    }
    store.save();
  });
  source.addEventListener("withheld", (e) => {
    if (mine !== epoch) return;
    reached(e);
    heard++;
    rest();
    store.save();
  });
  source.addEventListener("error", () => {
    if (mine !== epoch) return;
    if (waiting) tell("offline");
    if (source.readyState === EventSource.CLOSED) setTimeout(() => mine === epoch && listen(), 3000);
  });
}

// An event without an id comes again after a reconnection.
function reached(e) {
  if (e.lastEventId) last = e.lastEventId;
}

function alarm(entry) {
  el("alert").lang = entry.lang || lang;
  el("alert").textContent = (texts[entry.lang] || texts[lang]).emergency + ": " + entry.text;
}

function tell(key) {
  state.replaceChildren();
  if (!key) return;
  if (key === "typing") {
    const dots = node("span", "dots");
    dots.setAttribute("aria-hidden", "true");
    dots.append(node("i"), node("i"), node("i"));
    state.append(dots, keyed("span", "hidden", key));
  } else {
    state.append(keyed("span", "note", key));
  }
  scroll.scrollTop = scroll.scrollHeight;
}

function wait() {
  clearTimeout(waiting);
  tell("typing");
  waiting = setTimeout(() => {
    waiting = null;
    tell("slow");
  }, 25000);
}

function rest() {
  clearTimeout(waiting);
  waiting = null;
  tell(null);
}

// --- the page ---

function count() {
  const left = box.maxLength - box.value.length;
  el("left").textContent = left < 200 ? left + " " + t("left") : "";
  el("send").disabled = box.value.trim() === "";
}

function grow() {
  box.rows = 1;
  const line = parseFloat(getComputedStyle(box).lineHeight) || 24;
  const pad = box.clientHeight - line;
  box.rows = Math.min(5, Math.max(1, Math.round((box.scrollHeight - pad) / line)));
}

function submit() {
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  count();
  grow();
  write(text);
}

async function startNew() {
  epoch++;
  started = false;
  source?.close();
  source = null;
  entries = [];
  last = null;
  rest();
  list.replaceChildren();
  el("alert").textContent = "";
  el("chips").hidden = false;
  store.save();
  busy = busy.then(() => fetch("/chat/new", { method: "POST" })).catch(() => {});
  box.focus();
}

el("form").addEventListener("submit", (e) => {
  e.preventDefault();
  submit();
});
let shift = false;
box.addEventListener("keydown", (e) => {
  shift = e.shiftKey;
  if (e.key === "Enter" && !shift && !e.isComposing) {
    e.preventDefault();
    submit();
  }
});
// Some phone keyboards send no key for Enter, only its line break.
box.addEventListener("beforeinput", (e) => {
  if (e.inputType === "insertLineBreak" && !shift) {
    e.preventDefault();
    submit();
  }
});
box.addEventListener("input", () => {
  count();
  grow();
});
for (const chip of el("chips").children) {
  chip.addEventListener("click", () => {
    write(chip.textContent);
    box.focus(); // the chips are gone, and the focus would be with them
  });
}
for (const button of document.querySelectorAll("[data-set]")) {
  button.addEventListener("click", () => {
    speak(button.dataset.set);
    store.save();
  });
}
el("new").addEventListener("click", () => (entries.length ? el("ask").showModal() : box.focus()));
el("ask").addEventListener("close", () => {
  if (el("ask").returnValue === "yes") startNew();
  el("ask").returnValue = "";
});

// A message whose outcome this tab never learnt is offered again under the
// same id: sent twice it is still one message.
for (const entry of entries) if (entry.state === "sending") Object.assign(entry, { state: "failed", error: null });
speak(lang);
scroll.setAttribute("aria-live", "off");
for (const entry of entries) show(entry);
requestAnimationFrame(() => scroll.setAttribute("aria-live", "polite"));
if (entries.some((e) => e.state === "sent")) listen();
document.documentElement.dataset.ready = "yes";
