import { address, chat, el, keyed, known, news, node, save, t } from "./chat.js";
import { bottom, outdate, set } from "./entries.js";

const state = el("state");
const beat = Number(document.body.dataset.beat) || 15000;
let source = null, pause = 0, silence, later, retry;
let waiting = null; // the timer of a reply that is expected
let lost = false, slow = false;

// listen follows the replies from the last one that this page has. The browser
// comes back by itself where a connection breaks; where it gives up, or
// nothing is heard for longer than the server is ever silent, this does.
export function listen() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  clearTimeout(retry);
  const mine = chat.epoch, own = (source = new EventSource(address("/events", { after: chat.last ?? "0" })));
  const on = (kind, act) =>
    own.addEventListener(kind, (e) => {
      if (mine !== chat.epoch || own !== source) return;
      hush();
      act(e);
    });
  on("open", () => {
    pause = 0;
    found();
  });
  on("beat", found);
  on("reply", (e) => {
    found();
    reached(e);
    take(JSON.parse(e.data));
    save();
  });
  for (const kind of ["withheld", "quiet"]) {
    on(kind, (e) => {
      found();
      reached(e);
      rest();
      save();
    });
  }
  own.addEventListener("error", () => {
    if (mine !== chat.epoch || own !== source) return;
    missing();
    if (own.readyState === EventSource.CLOSED) again();
  });
  hush();
}

export function disconnect() {
  for (const timer of [silence, later, retry]) clearTimeout(timer);
  source?.close();
  source = null;
}

function again() {
  disconnect();
  missing();
  pause = Math.min(30000, (pause || 1500) * 2);
  const mine = chat.epoch;
  retry = setTimeout(() => mine === chat.epoch && listen(), pause * (0.75 + Math.random() / 2));
}

// hush begins to wait for the next sign of the server.
function hush() {
  clearTimeout(silence);
  silence = setTimeout(again, 2.5 * beat);
}

// missing says so at once where somebody waits for a reply. Else a connection
// that is back within seconds is no news.
function missing() {
  if (lost) return;
  clearTimeout(later);
  later = setTimeout(
    () => {
      lost = true;
      tell();
    },
    waiting ? 0 : 2500,
  );
}

function found() {
  clearTimeout(later);
  if (!lost) return;
  lost = false;
  tell();
}

function take(r) {
  if (chat.entries.some((known) => known.id === r.id)) {
    chat.heard++;
    return;
  }
  outdate();
  const entry = { id: r.id, text: r.text, lang: r.language, emergency: r.emergency, choices: r.choices, at: r.at };
  chat.entries.push(entry);
  rest();
  set(entry, {});
  if (entry.emergency) alarm(entry);
  news.dispatchEvent(new Event(entry.emergency ? "emergency" : "reply"));
}

// An event without an id comes again after a reconnection.
function reached(e) {
  if (e.lastEventId) chat.last = e.lastEventId;
}

function alarm(entry) {
  const lang = known(entry.lang) ? entry.lang : chat.lang;
  el("alert").lang = lang;
  el("alert").textContent = t("emergency", lang) + ": " + entry.text;
}

// tell says what is going on below the messages.
function tell() {
  const key = lost ? "offline" : waiting ? "typing" : slow ? "slow" : null;
  if (state.dataset.key === (key ?? "")) return;
  state.dataset.key = key ?? "";
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
  bottom();
}

// expect shows that a reply is on its way.
export function expect() {
  clearTimeout(waiting);
  slow = false;
  waiting = setTimeout(() => {
    waiting = null;
    slow = true;
    tell();
  }, 25000);
  tell();
}

// rest ends that.
export function rest() {
  chat.heard++;
  clearTimeout(waiting);
  waiting = null;
  slow = false;
  tell();
}

addEventListener("offline", () => source && missing());
addEventListener("online", () => {
  if (lost || source?.readyState === EventSource.CLOSED) {
    disconnect();
    listen();
  }
});
