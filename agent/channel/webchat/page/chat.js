// What all parts of the page share: where it is, what it says in which
// language, and what it remembers.

export const el = (id) => document.getElementById(id);
const { base, clinic, store: place, lang: first } = document.body.dataset;
const texts = JSON.parse(el("texts").textContent);

// address is where the page's requests go; they name the clinic where the
// page's own address did.
export function address(path, more) {
  const query = new URLSearchParams(more);
  if (clinic) query.set("clinic", clinic);
  return base + path + (query.size ? "?" + query : "");
}

// The transcript lives in this tab only, and ends with it.
function load() {
  try {
    return JSON.parse(sessionStorage.getItem(place)) || {};
  } catch {
    return {};
  }
}

const saved = load();

// chat is the conversation as this page knows it. epoch grows with each new
// conversation: what belongs to an earlier one comes too late.
export const chat = {
  lang: texts[saved.lang] ? saved.lang : first,
  entries: Array.isArray(saved.entries) ? saved.entries : [],
  last: saved.last ?? null, // id of the last server-sent event
  started: false, // this browser has its cookie
  heard: 0, // replies that came, and turns that had none
  epoch: 0,
};

export function save() {
  try {
    sessionStorage.setItem(place, JSON.stringify({ lang: chat.lang, entries: chat.entries, last: chat.last }));
  } catch {
    // A full or forbidden storage costs the transcript at a reload, nothing else.
  }
}

export const known = (lang) => Boolean(texts[lang]);
export const has = (key) => Boolean(texts[chat.lang][key]);
export const t = (key, lang = chat.lang) => texts[lang][key] || key;

// speak changes every text of the page to a language.
export function speak(code) {
  chat.lang = code;
  document.documentElement.lang = code;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of document.querySelectorAll("[data-title]")) node.title = t(node.dataset.title);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-set]")) node.setAttribute("aria-pressed", String(node.dataset.set === code));
}

export function node(tag, className, text) {
  const n = document.createElement(tag);
  if (className) n.className = className;
  if (text !== undefined) n.textContent = text;
  return n;
}

// keyed is a node whose text follows the language.
export function keyed(tag, className, key) {
  const n = node(tag, className, t(key));
  n.dataset.text = key;
  return n;
}

// news tells the widget's frame what happened here, without a word of it.
export const news = new EventTarget();
