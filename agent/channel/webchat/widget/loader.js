// The chat of a clinic on its own website: a button, and a frame of ours that
// the first press makes. All of it is in a closed shadow tree with a style
// sheet of its own, so that the strictest policy of the website lets it be;
// what is said in the chat stays in the frame.
(() => {
  "use strict";
  const tag = "recado-chat";
  const script = document.currentScript ?? document.querySelector('script[data-clinic][src*="/widget.js"]');
  if (!script) return;
  const { clinic = "", lang: fixed = "auto", color } = script.dataset;
  const origin = new URL(script.src).origin;

  const words = {
    en: {
      open: "Message us",
      close: "Close the chat",
      title: "Chat with the clinic",
      failed: "The chat cannot open inside this page.",
      own: "Open the chat in its own page",
      one: "new message",
      more: "new messages",
    },
    es: {
      open: "Escríbanos",
      close: "Cerrar el chat",
      title: "Chat con la clínica",
      failed: "El chat no se puede abrir dentro de esta página.",
      own: "Abrir el chat en su propia página",
      one: "mensaje nuevo",
      more: "mensajes nuevos",
    },
  };
  const page = document.documentElement;
  const lang = () => {
    const code = fixed === "auto" ? page.lang || navigator.language : fixed;
    return /^es\b/i.test(code) ? "es" : "en";
  };

  // A colour is darkened until white is readable on it.
  const brand = (() => {
    const hex = /^#?([0-9a-f]{6})$/i.exec(color?.trim() ?? "")?.[1] ?? "0e6b66";
    let rgb = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
    const light = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const white = () => 1.05 / (0.05 + 0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]));
    while (white() < 4.5) rgb = rgb.map((c) => Math.floor(c * 0.95));
    return rgb.map((c) => c.toString(16).padStart(2, "0")).join("");
  })();

  const small = "(max-width:480px),(max-height:480px)";
  const css = `
:host{all:initial}
*{box-sizing:border-box}
button,p,a{font:600 16px/1.3 ui-sans-serif,system-ui,"Segoe UI",Roboto,Arial,sans-serif}
button{position:fixed;z-index:2147483000;right:max(20px,env(safe-area-inset-right));bottom:max(20px,env(safe-area-inset-bottom));
display:flex;align-items:center;gap:10px;min-width:56px;height:56px;padding:0 22px 0 17px;border:0;border-radius:28px;
background:#${brand};color:#fff;cursor:pointer;box-shadow:0 0 0 2px #fff,0 12px 28px -8px rgb(0 0 0/.5)}
button:hover{filter:brightness(1.08)}
button:focus-visible,a:focus-visible{outline:3px solid #${brand};outline-offset:4px}
svg{flex:none;width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.down,[aria-expanded=true] .talk,[hidden]{display:none}
[aria-expanded=true] .down{display:block}
[aria-expanded=true] .word{display:none}
button[aria-expanded=true]{padding:0 16px}
b{position:absolute;top:-6px;right:-4px;min-width:24px;height:24px;padding:0 6px;border-radius:12px;background:#b3261e;color:#fff;
font-size:13px;line-height:24px;text-align:center;box-shadow:0 0 0 2px #fff}
b::before{content:attr(data-n)}
dialog{position:fixed;z-index:2147483001;inset:auto 20px 92px auto;
width:400px;height:min(680px,100vh - 112px);height:min(680px,100dvh - 112px);max-width:none;max-height:none;margin:0;padding:0;border:0;
border-radius:20px;overflow:hidden;background:Canvas;color:CanvasText;color-scheme:light dark;
box-shadow:0 0 0 1px rgb(0 0 0/.08),0 24px 64px -16px rgb(0 0 0/.45)}
dialog::backdrop{background:none}
iframe{display:block;width:100%;height:100%;border:0;color-scheme:light dark}
div{padding:32px 28px}
p{margin:0 0 14px;font-weight:400}
a{color:LinkText}
@media ${small}{.word{display:none}button{padding:0 16px}
dialog{inset:0;width:100%;height:100%;height:100dvh;border-radius:0;box-shadow:none}}
@media (prefers-reduced-motion:no-preference){dialog[open]{animation:rise .2s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}}
@media (forced-colors:active){button{border:2px solid}}
@media print{:host{display:none}}`;

  const make = (name, set = {}, ...inside) => {
    const n = document.createElement(name);
    for (const [key, value] of Object.entries(set)) n.setAttribute(key, value);
    n.append(...inside);
    return n;
  };
  const icon = (name, line) => {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg"), path = document.createElementNS(ns, "path");
    for (const [key, value] of Object.entries({ class: name, viewBox: "0 0 24 24", "aria-hidden": "true" })) svg.setAttribute(key, value);
    path.setAttribute("d", line);
    svg.append(path);
    return svg;
  };
  const address = (path) => {
    const query = new URLSearchParams({ lang: lang() });
    if (clinic) query.set("clinic", clinic);
    if (path === "/widget") query.set("color", brand);
    return origin + path + "?" + query;
  };

  function mount() {
    if (document.querySelector(tag)) return; // the script is here twice
    const host = make(tag);
    let sheet;
    try {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    } catch {
      // A browser from before such sheets: a plain link does as well.
      document.body.append(make("a", { href: address("/chat"), target: "_blank", rel: "noopener" }, words[lang()].open));
      return;
    }
    const root = host.attachShadow({ mode: "closed" });
    root.adoptedStyleSheets = [sheet];
    const word = make("span", { class: "word" }), badge = make("b", { hidden: "", "aria-hidden": "true" });
    const button = make(
      "button",
      { type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
      icon("talk", "M21 11.500a8.400 8.400 0 0 1-12.300 7.400L3 21l2.100-5.700A8.400 8.400 0 1 1 21 11.500zM8.500 11.500h.010M12.500 11.500h.010M16.500 11.500h.010"),
      icon("down", "M6 9.500l6 6 6-6"),
      word,
      badge,
    );
    const dialog = make("dialog");
    root.append(button, dialog);
    const narrow = matchMedia(small);
    let frame = null, ready = false, unread = 0, inside = false, late;

    function label() {
      const w = words[lang()];
      host.lang = lang();
      word.textContent = dialog.open ? w.close : w.open;
      button.setAttribute("aria-label", word.textContent + (unread ? `, ${unread} ${unread > 1 ? w.more : w.one}` : ""));
      button.setAttribute("aria-expanded", String(dialog.open));
      dialog.setAttribute("aria-label", w.title);
      if (frame) frame.title = w.title;
      badge.hidden = !unread;
      badge.dataset.n = unread > 9 ? "9+" : unread;
    }

    // say reaches our own page alone, whatever is in the frame.
    const say = (type, focus) => frame?.contentWindow?.postMessage({ recado: 1, type, focus }, origin);

    function load() {
      frame = make("iframe", { src: address("/widget"), allow: "", referrerpolicy: "origin" });
      frame.addEventListener("load", () => {
        say("hello");
        if (!ready) wait(4000);
      });
      wait(15000);
      dialog.append(frame);
    }

    // A frame that says nothing is one that may not be shown here: the link
    // leads to the same chat.
    function wait(time) {
      clearTimeout(late);
      late = setTimeout(() => {
        const w = words[lang()];
        frame.hidden = true;
        dialog.append(make("div", {}, make("p", {}, w.failed), make("a", { href: address("/chat"), target: "_blank", rel: "noopener" }, w.own)));
      }, time);
    }

    function open(focus) {
      if (dialog.open) return;
      if (!frame) load();
      const before = document.activeElement;
      if (narrow.matches) dialog.showModal();
      else dialog.show();
      inside = focus || narrow.matches;
      if (!inside) before?.focus();
      fit();
      label();
      if (ready) enter();
    }

    // enter tells the frame that it is seen, and hands it the focus.
    function enter() {
      if (inside) frame.focus();
      say("open", inside);
    }

    // A phone's keyboard covers the sheet: it becomes what is left.
    function fit() {
      const view = window.visualViewport, on = view && narrow.matches && dialog.open;
      dialog.style.height = on ? view.height + "px" : "";
      dialog.style.top = on ? view.offsetTop + "px" : "";
    }

    button.addEventListener("click", () => (dialog.open ? dialog.close() : open(true)));
    dialog.addEventListener("close", () => {
      if (dialog.open) return;
      if (ready) say("close");
      fit();
      label();
      button.focus();
    });
    root.addEventListener("keydown", (e) => e.key === "Escape" && dialog.open && dialog.close());
    narrow.addEventListener("change", () => {
      if (!dialog.open) return;
      dialog.close();
      open(false); // as a sheet, or beside the page
    });
    for (const kind of ["resize", "scroll"]) window.visualViewport?.addEventListener(kind, fit);

    window.addEventListener("message", (e) => {
      if (e.origin !== origin || !frame || e.source !== frame.contentWindow || e.data?.recado !== 1) return;
      switch (e.data.type) {
        case "ready":
          ready = true;
          clearTimeout(late);
          if (dialog.open) enter();
          break;
        case "open":
          open(false);
          break;
        case "close":
          dialog.close();
          break;
        case "unread":
          unread = Math.min(99, Math.max(0, Math.trunc(e.data.count) || 0));
          label();
      }
    });
    new MutationObserver(label).observe(page, { attributeFilter: ["lang"] });
    label();
    document.body.append(host);
  }

  if (document.body) mount();
  else document.addEventListener("DOMContentLoaded", mount);
})();
