// The page as the frame of a clinic's website. It tells that website, and no
// other, whether to open or close the frame and how many replies were not
// seen: never a word of them.
import { el, news } from "/chat/chat.js";
import { bottom } from "/chat/entries.js";
import { tint } from "/widget/tint.js";

const origins = document.body.dataset.origins.split(" ").filter(Boolean);
let host = null; // the website's origin, known from its first message
let shown = false, unread = 0;

if (window.parent === window) location.replace("/chat" + location.search);
tint(new URLSearchParams(location.search).get("color"));

function tell(type, more) {
  if (host) window.parent.postMessage({ recado: 1, type, ...more }, host);
}

function count(n) {
  unread = n;
  tell("unread", { count: n });
}

addEventListener("message", (e) => {
  if (e.source !== window.parent || !origins.includes(e.origin) || e.data?.recado !== 1) return;
  switch (e.data.type) {
    case "hello":
      host = e.origin;
      tell("ready");
      break;
    case "open":
      shown = true;
      if (unread) count(0);
      bottom();
      if (e.data.focus && !matchMedia("(pointer: coarse)").matches) el("text").focus();
      break;
    case "close":
      shown = false;
  }
});

news.addEventListener("reply", () => shown || count(unread + 1));
// What to do in an emergency must not wait behind a button.
news.addEventListener("emergency", () => {
  if (shown) return;
  count(unread + 1);
  tell("open");
});

function leave() {
  shown = false;
  tell("close");
}

el("close").addEventListener("click", leave);
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && !e.isComposing && !el("ask").open) leave();
});
document.documentElement.dataset.framed = "yes";
