// On every page in Teams: the look that Teams has, now and when it changes; which page it was opened for; its dialogs.
const { app, dialog, pages } = window.microsoftTeams;
const PATIENCE = 20_000;
const THEMES = ["dark", "contrast"];
const YEAR = 31_536_000;

function wear(theme) {
  const look = THEMES.includes(theme) ? theme : "light";
  document.documentElement.dataset.colorScheme = look;
  // The next page comes with it from the server, so that it is never light first.
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every client of Teams
  document.cookie = `__Host-theme=${look}; Path=/; Max-Age=${YEAR}; Secure; SameSite=None; Partitioned`;
}

const patiently = (promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("Teams is silent")), PATIENCE))]);

async function begin() {
  await patiently(app.initialize(document.body.dataset.frame.split(" ")));
  const context = await patiently(app.getContext());
  wear(context.app.theme);
  app.registerOnThemeChangeHandler(wear);
  return context;
}

// Teams opens its own meetings itself; in our frame it would show nothing.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="https://teams.microsoft.com/l/"]');
  if (!link) return;
  event.preventDefault();
  app.openLink(link.href);
});

const opening = document.querySelector("[data-teams-open]");
const go = (page) => location.replace(page ? `${opening.dataset.teamsOpen}/to/${encodeURIComponent(page)}` : "/");

begin().then(
  (context) => {
    if (opening) go(context.page.subPageId);
    const share = document.querySelector("[data-teams-share]");
    share?.removeAttribute("hidden");
    share?.addEventListener("click", () => {
      const { teamsShare, label, web } = share.dataset;
      pages.shareDeepLink({ subPageId: teamsShare, subPageLabel: label, subPageWebUrl: web });
    });
    const close = document.querySelector("[data-teams-close]");
    close?.removeAttribute("hidden");
    close?.addEventListener("click", () => dialog.url.submit());
  },
  () => opening && go(""),
);
