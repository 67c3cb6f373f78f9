// Rings, notifies, and counts in the tab's title and icon, while something
// waits that nobody has taken. Nothing here tells about a patient.
import { setting } from "./inbox.js";

const $ = (id) => document.getElementById(id);
const person = setting("person");
const store = {
  get(key, standard) {
    try {
      return JSON.parse(localStorage.getItem(`recado-${key}-${person}`)) ?? standard;
    } catch {
      return standard;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`recado-${key}-${person}`, JSON.stringify(value));
    } catch {
      // the setting holds for this page
    }
  },
};
let sound = store.get("sound", false) && document.body.dataset.sounds !== "off", desktop = store.get("desktop", false);

function pulse() {
  const d = $("pulse")?.dataset || {};
  const n = (key) => Number(d[key] || 0);
  return { emergency: n("emergency"), urgent: n("urgent"), other: n("other"), first: d.first || "", path: d.firstPath || "" };
}

// --- title and icon ---

const title = document.title;
function count() {
  const p = pulse(), all = p.emergency + p.urgent + p.other, pressing = p.emergency + p.urgent > 0;
  document.title = all ? `(${all}${p.emergency ? " !" : ""}) ${title}` : title;
  const link = document.querySelector("link[rel=icon]");
  const href = all ? `/staff/badge?n=${Math.min(all, 10)}&pressing=${pressing ? 1 : 0}` : "/staff/assets/icon.svg";
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
  const badge = $("count");
  if (badge) {
    badge.hidden = !all;
    badge.textContent = all;
  }
}

// --- sound: tones, no file ---

let audio = null;
function arm() {
  if (!sound) return;
  audio ||= new AudioContext();
  if (audio.state === "suspended") audio.resume().then(drawSettings, () => {});
  drawSettings();
}

function tone(at, hertz, long, loud) {
  const o = audio.createOscillator(), g = audio.createGain();
  o.type = "sine";
  o.frequency.value = hertz;
  g.gain.setValueAtTime(0, at);
  g.gain.linearRampToValueAtTime(loud, at + 0.02);
  g.gain.exponentialRampToValueAtTime(0.001, at + long);
  o.connect(g).connect(audio.destination);
  o.start(at);
  o.stop(at + long + 0.05);
}

const tunes = {
  emergency: [[0, 880], [0.18, 660], [0.36, 880], [0.54, 660]],
  urgent: [[0, 660], [0.22, 784]],
  other: [[0, 523]],
};

export let rung = 0;
function ring(kind) {
  if (!audio || audio.state !== "running") return false;
  for (const [after, hertz] of tunes[kind]) tone(audio.currentTime + 0.02 + after, hertz, 0.32, kind === "other" ? 0.08 : 0.22);
  rung++;
  document.documentElement.dataset.rung = rung;
  return true;
}

// --- one tab of a browser rings ---

let chief = !navigator.locks;
navigator.locks?.request("recado-alarm-" + setting("clinic"), () => new Promise(() => { chief = true; })).catch(() => { chief = true; });

const every = { emergency: 12_000, urgent: 30_000, other: Infinity };
let lastRing = 0, lastNotice = 0, before = null;

function alarm() {
  const p = pulse();
  const kind = p.emergency ? "emergency" : p.urgent ? "urgent" : p.other ? "other" : "";
  const more = before && (p.emergency > before.emergency || p.urgent > before.urgent || p.other > before.other);
  const fresh = more ? (p.emergency > before.emergency ? "emergency" : p.urgent > before.urgent ? "urgent" : "other") : "";
  before = p;
  if (!kind || !chief) return;
  const now = Date.now();
  const due = fresh || (now - lastRing >= every[kind] ? kind : "");
  if (due && sound && ring(due)) lastRing = now;
  if (desktop && (fresh || (kind !== "other" && now - lastNotice >= 60_000)) && document.hidden) notify(fresh || kind, p, now);
}

function notify(kind, p, now) {
  if (!("Notification" in self) || Notification.permission !== "granted") return;
  lastNotice = now;
  const text = setting(kind).replace("{ref}", p.first);
  const n = new Notification(text, { body: setting("body"), tag: "recado", renotify: true, requireInteraction: kind === "emergency", icon: "/staff/assets/icon.svg" });
  n.onclick = () => {
    focus();
    if (p.path) location.assign(p.path);
    n.close();
  };
}

// --- settings ---

function drawSettings() {
  if (!$("alert-sound")) return;
  $("alert-sound").checked = sound;
  $("alert-desktop").checked = desktop && "Notification" in self && Notification.permission === "granted";
  $("alert-armed").hidden = !sound || audio?.state === "running";
  $("alert-denied").hidden = !("Notification" in self) || Notification.permission !== "denied";
  const off = document.querySelector("#alerts-open .alert-off");
  if (off) off.hidden = sound || desktop;
}

$("alerts-open")?.addEventListener("click", () => {
  drawSettings();
  $("alerts").showModal();
});
$("alert-sound")?.addEventListener("change", (event) => {
  sound = event.target.checked;
  store.set("sound", sound);
  arm();
  if (!sound) audio?.suspend();
  drawSettings();
});
$("alert-test")?.addEventListener("click", async () => {
  audio ||= new AudioContext();
  await audio.resume();
  ring("urgent");
  drawSettings();
});
$("alert-desktop")?.addEventListener("change", async (event) => {
  desktop = event.target.checked;
  if (desktop && "Notification" in self && Notification.permission === "default") await Notification.requestPermission();
  if (desktop && (!("Notification" in self) || Notification.permission !== "granted")) desktop = false;
  store.set("desktop", desktop);
  drawSettings();
});
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { if (sound && audio?.state !== "running") arm(); }, { capture: true });

if ($("pulse")) {
  before = pulse();
  arm();
  count();
  drawSettings();
  document.addEventListener("recado:board", () => {
    count();
    alarm();
  });
  setInterval(alarm, 1000);
}
