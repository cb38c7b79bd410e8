// @ts-check
// The part of Outlook on the web that frames a pane: it holds what is open, answers what office.js asks, opens windows,
// and gives tokens (nested app authentication). The numbers of errors are those that office.js documents.

/** @typedef {{code: number, name: string, message: string}} Fault */
/** @typedef {{id: number, method: string, values: any[]}} Asked */

/** The state, which a test sets before the page runs and reads afterwards. */
const outlook = /** @type {any} */ (window).outlook;
const frame = /** @type {HTMLIFrameElement} */ (document.getElementById("pane"));
const runtime = /** @type {HTMLIFrameElement} */ (document.getElementById("runtime"));
const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("alert"));

class Refused extends Error {
  /** @param {number} code @param {string} name */
  constructor(code, name) {
    super(name);
    this.code = code;
    this.name = name;
  }
}

/** @param {string} html */
const textOf = (html) =>
  new DOMParser().parseFromString(html.replace(/<br>|<\/(?:p|div|li|tr|h\d)>/gi, "$&\n"), "text/html").body
    .textContent ?? "";
/** @param {string} id */
function attachmentOf(id) {
  const attachment = outlook.item.attachments.find((/** @type {any} */ one) => one.id === id);
  if (!attachment) throw new Refused(9003, "InvalidAttachmentId");
  return attachment;
}
/** @param {any} attachment */
function details(attachment) {
  const { content, ...rest } = attachment;
  return rest;
}
function draw() {
  const set = (/** @type {string} */ id, /** @type {string} */ text) => {
    /** @type {HTMLElement} */ (document.getElementById(id)).textContent = text;
  };
  set("subject", outlook.item.subject);
  set("to", outlook.item.to.map((/** @type {any} */ person) => person.emailAddress).join("; "));
  set("text", textOf(outlook.shown || outlook.item.html));
  set("files", outlook.item.attachments.map((/** @type {any} */ attachment) => attachment.name).join(", "));
}
/** @param {(string | {emailAddress: string})[]} people */
const persons = (people) =>
  people.map((person) => (typeof person === "string" ? { emailAddress: person, displayName: person } : person));

/** @type {{window: Window | null, from: MessageEventSource | null}} */
let opened = { window: null, from: null };

/** @type {Record<string, (values: any[], event: MessageEvent) => unknown>} */
const answers = {
  start: () => ({ mode: outlook.mode, set: outlook.set, language: outlook.language, nested: Boolean(outlook.token) }),
  "recipients.get": ([field]) => outlook.item[field],
  "recipients.set": ([field, people]) => {
    outlook.item[field] = persons(people);
  },
  "subject.get": () => outlook.item.subject,
  "subject.set": ([subject]) => {
    if (subject.length > 255) throw new Refused(9002, "DataExceedsMaximumSize");
    outlook.item.subject = subject;
  },
  "body.get": ([type]) =>
    type === "text" ? textOf(outlook.item.html) : `<html><body>${outlook.item.html}</body></html>`,
  "body.set": ([content, options]) => {
    if (outlook.refuses === "body.set") throw new Refused(5001, "InternalError");
    const escaped = content.replace(/[&<]/g, (/** @type {string} */ sign) => (sign === "&" ? "&amp;" : "&lt;"));
    outlook.item.html = options?.coercionType === "html" ? content : escaped;
  },
  "attachments.get": () => outlook.item.attachments.map(details),
  "attachment.content": ([id]) => attachmentOf(id).content,
  "attachment.remove": ([id]) => {
    outlook.item.attachments.splice(outlook.item.attachments.indexOf(attachmentOf(id)), 1);
  },
  "headers.get": () =>
    outlook.item.header ? `From: post@budkavle.example\r\nX-Budkavle-Message: ${outlook.item.header}\r\n` : "",
  save: () => {
    outlook.saved += 1;
    return "AAMkAGI=";
  },
  close: ([options]) => {
    if (outlook.refuses === "close") throw new Refused(5001, "InternalError");
    outlook.closed = true;
    outlook.discarded = Boolean(options?.discardItem);
    frame.remove();
  },
  "dialog.open": ([url, options], event) => {
    const address = new URL(url);
    if (address.protocol !== "https:") throw new Refused(12005, "DialogAddressMustBeHttps");
    if (address.origin !== event.origin) throw new Refused(12004, "DialogAddressNotTrusted");
    if (opened.window && !opened.window.closed) throw new Refused(12007, "DialogAlreadyOpened");
    address.searchParams.set("_host_Info", outlook.info);
    const popup = window.open(address.href, "_blank", `popup,width=${options.width * 13},height=${options.height * 8}`);
    if (!popup) throw new Refused(12009, "UserDeclined");
    opened = { window: popup, from: event.source };
    const watching = setInterval(() => {
      if (!popup.closed) return;
      clearInterval(watching);
      tell("dialog.closed", { error: 12006 });
    }, 100);
  },
  "dialog.close": () => opened.window?.close(),
  "dialog.message": ([message, target], event) => {
    if (event.source !== opened.window) throw new Refused(5001, "no window of ours");
    if (target === event.origin) tell("dialog.message", { message, origin: event.origin });
  },
  naa: ([text]) => nested(JSON.parse(text)),
  // The event's function has been associated: it is called with the event that waits.
  associated: ([name], event) => {
    if (event.source === runtime.contentWindow && name === outlook.event) call(name);
  },
  completed: ([options]) => {
    outlook.completed = options;
    if (outlook.event === "onMessageSend") decided(options);
    else if (options.allowEvent) outlook.shown = options.emailBody.content;
    outlook.event = "";
  },
};

/** @param {string} name */
const call = (name) => runtime.contentWindow?.postMessage({ office: "event", name: "action", facts: { name } }, "*");

// Raises an event as Outlook does: the page of the manifest is loaded where nobody sees it, and its function called.
/** @param {string} name */
function raise(name) {
  outlook.event = name;
  if (runtime.src) call(name);
  else runtime.src = `${outlook.runtime}?_host_Info=${encodeURIComponent(outlook.info)}`;
}

/** @param {any} options */
function decided(options) {
  if (options.allowEvent) {
    outlook.sent = true;
    return;
  }
  const known = ["encryptButton", "readButton"].includes(options.commandId);
  const set = (/** @type {string} */ id, /** @type {string} */ text) => {
    const element = /** @type {HTMLElement} */ (document.getElementById(id));
    element.textContent = text;
    element.hidden = !text;
  };
  set("says", options.errorMessage);
  set("action", known ? (options.cancelLabel ?? "Vidta åtgärd") : "");
  set("anyway", options.sendModeOverride === "promptUser" ? "Skicka ändå" : "");
  dialog.showModal();
}

function showPane() {
  frame.hidden = false;
  if (!frame.src) frame.src = `${outlook.url}?_host_Info=${encodeURIComponent(outlook.info)}`;
}

/** @param {string} id @param {() => void} handler */
const pressed = (id, handler) => document.getElementById(id)?.addEventListener("click", handler);
pressed("send", () => raise("onMessageSend"));
pressed("action", () => {
  dialog.close();
  showPane();
});
pressed("anyway", () => {
  dialog.close();
  outlook.sent = true;
});
pressed("not", () => dialog.close());

/** @param {string} name @param {unknown} facts */
function tell(name, facts) {
  frame.contentWindow?.postMessage({ office: "event", name, facts }, "*");
}
Object.assign(window, { tell });

/** @param {any} request */
async function nested(request) {
  const answer = { messageType: "NestedAppAuthResponse", requestId: request.requestId, success: true };
  const { account } = outlook;
  if (request.method === "GetInitContext") {
    const capabilities = {};
    const initContext = { sdkName: "simulator", sdkVersion: "1", capabilities, accountContext: account };
    return JSON.stringify({ ...answer, initContext });
  }
  const scope = request.tokenParams.scope;
  outlook.asked.push({ method: request.method, client: request.tokenParams.clientId, scope });
  const access_token = await outlook.token();
  const token = { access_token, id_token: outlook.idToken, expires_in: 3600, scope, properties: null };
  return JSON.stringify({ ...answer, token, account });
}

addEventListener("message", async (event) => {
  if (event.data?.office !== "call") return;
  const { id, method, values } = /** @type {Asked} */ (event.data);
  outlook.calls.push(method);
  /** @type {{value?: unknown, error?: Fault}} */
  let result;
  try {
    if (!answers[method]) throw new Refused(5001, `no ${method}`);
    result = { value: await answers[method](values, event) };
  } catch (error) {
    const { code = 5001, name, message } = /** @type {any} */ (error);
    result = { error: { code, name, message } };
  }
  /** @type {Window} */ (event.source).postMessage({ office: "answer", id, ...result }, event.origin);
  if (frame.isConnected) draw();
});

draw();
document.documentElement.style.setProperty("--pane-width", `${outlook.width}px`);
if (outlook.pane) showPane();
else frame.hidden = true;
if (outlook.mode === "read" && outlook.item.header && outlook.runtime) raise("onMessageDecrypt");
