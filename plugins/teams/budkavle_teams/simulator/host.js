// The part of Teams that shows an app and answers its SDK (@microsoft/teams-js 2.58, `communication.ts`): each request
// is {id, uuidAsString, func, args}, each answer {id, uuidAsString, args}. Tokens come from the tenant, by our server.
const frame = document.getElementById("app");
const { content, origins } = await (await fetch("/app.json")).json();
frame.src = content;
let opened = null;

const reply = (event, args) => {
  const { id, uuidAsString } = event.data;
  event.source.postMessage({ id, uuidAsString, args }, event.origin);
};

const deeds = {
  initialize: (event) =>
    reply(event, [opened?.window === event.source ? "authentication" : "content", "web", "2.58.0"]),
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
