// The worker of the installed app. It keeps nothing: no page, no answer and no file is put away on the device. Without
// network it answers a navigation with one page without content, which came with this script.
const OFFLINE = {}; /* page */

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(begin()));
async function begin() {
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "POST" && new URL(request.url).pathname === "/sign-out") event.waitUntil(forget());
  // What changes something, and what a frame shows, goes as if there were no worker: the server judges where it comes from.
  if (request.method === "GET" && request.mode === "navigate" && request.destination === "document")
    event.respondWith(load(event));
});
async function load(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return new Response(OFFLINE.page, { status: 503, headers: OFFLINE.headers });
  }
}

// Who signs out is told nothing more on this device.
async function forget() {
  for (const shown of await self.registration.getNotifications()) shown.close();
  await navigator.clearAppBadge?.();
  for (const name of await caches.keys()) await caches.delete(name);
  await (await self.registration.pushManager?.getSubscription())?.unsubscribe();
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
async function show(data) {
  const { title, body, path, tag, lang } = read(data);
  const { icon, badge } = OFFLINE;
  await self.registration.showNotification(title, { body, tag, lang, icon, badge, renotify: true, data: { path } });
  await navigator.setAppBadge?.();
}
// A browser takes the permission away from a site that is woken and shows nothing.
function read(data) {
  try {
    return JSON.parse(data.text());
  } catch {
    return { title: "Budkavle", body: "", path: "/", tag: "budkavle", lang: "sv" };
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});
async function open(path) {
  await navigator.clearAppBadge?.();
  const url = new URL(path, self.location.origin);
  if (url.origin !== self.location.origin) return;
  // A page where something is being written is never led away from: a new window is opened beside it.
  const windows = await self.clients.matchAll({ type: "window" });
  const there = windows.find((one) => one.url === url.href);
  await (there ? there.focus() : self.clients.openWindow(url.href));
}
