// The part of Teams that shows an app and answers its SDK (@microsoft/teams-js 2.58, `communication.ts`): each request
// is {id, uuidAsString, func, args}, each answer {id, uuidAsString, args}. Tokens come from the tenant, by our server.
// `?page=` is what a deep link asks for. A test changes the look by `wear` and opens a dialog by `openDialog`.
const frame = document.getElementById("app");
const { content, media, origins } = await (await fetch("/app.json")).json();
let opened = null;
let dialog = null;
let theme = new URLSearchParams(location.search).get("theme") ?? "default";
const following = new Set();
window.asked = [];
if (media) frame.allow += "; camera; microphone";
frame.src = content;

const reply = (event, args) => {
  const { id, uuidAsString } = event.data;
  event.source.postMessage({ id, uuidAsString, args }, event.origin);
};

const place = (event) => {
  if (opened?.window === event.source) return "authentication";
  return dialog?.firstElementChild.contentWindow === event.source ? "task" : "content";
};

const deeds = {
  initialize: (event) => reply(event, [place(event), "web", "2.58.0"]),
  getContext(event) {
    const subEntityId = new URLSearchParams(location.search).get("page") ?? undefined;
    reply(event, [{ entityId: "messages", subEntityId, theme, locale: "sv-se", hostName: "Teams" }]);
  },
  registerHandler(event) {
    if (event.data.args[0] === "themeChange") following.add(event.source);
  },
  shareDeepLink: (event) => window.asked.push({ share: event.data.args }),
  executeDeepLink(event) {
    window.asked.push({ open: event.data.args[0] });
    reply(event, [true]);
  },
  "tasks.completeTask"() {
    dialog?.remove();
    dialog = null;
  },
  async "authentication.getAuthToken"(event) {
    const answer = await fetch("/token", { method: "POST" });
    reply(event, answer.ok ? [true, await answer.text()] : [false, "resourceRequiresConsent"]);
  },
  "authentication.authenticate"(event) {
    const [url, width, height] = event.data.args;
    opened = { window: window.open(url, "_blank", `popup,width=${width},height=${height}`), event };
    const watching = setInterval(() => {
      if (!opened?.window.closed) return;
      clearInterval(watching);
      reply(opened.event, [false, "CancelledByUser"]);
      opened = null;
    }, 500);
  },
  "authentication.authenticate.success"(event) {
    if (event.source !== opened?.window) return;
    reply(opened.event, [true, event.data.args[0]]);
    opened.window.close();
    opened = null;
  },
};

addEventListener("message", (event) => {
  if (origins.includes(event.origin)) deeds[event.data?.func]?.(event);
});

window.wear = (name) => {
  theme = name;
  for (const source of following) source.postMessage({ func: "themeChange", args: [name] }, origins[0]);
};

window.openDialog = (url) => {
  dialog = Object.assign(document.createElement("div"), { id: "dialog", role: "dialog", ariaLabel: "Dialog" });
  const inside = Object.assign(document.createElement("iframe"), { title: "Dialog", src: url });
  inside.allow = "clipboard-write";
  dialog.append(inside);
  document.body.append(dialog);
};
window.ready = true;
