// Talks to Teams for the tab: a token of who is signed in there, a window to sign in in, and the window's code back.
const { app, authentication } = window.microsoftTeams;
const fault = (on) => {
  document.querySelector("[data-teams-fault]").hidden = !on;
  document.querySelector("[data-teams-says]")?.toggleAttribute("hidden", on);
};
const PATIENCE = 20_000;
const patiently = (promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("Teams is silent")), PATIENCE))]);

const begin = (element) => patiently(app.initialize(element.dataset.origins.split(" ")));

const ways = {
  async token(form) {
    form.elements.token.value = await patiently(authentication.getAuthToken());
  },
  async window(form) {
    const url = new URL(form.dataset.window, location.href).href;
    form.elements.code.value = await authentication.authenticate({ url, width: 600, height: 720 });
  },
};

async function answer(form, button) {
  fault(false);
  button?.setAttribute("aria-busy", "true");
  try {
    await begin(form);
    await ways[form.dataset.teams](form);
    form.requestSubmit();
  } catch {
    fault(true);
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

const form = document.querySelector("form[data-teams]");
form?.addEventListener("submit", (event) => {
  const field = form.elements.token ?? form.elements.code;
  if (field.value) return;
  event.preventDefault();
  answer(form, event.submitter);
});
if (form && "auto" in form.dataset) answer(form);

const code = document.querySelector("[data-teams-code]");
if (code)
  begin(code)
    .then(() => authentication.notifySuccess(code.dataset.teamsCode))
    .catch(() => fault(true));
