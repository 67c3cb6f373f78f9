"use strict";
(() => {
  const form = document.getElementById("filters");
  const list = document.getElementById("cases");
  if (!form || !list) return;

  const cases = [...list.querySelectorAll(":scope > .case")].map((el) => ({
    el,
    data: el.dataset,
    tags: el.dataset.tag.split("|"),
    promises: el.dataset.promise.split("|"),
    words: null, // read when the first search asks for it
  }));
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const fields = [...form.elements].filter((f) => f.name);
  const fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsOf = (c) => {
    c.words ??= fold([...c.el.querySelectorAll("[data-find]")].map((e) => e.textContent).join("\n"));
    return c.words;
  };

  const asked = () => {
    const want = {};
    for (const f of fields) {
      if (f.type === "radio" && !f.checked) continue;
      if (f.value.trim()) want[f.name] = f.value.trim();
    }
    return want;
  };
  const fits = (c, want, search) => {
    for (const [name, value] of Object.entries(want)) {
      if (name === "q") continue;
      if (name === "status") {
        if (value === "changed" ? !c.data.change : c.data.status !== value) return false;
      } else if (name === "tag") {
        if (!c.tags.includes(value)) return false;
      } else if (name === "promise") {
        if (!c.promises.includes(value)) return false;
      } else if (c.data[name] !== value) return false;
    }
    return search.every((w) => wordsOf(c).includes(w));
  };

  const apply = (remember) => {
    const want = asked();
    const search = fold(want.q || "").split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const c of cases) {
      const fit = fits(c, want, search);
      c.el.hidden = !fit;
      if (fit) shown++;
    }
    count.textContent = shown === cases.length ? `${cases.length} shown` : `${shown} of ${cases.length} shown`;
    none.hidden = shown > 0;
    for (const f of fields) if (f.type !== "radio") f.classList.toggle("set", Boolean(f.value.trim()));
    if (remember) {
      const hash = new URLSearchParams(want).toString();
      history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    }
  };

  // The address keeps the filters, so that a view can be shared, or names a
  // case, which is then opened.
  const follow = () => {
    const hash = location.hash.slice(1);
    const target = hash && document.getElementById(hash);
    if (target) {
      if (target.matches("details")) {
        if (target.hidden) { form.reset(); apply(false); }
        target.open = true;
        target.scrollIntoView({ block: "start" });
        target.querySelector("summary").focus({ preventScroll: true });
      }
      return;
    }
    if (!hash.includes("=")) return;
    const want = new URLSearchParams(hash);
    for (const f of fields) {
      const value = want.get(f.name) ?? "";
      if (f.type === "radio") f.checked = f.value === value;
      else f.value = value;
    }
    apply(false);
  };

  let waiting = 0;
  form.addEventListener("input", (e) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => apply(true), e.target.type === "search" ? 120 : 0);
  });
  form.addEventListener("submit", (e) => { e.preventDefault(); apply(true); });
  form.addEventListener("reset", () => setTimeout(() => apply(true)));
  form.addEventListener("keydown", (e) => {
    if (e.key !== "ArrowDown" || e.target.type !== "search") return;
    e.preventDefault();
    step(null, 1);
  });

  const seen = () => cases.filter((c) => !c.el.hidden).map((c) => c.el);
  const step = (from, by) => {
    const all = seen();
    const at = from ? all.indexOf(from) + by : 0;
    all[Math.min(Math.max(at, 0), all.length - 1)]?.querySelector("summary").focus();
  };
  // Keys act only while a case's line has the focus, so that they are in no
  // one's way.
  list.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.localName !== "summary") return;
    const at = e.target.parentElement;
    const act = {
      ArrowDown: () => step(at, 1), j: () => step(at, 1),
      ArrowUp: () => step(at, -1), k: () => step(at, -1),
      Home: () => step(null, 0), End: () => step(at, cases.length),
      ArrowRight: () => { at.open = true; }, ArrowLeft: () => { at.open = false; },
      "/": () => form.elements.q.focus(),
    }[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });

  const openAll = (open) => () => { for (const el of seen()) el.open = open; };
  document.getElementById("open").addEventListener("click", openAll(true));
  document.getElementById("close").addEventListener("click", openAll(false));

  // On paper every case that is shown and did not pass is open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...list.querySelectorAll(":scope > .case:not([open], .pass, [hidden])")];
    for (const el of opened) el.open = true;
  });
  addEventListener("afterprint", () => {
    for (const el of opened) el.open = false;
    opened = [];
  });

  addEventListener("hashchange", follow);
  for (const el of document.querySelectorAll(".needs-script")) el.hidden = false;
  apply(false);
  follow();
  document.documentElement.dataset.ready = "yes";
})();
