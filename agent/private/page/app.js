// The way in: from a link to a visit. The token of the link is in the fragment,
// which goes to no server; it leaves the address as soon as it was opened.
import { clock, fill, linked } from "./text.js";
import { thread } from "./thread.js";

const texts = JSON.parse(document.getElementById("texts").textContent);
const settings = JSON.parse(document.getElementById("settings").textContent);
const el = (id) => document.getElementById(id);

let lang = document.body.dataset.lang;
let chosen = remembered(); // by the switch
let clinic = settings.clinic;
let place = ""; // of which conversation this is
let channel = "sms";
let step = "opening";
let waking = null; // what waits to be tried again
let newAt = 0, lockedUntil = 0; // by performance.now()

// --- language ---

function remembered() {
  try {
    const l = localStorage.getItem("recado-language");
    return texts[l] ? l : "";
  } catch (e) {
    return "";
  }
}

function t(key, values) {
  return fill(texts[lang][key] || key, Object.assign({ clinic: clinic.name, phone: clinic.phone, days: settings.days, minutes: settings.minutes, links: settings.links }, values));
}

// put shows a text, which follows the language from then on.
function put(node, key, values) {
  node.dataset.text = key;
  node.dataset.values = values ? JSON.stringify(values) : "";
  write(node);
}

// clear takes a text back.
function clear(node) {
  delete node.dataset.text;
  node.textContent = "";
}

// write leaves a node alone that says it already: a screen reader would read
// it out again, and a link in it would lose the focus.
function write(node) {
  const text = t(node.dataset.text, node.dataset.values ? JSON.parse(node.dataset.values) : {});
  if (node.textContent === text && node.dataset.said === text) return;
  node.dataset.said = text;
  if (node.closest("button, label, a")) {
    node.textContent = text;
    return;
  }
  node.textContent = "";
  node.append(linked(text));
}

function speak(code) {
  lang = code;
  document.documentElement.lang = code;
  document.title = t("top.title") + (clinic.name ? " – " + clinic.name : "");
  el("clinic").textContent = clinic.name;
  for (const node of document.querySelectorAll("[data-text]")) write(node);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of document.querySelectorAll("[data-set]")) node.setAttribute("aria-pressed", String(node.dataset.set === code));
  where();
  beat();
  room.speak();
}

function where() {
  const known = texts[lang]["code." + channel] ? channel : "sms";
  put(el("code-where"), "code." + known);
  put(el("again-where"), "again." + known);
  el("code-closed").hidden = channel !== "web";
}

// --- steps ---

function show(name, quietly) {
  const changed = step !== name;
  step = name;
  document.body.dataset.step = name;
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== "step-" + name;
  document.querySelector(".skip").hidden = name !== "thread";
  if (name !== "thread") room.close();
  if (changed && !quietly) {
    const field = name === "code" ? el("code") : name === "birthdate" ? el("month") : el("step-" + name).querySelector("h1");
    if (name !== "thread") field.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

const seconds = () => performance.now() / 1000;

// beat counts down what has to wait.
function beat() {
  const wait = Math.ceil(newAt - seconds());
  const soon = el("code-soon");
  el("code-new").hidden = wait > 0;
  soon.hidden = !(wait > 0 && wait <= 120);
  if (!soon.hidden) put(soon, "code.soon", { seconds: wait });
  const locked = Math.ceil(lockedUntil - seconds());
  el("locked-after").hidden = locked > 0;
  if (lockedUntil) put(el("locked-text"), "locked.text", { time: clock(Date.now() + locked * 1000, lang) });
}

// call posts, and throws where no answer comes.
async function call(path, body) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 20000);
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}),
      credentials: "same-origin", cache: "no-store", signal: stop.signal,
    });
    const text = await answer.text();
    return { status: answer.status, data: text ? JSON.parse(text) : {} };
  } finally {
    clearTimeout(late);
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// opening finds out where the patient is; token is empty on the way back.
let turn = 0;
async function opening(token) {
  const mine = ++turn;
  show("opening");
  el("slow").hidden = true;
  const slow = setTimeout(() => (el("slow").hidden = false), 6000);
  try {
    for (let tries = 0; mine === turn; tries++) {
      let answer = null;
      try {
        answer = await call("/p/open", token ? { token: token } : {});
      } catch (e) {
        // offline, or no answer
      }
      if (mine !== turn) return;
      if (!answer || answer.status >= 500 || (answer.data.error === "too_fast" && !answer.data.step)) {
        if (tries > 0) show("offline");
        await asleep(Math.min(3000 * (tries + 1), 15000));
        continue;
      }
      // A link may be quicker than the record that it leads to.
      if (answer.data.error === "unknown" && token && tries < 4) {
        await pause(1500 * (tries + 1));
        continue;
      }
      if (answer.data.step) history.replaceState(null, "", location.pathname);
      enter(answer.data);
      return;
    }
  } finally {
    clearTimeout(slow);
  }
}

// asleep waits, or until something says that it is worth another try.
function asleep(ms) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    waking = () => {
      clearTimeout(timer);
      done();
    };
  });
}

function wake() {
  if (waking) waking();
  waking = null;
}

// enter shows what the server says.
function enter(data) {
  if (data.clinic && data.clinic.name) clinic = data.clinic;
  if (data.channel) channel = data.channel;
  if (data.place) place = data.place;
  const speaks = chosen || (texts[data.language] ? data.language : lang);
  if (data.step) speak(speaks);
  timing(data);
  switch (data.error) {
    case "locked":
      return show("locked");
    case "stopped":
      return show("stopped");
    case "no_channel":
      return show("channel");
    case "unknown":
      return show("unknown");
    case "no_link":
      return show("nolink");
    case "expired":
      return show("expired");
  }
  el("code-quiet").hidden = !data.quiet;
  complain("again-error", data.error ? data : null);
  switch (data.step) {
    case "code":
      el("code").value = "";
      complain("code-error", null);
      return show("code");
    case "again":
      return show("again");
    case "birthdate":
      return show("birthdate");
    case "thread":
      show("thread");
      return room.open(place);
  }
  show("offline");
}

function timing(data) {
  if (data.error === "locked") lockedUntil = seconds() + data.wait;
  if (data.step === "code" || data.error === "later") newAt = seconds() + (data.wait || 0);
  beat();
}

// complain says what was wrong; null takes it back.
function complain(id, data) {
  const node = el(id);
  clear(node);
  const field = { "code-error": el("code") }[id];
  if (field) field.setAttribute("aria-invalid", String(Boolean(data)));
  if (!data) return;
  const dated = id === "birthdate-error" ? "birthdate" : "code";
  switch (data.error) {
    case "code_form":
      return put(node, "code.form");
    case "birthdate_form":
      return put(node, "birthdate.form");
    case "code_wrong":
      return put(node, data.left > 1 ? dated + ".wrong" : dated + ".last", { n: data.left });
    case "code_old":
      return put(node, "code.old");
    case "later":
      if (data.wait <= 120) return put(node, "code.soon", { seconds: data.wait });
      return put(node, "code.later", { time: clock(Date.now() + data.wait * 1000, lang) });
  }
  put(node, "offline.text");
}

// --- forms ---

// working keeps a form from being sent twice.
let busy = false;
async function working(button, work) {
  if (busy) return;
  busy = true;
  button.setAttribute("aria-disabled", "true");
  button.classList.add("busy");
  try {
    await work();
  } finally {
    busy = false;
    button.removeAttribute("aria-disabled");
    button.classList.remove("busy");
  }
}

const gone = ["locked", "stopped", "no_channel", "unknown", "no_link", "expired"];

function answering(form, errors, field, body) {
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    working(form.querySelector("[type=submit]"), async () => {
      let answer;
      try {
        answer = await call("/p/code", body());
      } catch (e) {
        complain(errors, { error: "offline" });
        return;
      }
      if (answer.data.step || gone.includes(answer.data.error)) return enter(answer.data);
      complain(errors, answer.data);
      if (answer.data.error === "code_old") newAt = 0;
      beat();
      field.focus();
      field.select();
    });
  });
}

answering(el("code-form"), "code-error", el("code"), () => ({ code: el("code").value }));
answering(el("birthdate-form"), "birthdate-error", el("month"), () => ({
  month: parseInt(el("month").value, 10) || 0, day: parseInt(el("day").value, 10) || 0, year: parseInt(el("year").value, 10) || 0,
}));

// asking is a button that asks for a code.
function asking(button, errors) {
  button.addEventListener("click", () =>
    working(button, async () => {
      put(el("code-state"), "code.checking");
      let answer;
      try {
        answer = await call("/p/code/new");
      } catch (e) {
        answer = { data: { error: "offline" } };
      }
      clear(el("code-state"));
      if (answer.data.step || gone.includes(answer.data.error)) {
        enter(answer.data);
        if (answer.data.step === "code") {
          put(el("code-state"), "code.sent");
          el("code").focus();
        }
        return;
      }
      timing(answer.data);
      complain(errors, answer.data);
    }),
  );
}

asking(el("code-new"), "code-error");
asking(el("again-send"), "again-error");
asking(el("ended-send"), "ended-error");
asking(el("locked-after"), "again-error");
asking(el("stopped-after"), "again-error");

// --- the page ---

const room = thread({
  t, put, clear, call,
  lang: () => lang,
  ended(draft) {
    el("ended-draft").hidden = !draft;
    complain("ended-error", null);
    show("ended");
  },
  left() {
    place = "";
    show("left");
  },
});

for (const button of document.querySelectorAll("[data-set]")) {
  button.addEventListener("click", () => {
    chosen = button.dataset.set;
    try {
      localStorage.setItem("recado-language", chosen);
    } catch (e) {
      // It is forgotten with this page.
    }
    speak(chosen);
  });
}
el("offline-again").addEventListener("click", wake);
window.addEventListener("online", wake);
window.addEventListener("hashchange", () => start());
// A page that comes back from the history has to ask again: it may have been
// closed meanwhile.
window.addEventListener("pageshow", (e) => {
  if (e.persisted) location.reload();
});
setInterval(beat, 1000);

function start() {
  const token = location.hash.slice(1);
  opening(/^[A-Za-z0-9_-]{20,128}$/.test(token) ? token : "");
}

if (settings.days > 0) el("keep").dataset.text = "thread.keepdays";
speak(chosen || lang);
start();
document.documentElement.dataset.ready = "yes";
