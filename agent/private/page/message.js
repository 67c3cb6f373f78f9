// How one message looks. Everything in it is text.
import { clock, linked } from "./text.js";

// drawer returns what draws a message, and with it the text for an emergency
// if there is one.
export function drawer(page, act) {
  function node(tag, className, text) {
    const n = document.createElement(tag);
    if (className) n.className = className;
    if (text !== undefined) n.textContent = text;
    return n;
  }

  function keyed(tag, className, key) {
    const n = node(tag, className);
    page.put(n, key);
    return n;
  }

  function button(key, does) {
    const b = keyed("button", "again", key);
    b.type = "button";
    b.addEventListener("click", does);
    return b;
  }

  function state(m) {
    switch (m.state) {
      case "waiting":
      case "sending":
        return "write.sending";
      case "failed":
        return "write.failed";
      case "refused":
        return m.why === "too_long" ? "write.long" : "write.refused";
    }
    return "write.sent";
  }

  function alarm(danger) {
    const card = node("div", "danger");
    card.append(keyed("p", "siren", "emergency.head"));
    const text = node("p", "words");
    text.lang = danger.language;
    text.append(linked(danger.text));
    card.append(text);
    return card;
  }

  return (m, danger) => {
    const bad = m.state === "failed" || m.state === "refused";
    const row = node("li", "row " + (m.mine ? "mine" : "clinic") + (bad ? " bad" : ""));
    row.id = "m-" + m.id;
    row.dataset.sign = m.sign;
    const bubble = node("div", "bubble");
    bubble.append(keyed("p", m.mine ? "hidden" : "from", m.mine ? "thread.you" : "thread.staff"));
    const words = node("p", "words");
    words.append(m.mine ? m.text : linked(m.text));
    bubble.append(words);
    row.append(bubble);
    const foot = node("div", "foot");
    const time = node("time", "", clock(m.at, page.lang()));
    time.dateTime = m.at;
    foot.append(time);
    if (m.mine) {
      foot.append(keyed("span", "mark mark-" + (m.state || "sent"), state(m)));
      if (m.state === "failed") foot.append(button("write.again", act.again));
      if (m.state === "refused") foot.append(button("write.edit", () => act.edit(m.id)));
    }
    row.append(foot);
    if (danger) row.append(alarm(danger));
    return row;
  };
}
