// Single keys for those who work here all day. They are silent while somebody
// types, and can be turned off.
import { board, setting } from "./inbox.js";

const $ = (id) => document.getElementById(id);
const name = "recado-keys-" + setting("person");
let on = document.body.dataset.keys !== "off";
try {
  on = on && localStorage.getItem(name) !== "off";
} catch {
  // as the page says
}

function turn(to) {
  on = to;
  try {
    if (on) localStorage.removeItem(name);
    else localStorage.setItem(name, "off");
  } catch {
    // it holds for this page
  }
  draw();
}

function draw() {
  const button = $("keys-switch"), box = $("alert-keys");
  if (button) button.textContent = on ? button.dataset.whenOn : button.dataset.whenOff;
  if (box) box.checked = on;
  document.documentElement.dataset.keys = on ? "on" : "off";
}

const rows = () => [...board().querySelectorAll("[data-case]")];
const current = () => document.activeElement?.closest("[data-case]") || board().querySelector("[data-case].at");

function step(by) {
  const all = rows();
  if (!all.length) {
    const to = board().dataset[by > 0 ? "after" : "before"];
    if (to) location.assign(to);
    return;
  }
  const now = all.indexOf(current());
  const next = all[Math.max(0, Math.min(all.length - 1, now < 0 ? (by > 0 ? 0 : all.length - 1) : now + by))];
  for (const row of all) row.classList.toggle("at", row === next);
  next.querySelector(".item-open").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function toForm(id) {
  const row = current();
  if (row) {
    location.assign(row.querySelector(".item-open").href + "#" + id);
    return;
  }
  const part = $(id);
  if (!part) return;
  const field = part.querySelector("textarea, input:not([type=hidden]):not(:disabled), button");
  part.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}

const does = {
  j: () => step(1),
  k: () => step(-1),
  o: () => {
    const row = current();
    if (row) row.querySelector(".item-open").click();
    else $("do-open")?.click();
  },
  c: () => {
    const row = current();
    const button = row ? row.querySelector("[data-focus=claim]") : $("do-claim") || $("do-seen") || $("do-speak");
    button?.click();
  },
  r: () => toForm("reply"),
  p: () => toForm("write"),
  n: () => toForm("note"),
  e: () => toForm("resolve"),
  "/": () => $("find")?.focus(),
  "?": () => $("keys")?.showModal(),
};

let g = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const at = event.target;
  const typing = at instanceof Element && at.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  if (event.key === "Escape" && typing && !document.querySelector("dialog[open]")) {
    at.blur();
    return;
  }
  if (!on || typing || !board() || document.querySelector("dialog[open]")) return;
  if (g && Date.now() - g < 1500 && event.key === "q") {
    g = 0;
    event.preventDefault();
    location.assign("/staff/" + setting("clinic"));
    return;
  }
  g = event.key === "g" ? Date.now() : 0;
  const f = does[event.key];
  if (!f) return;
  event.preventDefault();
  f();
});

$("keys-open")?.addEventListener("click", () => $("keys").showModal());
$("keys-switch")?.addEventListener("click", () => turn(!on));
$("alert-keys")?.addEventListener("change", (event) => turn(event.target.checked));
draw();
document.documentElement.dataset.inbox = "ready";
