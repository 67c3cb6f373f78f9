// A secret in the address's fragment was sent to nobody: it goes into the form
// and out of the address, and the form is sent.

for (const form of document.querySelectorAll("form[data-fragment]")) {
  const secret = location.hash.slice(1);
  if (!secret) continue;
  history.replaceState(null, "", location.pathname);
  form.elements[form.dataset.fragment].value = secret;
  form.requestSubmit();
}
for (const form of document.querySelectorAll("form[data-send]")) form.requestSubmit();
