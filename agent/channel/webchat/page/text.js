// Text from the server becomes nodes, never HTML: plain text, and links for
// https addresses and phone numbers. While the page itself is on this machine,
// so may be what it links to.

const pattern = /(?:https:\/\/|http:\/\/localhost[:/])[^\s<>"']+|(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\b\d{3}[\s.-])\d{3}[\s.-]\d{4}\b|\b(?:911|988)\b/g;

export function linked(text) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    const words = found[0].startsWith("http") ? found[0].replace(/[.,;:!?)\]]+$/, "") : found[0];
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
  if (!words.startsWith("http")) {
    const digits = words.replace(/\D/g, "");
    a.href = "tel:" + (digits.length === 10 ? "+1" + digits : digits.length === 11 ? "+" + digits : digits);
    a.className = "phone";
    return a;
  }
  let url;
  try {
    url = new URL(words);
  } catch {
    return null;
  }
  const here = ["localhost", "127.0.0.1"].includes(location.hostname) && url.hostname === "localhost";
  if ((url.protocol !== "https:" && !here) || url.username || url.password) return null;
  a.href = url.href;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  return a;
}

export function clock(at, lang) {
  const t = new Date(at);
  return isNaN(t) ? "" : t.toLocaleTimeString(lang === "es" ? "es-US" : "en-US", { hour: "numeric", minute: "2-digit" });
}
