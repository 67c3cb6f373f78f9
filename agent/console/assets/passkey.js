// A form with data-passkey="get" or "create": the server begins (data-begin),
// the browser asks for the passkey, and the form is sent with what it gave, to
// data-finish or where it goes by itself. Errors stay on the page.

import { post } from "/staff/assets/app.js";

const able = "credentials" in navigator && "PublicKeyCredential" in window;

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

function text(buffer) {
  if (!buffer) return undefined;
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Browsers that lack toJSON and parse...FromJSON are not rare in clinics.
function options(given) {
  const key = given.publicKey || given;
  key.challenge = bytes(key.challenge);
  if (key.user) key.user.id = bytes(key.user.id);
  for (const list of [key.allowCredentials, key.excludeCredentials]) for (const c of list || []) c.id = bytes(c.id);
  return key;
}

function plain(credential) {
  const r = credential.response;
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment || undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject),
      authenticatorData: r.signature ? text(r.authenticatorData) : undefined, signature: text(r.signature),
      userHandle: text(r.userHandle), transports: r.getTransports ? r.getTransports() : undefined,
    },
  });
}

function say(form, words) {
  const place = form.querySelector("[data-error]");
  place.textContent = words;
  place.hidden = !words;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!able) continue;
  form.hidden = false;
  for (const button of form.querySelectorAll('[data-with="passkey"]')) button.hidden = false;
  let busy = false;
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.dataset.with === "form") return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    say(form, "");
    try {
      const begun = await post(form.dataset.begin, new FormData(form));
      const publicKey = options(begun.options);
      const given = form.dataset.passkey === "get"
        ? await navigator.credentials.get({ publicKey }) : await navigator.credentials.create({ publicKey });
      form.elements.ceremony.value = begun.id;
      form.elements.response.value = plain(given);
      if (form.dataset.finish) form.action = form.dataset.finish;
      form.submit();
    } catch (error) {
      say(form, error.said?.error || form.querySelector("[data-error]").dataset.error);
      busy = false;
    }
  });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
