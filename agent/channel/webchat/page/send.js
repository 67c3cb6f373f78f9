import { address, chat, has } from "./chat.js";
import { set } from "./entries.js";
import { disconnect, expect, listen } from "./replies.js";

let busy = Promise.resolve();

// write sends words, or the choice that was tapped.
export function write(text, choice) {
  const entry = { id: crypto.randomUUID(), mine: true, text, choice, at: new Date().toISOString(), state: "sending" };
  chat.entries.push(entry);
  queue(entry);
}

// One at a time: messages arrive in the order in which they were written.
export function queue(entry) {
  set(entry, { state: "sending", error: null });
  after(() => post(entry));
}

// after does something once all messages before it are sent.
export function after(next) {
  busy = busy.then(next).catch(() => {});
}

async function post(entry) {
  const mine = chat.epoch, before = chat.heard;
  if (!chat.entries.includes(entry)) return;
  let answer;
  try {
    let body;
    // The cookie comes before the message: a message whose answer is lost is
    // then offered again by the same visitor. A cookie that is gone or no
    // longer known is renewed once.
    for (let tries = 2; tries > 0; tries--) {
      if (!chat.started) {
        answer = await send("/start");
        if (answer.status !== 204) {
          body = await answer.json();
          break;
        }
        chat.started = true;
        answer = null;
      }
      if (mine !== chat.epoch) return;
      answer = await send("/messages", { id: entry.id, text: entry.text, choice: entry.choice });
      body = await answer.json();
      if (body.error !== "error_start") break;
      chat.started = false;
      disconnect(); // it waits for the replies of another visitor
    }
    if (mine !== chat.epoch) return;
    if (answer.status !== 202) {
      set(entry, { state: "failed", error: has(body.error) ? body.error : "error_unavailable" });
      return;
    }
    chat.last ??= String(body.after);
    set(entry, { state: "sent" });
    if (chat.heard === before) expect(); // a reply may be faster than the answer to the post
    listen();
  } catch {
    if (mine === chat.epoch) set(entry, { state: "failed", error: answer ? "error_unavailable" : "error_network" });
  }
}

export function send(path, content) {
  return fetch(address(path), {
    method: "POST",
    headers: content ? { "Content-Type": "application/json" } : {},
    body: content && JSON.stringify(content),
    signal: AbortSignal.timeout(15000),
  });
}
