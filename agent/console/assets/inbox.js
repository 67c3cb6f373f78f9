// Pages of the inbox change in place: the server writes the HTML, and what is
// different is put where the old was. Whoever types goes on typing, and the
// focus stays where it is. Pages work without this.

const $ = (id) => document.getElementById(id);
export const board = () => $("board");
export const setting = (key) => $("stream")?.dataset[key] ?? "";

// page asks for HTML. It is parsed by the browser and never run: scripts in it
// are dead, and this page's policy lets no string become HTML.
export function page(path, fields) {
  return new Promise((resolve, reject) => {
    const ask = new XMLHttpRequest();
    ask.open(fields ? "POST" : "GET", path);
    ask.responseType = "document";
    ask.timeout = 15_000;
    ask.setRequestHeader("Accept", "text/html");
    ask.onload = () => resolve({ status: ask.status, doc: ask.response, url: ask.responseURL });
    ask.onerror = ask.ontimeout = () => reject(new Error("no answer"));
    if (fields) ask.send(fields);
    else ask.send();
  });
}

// say tells a screen reader.
export function say(text) {
  const line = $("live-say");
  if (line && text) line.textContent = text;
}

// dirty reports whether somebody has put something into a form.
export function dirty(form) {
  for (const f of form.elements) {
    if (f.type === "hidden" || f.tagName === "BUTTON" || f.tagName === "FIELDSET") continue;
    if (f.type === "checkbox" || f.type === "radio") {
      if (f.checked !== f.defaultChecked) return true;
    } else if (f.tagName === "SELECT") {
      if ([...f.options].some((o) => o.selected !== o.defaultSelected) && f.selectedIndex > 0) return true;
    } else if (f.value !== f.defaultValue) return true;
  }
  return false;
}

// kept reports whether a node stays as it is, whatever the server says.
function kept(node, acted) {
  if (!(node instanceof Element) || node === acted) return false;
  switch (node.dataset.keep) {
    case "always": return true;
    case "refresh": return !acted;
    case "open": return node.open;
    case "dirty": return dirty(node) || node.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  }
  return false;
}

const keyOf = (node) => node instanceof Element ? node.dataset.key || node.id : "";

function fits(a, b) {
  if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) return false;
  return keyOf(a) === keyOf(b);
}

// morph makes have like want, changing as little as it can.
export function morph(have, want, acted = null) {
  if (have.nodeType !== Node.ELEMENT_NODE) {
    if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
    return;
  }
  if (kept(have, acted)) return;
  if (have.hasAttribute("data-opened") && !want.hasAttribute("data-opened")) return; // opened words stay until the page goes
  // What was typed is no attribute: in the form that was sent it has to go.
  if (have.isEqualNode(want) && !have.querySelector("form") && !acted?.contains(have)) return;
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && !(name === "open" && have.tagName === "DETAILS") && name !== "data-sent") have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  children(have, want, acted);
  if (have.matches("input[type=hidden], textarea")) have.value = have.defaultValue;
  if (have.matches("input[type=checkbox], input[type=radio]")) have.checked = have.defaultChecked;
}

function children(have, want, acted) {
  const keyed = new Map();
  for (const node of have.children) if (keyOf(node)) keyed.set(keyOf(node), node);
  let at = have.firstChild;
  for (const fresh of [...want.childNodes]) {
    const key = keyOf(fresh);
    let match = null;
    if (key) match = keyed.get(key);
    else {
      // What the server does not know of (a problem that is shown) leaves white
      // space behind, so an element looks past what it is not.
      let look = at;
      while (look && (keyOf(look) || fresh instanceof Element && !fits(look, fresh))) look = look.nextSibling;
      if (look && fits(look, fresh)) match = look;
    }
    if (match && match.nodeName === fresh.nodeName) {
      if (match === at) at = at.nextSibling;
      else move(have, match, at);
      morph(match, fresh, acted);
      if (key) keyed.delete(key);
    } else {
      have.insertBefore(document.importNode(fresh, true), at);
    }
  }
  while (at) at = drop(have, at, acted);
}

// move keeps the focus, which a moved node loses.
function move(parent, node, before) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  if (parent.moveBefore) {
    try {
      parent.moveBefore(node, before);
      return;
    } catch {
      // as before
    }
  }
  parent.insertBefore(node, before);
  focused?.focus({ preventScroll: true });
}

// drop removes a node, but not what somebody typed: that stays, to be copied.
function drop(parent, node, acted) {
  const next = node.nextSibling;
  const forms = node instanceof Element && node !== acted
    ? [...(node.matches("form") ? [node] : []), ...node.querySelectorAll("form[data-keep=dirty]")].filter((f) => f !== acted && f.dataset.keep === "dirty" && dirty(f)) : [];
  if (node instanceof Element && (forms.length || (kept(node, acted) && node.dataset.keep === "refresh"))) {
    for (const form of forms) orphan(form);
    return next;
  }
  if (node instanceof Element && node.dataset.orphan !== undefined && node.querySelector("textarea")) return next;
  node.remove();
  return next;
}

function orphan(form) {
  if (form.dataset.orphan !== undefined) return;
  form.dataset.orphan = "";
  for (const b of form.querySelectorAll("button")) b.disabled = true;
  const text = document.createElement("p");
  text.className = "notice warn";
  text.textContent = setting("lost");
  form.prepend(text);
}

// focusName finds the same thing again after it was replaced.
function focusName() {
  const active = document.activeElement;
  if (!active || active === document.body || !board()?.contains(active)) return null;
  return { node: active, key: active.closest("[data-key]")?.dataset.key, name: active.dataset.focus, id: active.id };
}

function refocus(was) {
  if (!was || document.activeElement === was.node && was.node.isConnected) return;
  if (was.node.isConnected && document.activeElement !== document.body) return;
  const scope = was.key ? board().querySelector(`[data-key="${CSS.escape(was.key)}"]`) : board();
  const to = (was.id && $(was.id)) || (scope && was.name && scope.querySelector(`[data-focus="${was.name}"]`)) || scope?.querySelector("a, button");
  if (to) to.focus({ preventScroll: true });
}

function put(doc, acted) {
  const fresh = doc?.getElementById("board");
  if (!fresh) return false;
  const was = focusName();
  morph(board(), document.importNode(fresh, true), acted);
  refocus(was);
  document.dispatchEvent(new Event("recado:board"));
  return true;
}

let asking = null, again = false;
let acts = 0; // what the person did that the board shows

// refresh brings the board up to date. Calls while one is under way are one
// more after it. An answer that was on its way while the person did something
// may be older than what the board shows by then, and is asked for again.
export function refresh() {
  if (!board()?.dataset.part) return Promise.resolve(false);
  if (asking) {
    again = true;
    return asking;
  }
  asking = (async () => {
    let ok = false;
    do {
      again = false;
      const before = acts;
      const got = await page(board().dataset.part);
      if (got.status === 200 && before !== acts) {
        again = true;
        continue;
      }
      ok = got.status === 200 && put(got.doc, null);
      if (got.status === 401) document.dispatchEvent(new Event("recado:out"));
      if (got.status === 404) location.assign("/staff/" + setting("clinic"));
    } while (again);
    return ok;
  })().finally(() => { asking = null; });
  return asking;
}

function notice(text, kind) {
  for (const old of document.querySelectorAll("main > .notice[data-said]")) old.remove();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "notice " + kind;
  line.dataset.said = "";
  line.textContent = text;
  $("main").prepend(line);
  say(text);
}

// A form of a case is sent without leaving the page, so that what was opened
// stays open and what is typed elsewhere stays typed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.act === undefined || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  send(form, event.submitter).finally(() => { delete form.dataset.busy; });
}, true);

async function send(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  button?.setAttribute("aria-busy", "true");
  let got;
  try {
    got = await page(form.getAttribute("action"), fields);
  } catch {
    notice(setting("offline"), "bad");
    return;
  } finally {
    button?.removeAttribute("aria-busy");
  }
  const to = new URL(got.url || location.href);
  if (!got.doc?.getElementById("board")) {
    if (got.status < 400) {
      location.assign(to);
      return;
    }
    notice(got.doc?.querySelector("main h1")?.textContent || setting("offline"), "bad");
    return;
  }
  if (got.doc.getElementById("board").dataset.path !== board().dataset.path) {
    location.assign(to);
    return;
  }
  for (const old of document.querySelectorAll("main > .notice.good")) old.remove();
  const hadFocus = form.contains(document.activeElement);
  acts++;
  put(got.doc, form);
  const done = got.doc.querySelector("main > .notice.good");
  const problem = $("problem");
  notice(done ? done.textContent.trim() : "", "good");
  if (problem && got.status >= 400) {
    problem.focus({ preventScroll: false });
  } else if (form.dataset.act === "open") {
    const first = board().querySelector("[data-opened] .talk, [data-opened]");
    if (first && hadFocus) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
  } else if (hadFocus && (!document.activeElement || document.activeElement === document.body)) {
    (board().querySelector("#acts button, #acts a") || board().querySelector("h1"))?.focus?.({ preventScroll: true });
  }
  forget();
  // What was just written shows among what is open already.
  const thread = board().querySelector("[data-key=thread][data-opened] form[data-act=open]");
  if (thread && got.status < 400 && /\/(note|write)$/.test(form.getAttribute("action"))) await send(thread, null);
}

// forget leaves no action in the address: a reload shows the case, and repeats
// nothing.
function forget() {
  const path = board()?.dataset.path;
  if (path) {
    if (location.pathname !== path || location.search) history.replaceState(null, "", path + location.hash);
  } else if (new URLSearchParams(location.search).has("done")) {
    const url = new URL(location.href);
    url.searchParams.delete("done");
    history.replaceState(null, "", url);
  }
}

for (const node of document.querySelectorAll(".needs-js")) node.hidden = false;
if (board()) {
  forget();
  const field = location.hash && /^#(reply|write|note|resolve)$/.test(location.hash) && document.querySelector(location.hash + " textarea, " + location.hash + " input:not([type=hidden])");
  if (field) field.focus();
  else $("problem")?.focus();
}
