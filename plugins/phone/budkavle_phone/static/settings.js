// The page Mobil: asks the browser for a subscription, or ends it, and sends the form that says so to the server.
const form = document.querySelector("form[data-subscribe]");
const card = document.querySelector("[data-phone]");
const show = (name) => {
  for (const part of card.querySelectorAll("[data-state]")) part.hidden = !part.dataset.state.split(" ").includes(name);
};
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const isApple = /iPhone|iPad/.test(navigator.userAgent);

async function mark(endpoint) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return [...hash.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function look() {
  if (!("PushManager" in window && "Notification" in window)) return show(isApple ? "apple" : "missing");
  if (Notification.permission === "denied") return show("denied");
  const worker = await navigator.serviceWorker.getRegistration("/");
  const subscription = await worker?.pushManager.getSubscription();
  const here = subscription && document.querySelector(`[data-mark="${await mark(subscription.endpoint)}"]`);
  if (here) here.querySelector("[data-here]").hidden = false;
  show(here && Notification.permission === "granted" ? "on" : "off");
}
async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return show("denied");
  const worker = await navigator.serviceWorker.ready;
  await (await worker.pushManager.getSubscription())?.unsubscribe(); // it may be bound to another organisation's key
  const applicationServerKey = bytes(form.dataset.serverKey);
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const keys = { p256dh: text(made.getKey("p256dh")), auth: text(made.getKey("auth")) };
  form.elements.subscription.value = JSON.stringify({ endpoint: made.endpoint, ...keys });
  form.submit();
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.submitter?.setAttribute("aria-busy", "true");
  try {
    await subscribe();
  } catch {
    show("failed");
  } finally {
    event.submitter?.removeAttribute("aria-busy");
  }
});
look().catch(() => show("failed"));

// Chromium lets a page offer its installing; elsewhere the page says how it is done.
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const button = document.querySelector("[data-install]");
  button.hidden = false;
  button.addEventListener("click", () => event.prompt(), { once: true });
});
