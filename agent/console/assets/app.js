// What every page does by itself: confirm questions, and the warning before
// the session ends. Pages work without it.

const $ = (id) => document.getElementById(id);
const body = document.body;

export const lang = document.documentElement.lang;
export const keysOn = body.dataset.keys !== "off";
export const soundsOn = body.dataset.sounds !== "off";

export function clock(at) {
  return new Date(at).toLocaleTimeString(lang === "es" ? "es-US" : "en-US", { hour: "numeric", minute: "2-digit" });
}

// post sends a form's fields, or JSON, and returns what the server says.
// An answer that is no success throws an Error with its text.
export async function post(path, fields, json = false) {
  const options = { method: "POST", headers: { Accept: "application/json" } };
  if (json) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(fields);
  } else {
    options.body = new URLSearchParams(fields);
  }
  const answer = await fetch(path, options);
  let said = {};
  if ((answer.headers.get("Content-Type") || "").startsWith("application/json")) said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.error || String(answer.status)), { status: answer.status, said });
  return said;
}

// A form with data-confirm="dialog's id" is sent once the dialog says yes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const id = form.dataset.confirm;
  if (!id || form.dataset.sure) return;
  const dialog = $(id);
  if (!dialog?.showModal) return;
  event.preventDefault();
  const submitter = event.submitter;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.sure = "yes";
    form.requestSubmit(submitter);
    delete form.dataset.sure;
  }, { once: true });
});

// A form is sent once, however often it is clicked.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Menus close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// The session's end. Other pages of the same browser may move it, so the
// server is asked before anybody is frightened. Asking does not move it.
const warnFor = 60_000;
let ends = Number(body.dataset.ends || 0);
let skew = 0; // of this clock, so that a wrong one warns in time
let timer;

function plan() {
  clearTimeout(timer);
  if (!ends) return;
  const left = ends - Date.now() - skew;
  timer = setTimeout(look, Math.min(Math.max(left - warnFor, left > 0 ? Math.min(left, 1000) : 0), 5 * 60_000));
}

async function look() {
  try {
    const answer = await fetch("/staff/session", { headers: { Accept: "application/json" } });
    if (answer.status === 401) return leave();
    if (answer.ok) {
      const said = await answer.json();
      ends = said.ends;
      skew = said.now - Date.now();
    }
  } catch {
    // without the server the last known end counts
  }
  const left = ends - Date.now() - skew;
  const dialog = $("leaving");
  if (left <= 0) return leave();
  if (left <= warnFor + 1000) {
    $("leaving-text").textContent = dialog.dataset.text.replace("{clock}", clock(ends - skew));
    if (!dialog.open) dialog.showModal();
  } else if (dialog.open) {
    dialog.close();
  }
  plan();
}

function leave() {
  const dialog = $("leaving");
  location.replace(dialog ? dialog.dataset.leave : "/staff/sign-in");
}

$("stay")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  delete event.target.dataset.sent;
  try {
    ends = (await post("/staff/stay", {})).ends;
    $("leaving").close();
    plan();
  } catch {
    leave();
  }
}, true);
$("leaving")?.addEventListener("cancel", (event) => {
  // Escape says that somebody is there.
  event.preventDefault();
  $("stay").requestSubmit();
});
// A page from the browser's memory shows nothing to whoever comes after.
addEventListener("pageshow", (event) => { if (event.persisted && ends) look(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && ends) look(); });
plan();

document.documentElement.dataset.ready = "yes";
