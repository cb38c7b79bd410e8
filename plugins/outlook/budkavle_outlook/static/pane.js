// The pane: what is open in Outlook decides. A draft is put into the form that the server draws, and sent by it; of a
// message that is read, the link to a case is looked for. Markup is only swapped in by htmx.
import { discard, isDraft, item, readDraft } from "./draft.js";
import { call, has, ready } from "./host.js";
import { upload, uploads } from "./uploads.js";

const one = (selector, root = document) => root.querySelector(selector);
const pane = one("[data-pane]");
const status = one("[data-pane-status]");
const say = (name) => {
  status.textContent = name ? status.dataset[name] : "";
};
const form = () => one("[data-pane-form]");
const bodyUrl = `${pane.dataset.path}/body`;
const show = (name) => {
  for (const box of document.querySelectorAll("[data-pane-when]")) box.hidden = box.dataset.paneWhen !== name;
};

// Puts the draft into the form, as if somebody had typed it there.
function fill(draft) {
  for (const old of form().querySelectorAll('[name="recipients"]')) old.remove();
  form().elements.q.value = draft.recipients.join(" ");
  form().elements.subject.value = draft.subject;
  form().elements.body.value = draft.body;
}

let sending = false;
let answered = null;
document.addEventListener("htmx:before:response", (event) => {
  const target = event.detail.ctx.response.headers.get("hx-redirect") ?? "";
  answered = { status: event.detail.ctx.response.status, target };
  if (answered.status !== 200 || !/^\/(c|approvals)\//.test(target)) return;
  event.preventDefault(); // it is sent; the pane stays, to throw the draft away
});
async function post(values, event) {
  answered = null;
  const those = { source: form(), target: "#pane-part", select: "#pane-part", swap: "outerMorph", values };
  await htmx.ajax("POST", form().getAttribute("action"), { ...those, event });
  return answered;
}

async function compose() {
  say("reading");
  const draft = await readDraft(form(), bodyUrl);
  uploads.show(draft.attachments);
  fill(draft);
  await post({ advise: "1" });
  say("");
}

// The draft is read once more: somebody may have gone on writing beside the pane.
async function send(event, button) {
  if (sending) return;
  sending = true;
  button.setAttribute("aria-busy", "true");
  try {
    if (isDraft()) {
      say("reading");
      const draft = await readDraft(form(), bodyUrl);
      say("uploading");
      const ids = await upload(form(), draft.attachments);
      if (!ids) return say("");
      fill(draft);
      uploads.into(form(), ids);
    }
    say("sending");
    await finish(await post({ [button.name]: button.value }, event));
  } catch {
    say("lost");
  } finally {
    sending = false;
    button.removeAttribute("aria-busy");
  }
}
async function finish(answer) {
  if (!answer) return say("lost");
  if (answer.status !== 200 || !answer.target) {
    say("");
    one("#pane-part [data-focus], #pane-part [aria-invalid='true']")?.focus();
    return;
  }
  const approval = answer.target.startsWith("/approvals/") ? "yes" : "no";
  const draft = isDraft();
  show(draft ? "sent" : "answered");
  for (const link of document.querySelectorAll("[data-pane-sent]")) link.href = answer.target;
  for (const word of document.querySelectorAll("[data-pane-approval]"))
    word.hidden = word.dataset.paneApproval !== approval;
  one("#pane-part").remove();
  say("");
  one(draft ? "#sent-title" : "#answered-title").focus();
  if (!draft) return;
  try {
    const how = await discard(pane.dataset.line);
    one("[data-pane-emptied]").hidden = how !== "emptied";
  } catch {
    one("[data-pane-kept]").hidden = false;
  }
}

// A notice holds a link to its case; mail filters may have put it into a link of their own, with our address encoded.
async function read() {
  say("looking");
  const html = await call((done) => item().body.getAsync(window.Office.CoercionType.Html, done));
  const text = `${html} ${html.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))}`;
  const ours = location.origin.replace(/[.]/g, "\\.");
  const id = text.match(new RegExp(`${ours}/c/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`, "i"))?.[1];
  const guest = text.match(new RegExp(`${ours}/l/[\\w.-]+`))?.[0];
  show(id ? "notice" : guest ? "link" : text.includes(location.origin) ? "ours" : "nothing");
  if (id) one("[data-pane-open]").href = `${pane.dataset.path}/read/${id}`;
  if (guest) one("[data-pane-guest]").href = guest;
  say("");
}

document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  const button = event.submitter;
  if (button?.name === "send") send(event, button);
  else post({ [button?.name ?? "find"]: button?.value ?? "1" }, event).then(() => one("#preview-title")?.focus());
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-renews]")) post({ find: "1" }, event);
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-pane-answer]");
  if (!button) return;
  const those = { target: "#pane-part", select: "#pane-part", swap: "outerMorph", source: button, event };
  await htmx.ajax("GET", button.dataset.paneAnswer, those);
  button.hidden = true;
  form()?.elements.body.focus();
});

async function begin() {
  if (one("[data-pane-read]")) return; // a case is read already; its answer needs nothing of Outlook
  try {
    await ready();
  } catch {
    return say("silent");
  }
  if (!isDraft()) return read();
  show("compose");
  if (has("1.7"))
    item().addHandlerAsync?.(window.Office.EventType.RecipientsChanged, () => {
      if (!sending) compose().catch(() => say("lost"));
    });
  await compose();
}
begin().catch(() => say("lost"));
