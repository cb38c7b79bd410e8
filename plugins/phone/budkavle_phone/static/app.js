// Registers the worker where it is of use: in the installed app, on the page Mobil, and where it is registered already.
const WORKER = "/plugin/phone/worker.js";
const policy = window.trustedTypes?.createPolicy("app", {
  createScriptURL(url) {
    if (new URL(url, location.href).href.startsWith(`${location.origin}${WORKER}?`)) return url;
    throw new TypeError("not the worker");
  },
});
const isApp = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

async function register() {
  if (!navigator.serviceWorker) return;
  const known = await navigator.serviceWorker.getRegistration("/");
  if (!(known || isApp() || document.querySelector("[data-phone]"))) return;
  const url = `${WORKER}?${new URLSearchParams({ lang: document.documentElement.lang })}`;
  await navigator.serviceWorker.register(policy?.createScriptURL(url) ?? url, { scope: "/", updateViaCache: "none" });
}
// A private window and a full disk refuse it; the pages work without.
register().catch(() => {});
// What was told of has been looked at.
if (isApp()) navigator.clearAppBadge?.().catch(() => {});
