// A network that is slow or gone. A page that does not come at once shows that it is coming; what is opened or sent without
// network waits until there is one. All of it is in the memory of this page: nothing is put away on the device.
const SLOW_MS = 400;
const LONGEST_MS = 15_000;
const PROBE_MS = 3_000;
const bar = document.querySelector("template[data-network]").content.firstElementChild.cloneNode(true);
const skeleton = document.querySelector("template[data-skeleton]").content.firstElementChild;
const drop = bar.querySelector("[data-drop]");
document.body.append(bar);
let waiting = null; // what is done when the network is back, and what it is: open or send
let probing;

function show(state) {
  for (const part of bar.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  bar.classList.toggle("seen", Boolean(state));
  drop.hidden = !waiting;
}
const calm = () => show(waiting?.kind ?? (navigator.onLine ? "" : "offline"));

// There may be a network of which the browser says nothing, and none where it says there is one: the server is asked.
async function probe() {
  try {
    await fetch("/session", { headers: { accept: "application/json" }, signal: AbortSignal.timeout(10_000) });
  } catch {
    return;
  }
  const { act } = waiting ?? {};
  stop();
  act?.();
}
function stop() {
  waiting = null;
  clearInterval(probing);
  calm();
}
function wait(kind, act) {
  stop();
  waiting = { kind, act };
  probing = setInterval(probe, PROBE_MS);
  calm();
}
addEventListener("online", () => (waiting ? probe() : calm()));
addEventListener("offline", calm);
drop.addEventListener("click", stop);
addEventListener("beforeunload", (event) => waiting?.kind === "send" && event.preventDefault());

// A page that does not come at once.
let slow;
function expect(isPage) {
  clearTimeout(slow);
  slow = setTimeout(() => {
    show("slow");
    if (!isPage) return;
    setTimeout(settle, LONGEST_MS); // what turned out to be a file is no new page
    const main = document.getElementById("main");
    main.setAttribute("aria-busy", "true");
    main.append(skeleton.cloneNode(true));
  }, SLOW_MS);
}
function settle() {
  clearTimeout(slow);
  const main = document.getElementById("main");
  main?.removeAttribute("aria-busy");
  main?.querySelector(":scope > .skeleton")?.remove();
  calm();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || (url.hash && url.pathname + url.search === location.pathname + location.search))
    return;
  if (navigator.onLine) return expect(true);
  event.preventDefault();
  wait("open", () => location.assign(url));
});
document.addEventListener("htmx:before:request", () => expect(false));
for (const name of ["htmx:after:request", "htmx:finally:request", "htmx:error"])
  document.addEventListener(name, settle);
addEventListener("pageshow", settle);

// What is sent. A form that has been sent twice does its work once: each carries the mark of its page.
let sent = null;
addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    sent = { form, submitter };
    if (navigator.onLine || form.method !== "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hold(sent);
  },
  true,
);
const hold = ({ form, submitter }) => wait("send", () => form.isConnected && form.requestSubmit(submitter));
// The line was lost while a message was on its way, which the page itself has told.
document.addEventListener("htmx:error", () => {
  if (sent?.submitter?.name === "send" && sent.form.isConnected) hold(sent);
});
calm();
