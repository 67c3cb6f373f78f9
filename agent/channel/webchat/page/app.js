import { chat, el, save, speak, t } from "./chat.js";
import { acting, clear, set, show } from "./entries.js";
import { disconnect, listen, rest } from "./replies.js";
import { after, queue, send, write } from "./send.js";

const box = el("text"), scroll = el("scroll");

function count() {
  const left = box.maxLength - box.value.length;
  el("left").textContent = left < 200 ? left + " " + t("left") : "";
  el("send").disabled = box.value.trim() === "";
}

function grow() {
  box.rows = 1;
  const line = parseFloat(getComputedStyle(box).lineHeight) || 24;
  const pad = box.clientHeight - line;
  box.rows = Math.min(5, Math.max(1, Math.round((box.scrollHeight - pad) / line)));
}

function submit() {
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  count();
  grow();
  write(text);
}

// settle keeps the focus on the page where what had it is gone. On a phone the
// box would bring the keyboard up.
function settle() {
  (matchMedia("(pointer: coarse)").matches ? scroll : box).focus({ preventScroll: true });
}

acting({
  again(entry) {
    settle();
    queue(entry);
  },
  choose(entry, choice) {
    set(entry, { chosen: choice.id });
    write(choice.title, choice.id);
    settle();
  },
});

function startNew() {
  chat.epoch++;
  chat.started = false;
  chat.last = null;
  disconnect();
  rest();
  clear();
  save();
  after(() => send("/new"));
  box.focus();
}

el("form").addEventListener("submit", (e) => {
  e.preventDefault();
  submit();
});
let shift = false;
box.addEventListener("keydown", (e) => {
  shift = e.shiftKey;
  if (e.key === "Enter" && !shift && !e.isComposing) {
    e.preventDefault();
    submit();
  }
});
// Some phone keyboards send no key for Enter, only its line break.
box.addEventListener("beforeinput", (e) => {
  if (e.inputType === "insertLineBreak" && !shift) {
    e.preventDefault();
    submit();
  }
});
box.addEventListener("input", () => {
  count();
  grow();
});
for (const chip of el("chips").children) {
  chip.addEventListener("click", () => {
    write(chip.textContent);
    settle(); // the chips are gone, and the focus would be with them
  });
}
for (const button of document.querySelectorAll("[data-set]")) {
  button.addEventListener("click", () => {
    speak(button.dataset.set);
    count();
    save();
  });
}
el("new").addEventListener("click", () => (chat.entries.length ? el("ask").showModal() : box.focus()));
el("ask").addEventListener("close", () => {
  if (el("ask").returnValue === "yes") startNew();
  el("ask").returnValue = "";
});

// A message whose outcome this tab never learnt is offered again under the
// same id: sent twice it is still one message.
for (const entry of chat.entries) if (entry.state === "sending") Object.assign(entry, { state: "failed", error: null });
speak(chat.lang);
count();
scroll.setAttribute("aria-live", "off");
for (const entry of chat.entries) show(entry);
requestAnimationFrame(() => scroll.setAttribute("aria-live", "polite"));
if (chat.entries.some((e) => e.state === "sent")) listen();
document.documentElement.dataset.ready = "yes";
