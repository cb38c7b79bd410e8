// Asks the browser for a passkey, or for a new one, and sends what it signed to the flow. Bytes travel as base64url.
const form = document.querySelector("form[data-passkey]");
const show = (name, on) => {
  document.querySelector(`[data-passkey-${name}]`).hidden = !on;
};

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
function text(buffer) {
  if (!buffer) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function asked() {
  const options = JSON.parse(form.dataset.options);
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const known of options.excludeCredentials ?? []) known.id = bytes(known.id);
  return options;
}
function answer({ id, rawId, type, response, authenticatorAttachment }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const sent = Object.fromEntries(parts.map((part) => [part, text(response[part])]));
  return JSON.stringify({ id, rawId: text(rawId), type, authenticatorAttachment, response: sent });
}

form.addEventListener("submit", async (event) => {
  if (form.elements.credential.value) return;
  event.preventDefault();
  show("fault", false);
  show("known", false);
  event.submitter?.setAttribute("aria-busy", "true");
  try {
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: asked() });
    form.elements.credential.value = answer(credential);
    form.requestSubmit();
  } catch (error) {
    show(error.name === "InvalidStateError" ? "known" : "fault", true);
  } finally {
    event.submitter?.removeAttribute("aria-busy");
  }
});
show("script", false);
show("missing", !window.PublicKeyCredential);
