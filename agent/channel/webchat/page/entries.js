import { chat, el, keyed, known, node, save, t } from "./chat.js";
import { clock, linked } from "./text.js";

const list = el("messages"), scroll = el("scroll");
let act = { again() {}, choose() {} };

// acting says what the buttons among the messages do.
export function acting(what) {
  act = what;
}

export function bottom() {
  scroll.scrollTop = scroll.scrollHeight;
}

function draw(entry) {
  const row = node("li", "row " + (entry.mine ? "mine" : "clinic"));
  row.id = "m-" + entry.id;
  const bubble = node("div", "bubble" + (entry.emergency ? " emergency" : ""));
  bubble.append(keyed("span", "hidden", entry.mine ? "you" : "assistant"));
  if (entry.emergency) {
    const head = node("p", "siren");
    head.lang = known(entry.lang) ? entry.lang : chat.lang;
    head.append(node("strong", "", t("emergency", head.lang)));
    bubble.append(head);
  }
  const text = node("p", "words");
  if (entry.lang) text.lang = entry.lang;
  text.append(entry.mine ? entry.text : linked(entry.text));
  bubble.append(text);
  row.append(bubble);
  if (entry.choices?.length) row.append(options(entry));
  row.append(foot(entry, row));
  return row;
}

function foot(entry, row) {
  const foot = node("div", "foot");
  const time = node("time", "", clock(entry.at, chat.lang));
  time.dateTime = entry.at;
  foot.append(time);
  if (!entry.mine) return foot;
  foot.append(keyed("span", "mark-" + entry.state, entry.state));
  if (entry.state !== "failed") return foot;
  row.classList.add("bad");
  if (entry.error) foot.append(keyed("span", "why", entry.error));
  if (entry.error === "error_start" && document.body.dataset.base === "/widget") {
    // A browser that keeps cookies of this host only on its own pages.
    const link = keyed("a", "why", "own_page");
    link.href = "/chat" + location.search;
    link.target = "_blank";
    link.rel = "noopener";
    foot.append(link);
  }
  const again = keyed("button", "again", "retry");
  again.type = "button";
  again.addEventListener("click", () => act.again(entry));
  foot.append(again);
  return foot;
}

// options are the choices of a reply. They may be tapped until one was, or
// the next reply came; a number or words do as well.
function options(entry) {
  const group = node("div", "options");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", t("choices"));
  group.dataset.label = "choices";
  for (const choice of entry.choices) {
    const button = node("button", entry.chosen === choice.id ? "chosen" : "");
    button.type = "button";
    button.dataset.choice = choice.id;
    button.disabled = Boolean(entry.chosen) || entry.over === true;
    if (entry.lang) button.lang = entry.lang;
    button.append(node("span", "title", choice.title));
    if (choice.detail) button.append(" ", node("span", "detail", choice.detail));
    if (entry.chosen === choice.id) {
      const mark = keyed("span", "hidden", "chosen");
      mark.lang = chat.lang;
      button.append(" ", mark);
    }
    button.addEventListener("click", () => act.choose(entry, choice));
    group.append(button);
  }
  return group;
}

export function show(entry) {
  const near = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
  const row = draw(entry), before = el("m-" + entry.id);
  if (before) before.replaceWith(row);
  else list.append(row);
  if (near || entry.mine) bottom();
  el("chips").hidden = chat.entries.length > 0;
}

// set changes an entry and what is seen of it.
export function set(entry, change) {
  Object.assign(entry, change);
  if (!chat.entries.includes(entry)) return; // its conversation was cleared
  save();
  show(entry);
}

// outdate ends the choices of earlier replies.
export function outdate() {
  for (const entry of chat.entries) if (entry.choices?.length && !entry.chosen && !entry.over) set(entry, { over: true });
}

export function clear() {
  chat.entries = [];
  list.replaceChildren();
  el("alert").textContent = "";
  el("chips").hidden = false;
}
