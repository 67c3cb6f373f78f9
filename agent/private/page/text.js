// Text from the server becomes nodes, never HTML: plain text, and links for
// https addresses and phone numbers.

const pattern = /https:\/\/[^\s<>"']+|(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\b\d{3}[\s.-])\d{3}[\s.-]\d{4}\b|\b(?:911|988)\b/g;

export function linked(text) {
  const out = document.createDocumentFragment();
  let from = 0, found;
  pattern.lastIndex = 0;
  while ((found = pattern.exec(text))) {
    const words = found[0].startsWith("https:") ? found[0].replace(/[.,;:!?)\]]+$/, "") : found[0];
    const link = anchor(words);
    if (!link) continue;
    out.append(text.slice(from, found.index), link);
    from = found.index + words.length;
  }
  out.append(text.slice(from));
  return out;
}

function anchor(words) {
  const a = document.createElement("a");
  a.textContent = words;
  if (!words.startsWith("https:")) {
    const digits = words.replace(/\D/g, "");
    a.href = "tel:" + (digits.length === 10 ? "+1" + digits : digits.length === 11 ? "+" + digits : digits);
    a.className = "phone";
    return a;
  }
  let url;
  try {
    url = new URL(words);
  } catch (e) {
    return null;
  }
  if (url.protocol !== "https:" || url.username || url.password) return null;
  a.href = url.href;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  return a;
}

const locale = (lang) => (lang === "es" ? "es-US" : "en-US");

// clock is a time of day, with the day where it is another one.
export function clock(at, lang) {
  const t = new Date(at), now = new Date();
  if (isNaN(t)) return "";
  const time = t.toLocaleTimeString(locale(lang), { hour: "numeric", minute: "2-digit" });
  if (t.toDateString() === now.toDateString()) return time;
  return t.toLocaleDateString(locale(lang), { weekday: "short", month: "short", day: "numeric" }) + ", " + time;
}

// fill puts values in a text's places. A Spanish time ends with a full stop of
// its own.
export function fill(text, values) {
  return text.replace(/\{([a-z]+)\}/g, (place, name) => (values[name] === undefined ? place : String(values[name]))).replace(/(\.\s?m\.)\./g, "$1");
}

// uuid is random; old phones lack crypto.randomUUID.
export function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = Array.from(b, (n) => n.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
