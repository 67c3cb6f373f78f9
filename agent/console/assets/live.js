// The page follows the clinic's queue, and says when it does not. One tab of a
// browser holds the stream and tells the others, since a browser opens only a
// few connections to one server.
import { board, page, refresh, say, setting } from "./inbox.js";

const $ = (id) => document.getElementById(id);
const silentAfter = 18_000; // a heartbeat is every 15 s
const pollEvery = 5_000;
const tickEvery = 30_000; // times on the page move on
const clinic = setting("clinic");

let last = $("pulse")?.dataset.revision || "";
let heard = Date.now(); // by this page's clock
let since = Number($("pulse")?.dataset.since || Date.now()); // what is shown lacks nothing up to here
let fresh = $("pulse")?.dataset.fresh !== "false";
let byPoll = false, spoken = false, shown = "";
let source = null, leading = false, over = false, retry = 0;

const channel = "BroadcastChannel" in self ? new BroadcastChannel("recado-" + clinic) : null;

function time(ms) {
  const options = { hour: "numeric", minute: "2-digit" };
  if (setting("zone") && setting("zone") !== "Local") options.timeZone = setting("zone");
  return new Intl.DateTimeFormat(document.documentElement.lang === "es" ? "es-US" : "en-US", options).format(ms);
}

// --- what the person sees ---

function stale() { return !fresh || Date.now() - heard > silentAfter; }

function draw() {
  const chip = $("live"), strip = $("stale");
  if (!chip) return;
  let state = "live", text = setting(byPoll ? "poll" : "live");
  if (!spoken && !stale()) [state, text] = ["connecting", setting("connecting")];
  if (stale()) [state, text] = ["stale", setting("stale").replace("{time}", time(since))];
  const sign = state + text;
  if (sign === shown) return;
  const was = shown;
  shown = sign;
  chip.hidden = false;
  chip.dataset.state = state;
  chip.textContent = text;
  strip.hidden = state !== "stale";
  if (state === "stale") {
    const words = setting("staleText").replace("{time}", time(since));
    $("stale-text").textContent = words;
    if (!was.startsWith("stale")) say(words);
  } else if (was.startsWith("stale")) {
    say(setting("back"));
  }
}

// --- what comes in ---

function take(message, relayed) {
  if (!relayed) channel?.postMessage(message);
  heard = Date.now();
  spoken = true;
  byPoll = false;
  retry = 0;
  if (message.id) last = message.id;
  switch (message.kind) {
    case "beat": {
      const back = !fresh && message.fresh;
      fresh = message.fresh;
      since = message.fresh ? Date.now() : message.since;
      if (back) bring();
      break;
    }
    case "change":
    case "reload":
      since = Date.now();
      soon();
      break;
    case "out":
      out();
      break;
  }
  draw();
}

let waiting;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(bring, 120);
}

async function bring() {
  try {
    await refresh();
  } catch {
    // the next beat, poll or tick tries again
  }
}

// out leaves nothing of a patient on the screen of somebody who is signed out.
function out() {
  if (over) return;
  over = true;
  source?.close();
  board()?.replaceChildren();
  location.replace("/staff/sign-in?why=idle&next=" + encodeURIComponent(location.pathname));
}
document.addEventListener("recado:out", out);

// --- the stream ---

function connect() {
  if (over || !leading) return;
  source?.close();
  source = new EventSource(`/staff/events?clinic=${encodeURIComponent(clinic)}&after=${encodeURIComponent(last)}`);
  const on = (name, f) => source.addEventListener(name, (event) => f(event, JSON.parse(event.data)));
  on("beat", (event, b) => take({ kind: "beat", id: event.lastEventId, fresh: b.fresh, since: b.since }));
  on("change", (event, c) => take({ kind: "change", id: event.lastEventId, case: c.case }));
  on("reload", (event) => take({ kind: "reload", id: event.lastEventId }));
  on("signed-out", () => take({ kind: "out" }));
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
    retry = Math.min(retry + 1, 5);
    setTimeout(connect, 500 * 2 ** retry * (0.75 + Math.random() / 2));
    check();
  };
}

// check finds out whether a refused stream means that one is signed out.
async function check() {
  try {
    const answer = await fetch("/staff/session", { headers: { Accept: "application/json" } });
    if (answer.status === 401) out();
  } catch {
    // the server is away
  }
}

// poll is for when the stream does not come through, as behind some proxies.
let polling = false;
async function poll() {
  if (polling || over) return;
  polling = true;
  try {
    const query = new URL(board()?.dataset.part || "/", location.href).search;
    const answer = await fetch(`/staff/${encodeURIComponent(clinic)}/cases.json${query}`, {
      headers: { Accept: "application/json" }, signal: AbortSignal.timeout(4000),
    });
    if (answer.status === 401) return out();
    if (!answer.ok) return;
    const said = await answer.json();
    const moved = String(said.revision) !== String(last), back = !fresh;
    heard = Date.now();
    spoken = byPoll = true;
    fresh = said.fresh;
    since = said.fresh ? heard : Date.parse(said.since);
    last = String(said.revision);
    if (moved || back) await bring();
  } catch {
    // stale, and shown so
  } finally {
    polling = false;
    draw();
  }
}

// wake is after sleep, being offline, or being hidden: nobody knows what was
// missed.
function wake() {
  if (over) return;
  if (leading && (Date.now() - heard > 16_000 || !source || source.readyState === EventSource.CLOSED)) connect();
  bring();
  draw();
}

function lead() {
  leading = true;
  connect();
}

channel?.addEventListener("message", (event) => take(event.data, true));
if (board() && clinic) {
  if (channel && navigator.locks) {
    // Whoever has the lock has the stream; when that tab goes, another gets it.
    navigator.locks.request("recado-stream-" + clinic, () => new Promise(lead)).catch(lead);
  } else {
    lead();
  }
  const opened = Date.now();
  setInterval(draw, 1000);
  setInterval(() => {
    // A stream that has said nothing since it was opened, or fell silent.
    if (Date.now() - heard > silentAfter || !fresh || (!spoken && Date.now() - opened > pollEvery) || byPoll) poll();
  }, pollEvery);
  setInterval(() => { if (!document.hidden) bring(); }, tickEvery);
  addEventListener("online", wake);
  addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  document.addEventListener("resume", wake);
  $("stale-try")?.addEventListener("click", () => {
    if (leading) connect();
    poll();
  });
  draw();
}
