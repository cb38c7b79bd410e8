// Signing in to the pane: a token of who is signed in to Outlook, or a window to sign in in and the window's code back.
import { dialog, patiently, ready, token } from "./host.js";

const fault = (on) => {
  for (const box of document.querySelectorAll("[data-outlook-fault]")) box.hidden = !on;
  document.querySelector("[data-outlook-says]")?.toggleAttribute("hidden", on);
};
const ways = {
  async token(form) {
    form.elements.token.value = await patiently(token(form.dataset));
  },
  async window(form) {
    form.elements.code.value = await dialog(new URL(form.dataset.window, location.href).href);
  },
};
async function answer(form, button) {
  fault(false);
  button?.setAttribute("aria-busy", "true");
  try {
    await ready();
    await ways[form.dataset.outlook](form);
    form.requestSubmit();
  } catch {
    fault(true);
  } finally {
    button?.removeAttribute("aria-busy");
  }
}
const form = document.querySelector("form[data-outlook]");
form?.addEventListener("submit", (event) => {
  const field = form.elements.token ?? form.elements.code;
  if (field.value) return;
  event.preventDefault();
  answer(form, event.submitter);
});
if (form && "auto" in form.dataset) answer(form);

// Where office.js must have been seen before going on: it remembers what Outlook told the first page.
const next = document.querySelector("[data-outlook-next]")?.dataset.outlookNext;
if (next)
  ready()
    .then(() => location.replace(next))
    .catch(() => fault(true));

const code = document.querySelector("[data-outlook-code]")?.dataset.outlookCode;
if (code)
  ready()
    .then(() => window.Office.context.ui.messageParent(code, { targetOrigin: location.origin }))
    .catch(() => fault(true));
