// @ts-check
// A stand-in for office.js, served at its address. It knows what its page was opened with (`_host_Info`, kept for the
// pages that follow in the same tab), loads a further script as the real one does, takes two functions from the history,
// and asks the host by messages. The types of @types/office-js hold its shapes.

(() => {
  const KEY = "hostInfoValue";
  const info = new URLSearchParams(location.search).get("_host_Info") ?? sessionStorage.getItem(KEY);
  if (info) sessionStorage.setItem(KEY, info);
  /** @type {any} */ (history).pushState = null;
  /** @type {any} */ (history).replaceState = null;

  const inDialog = window.parent === window;
  const host = inDialog ? window.opener : window.parent;
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map();
  /** @type {Record<string, ((facts: any) => void)[]>} */
  const listening = {};
  let next = 1;
  addEventListener("message", (event) => {
    if (event.source !== host) return;
    if (event.data?.office === "event")
      for (const handler of listening[event.data.name] ?? []) handler(event.data.facts);
    if (event.data?.office !== "answer") return;
    waiting.get(event.data.id)?.(event.data);
    waiting.delete(event.data.id);
  });
  /** @param {string} method @param {any[]} values @returns {Promise<any>} */
  const ask = (method, ...values) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, (answer) => (answer.error ? reject(answer.error) : resolve(answer.value)));
      host?.postMessage({ office: "call", id, method, values }, "*");
    });
  /** Makes a function that ends in options and a callback, which both may be left out.
   * @param {string} method @param {any[]} first @returns {any} */
  const call =
    (method, ...first) =>
    (/** @type {any[]} */ ...rest) => {
      const callback = rest.find((value) => typeof value === "function");
      const values = rest.filter((value) => typeof value !== "function");
      const asyncContext = values.at(-1)?.asyncContext;
      ask(method, ...first, ...values).then(
        (value) => callback?.({ status: "succeeded", value, error: undefined, asyncContext, diagnostics: {} }),
        (error) => callback?.({ status: "failed", value: undefined, error, asyncContext, diagnostics: {} }),
      );
    };
  /** @param {string} name @param {(facts: any) => void} handler */
  const listen = (name, handler) => {
    listening[name] = [...(listening[name] ?? []), handler];
  };

  /** @param {string} field @returns {Pick<Office.Recipients, "getAsync" | "setAsync">} */
  const recipients = (field) => ({ getAsync: call("recipients.get", field), setAsync: call("recipients.set", field) });
  /** @type {Pick<Office.Body, "getAsync" | "setAsync">} */
  const body = { getAsync: call("body.get"), setAsync: call("body.set") };
  /** @param {(least: string) => boolean} has @returns {Partial<Office.MessageCompose>} */
  const draft = (has) => ({
    itemType: "message",
    to: /** @type {Office.Recipients} */ (recipients("to")),
    cc: /** @type {Office.Recipients} */ (recipients("cc")),
    bcc: /** @type {Office.Recipients} */ (recipients("bcc")),
    subject: { getAsync: call("subject.get"), setAsync: call("subject.set") },
    body: /** @type {Office.Body} */ (body),
    getAttachmentsAsync: call("attachments.get"),
    getAttachmentContentAsync: call("attachment.content"),
    removeAttachmentAsync: call("attachment.remove"),
    saveAsync: call("save"),
    addHandlerAsync: (/** @type {any} */ type, /** @type {any} */ handler) => listen(String(type), handler),
    ...(has("1.14") ? { closeAsync: call("close") } : {}),
  });
  /** @returns {Partial<Office.MessageRead>} */
  const received = () => ({
    itemType: "message",
    body: /** @type {Office.Body} */ (body),
    getAllInternetHeadersAsync: call("headers.get"),
  });

  /** @type {Pick<Office.UI, "displayDialogAsync" | "messageParent">} */
  const ui = {
    displayDialogAsync: (
      /** @type {string} */ url,
      /** @type {any} */ options,
      /** @type {any} */ callback = undefined,
    ) => {
      const done = typeof options === "function" ? options : callback;
      ask("dialog.open", url, typeof options === "object" ? options : {}).then(
        () => done?.({ status: "succeeded", value: dialog }),
        (error) => done?.({ status: "failed", error }),
      );
    },
    messageParent: (message, options) => {
      ask("dialog.message", message, options?.targetOrigin ?? location.origin);
    },
  };
  /** @type {Pick<Office.Dialog, "close" | "addEventHandler">} */
  const dialog = {
    close: () => ask("dialog.close"),
    addEventHandler: (type, handler) =>
      listen(
        String(type) === "dialogMessageReceived" ? "dialog.message" : "dialog.closed",
        /** @type {any} */ (handler),
      ),
  };

  /** @param {string} top @param {string | undefined} least */
  const reaches = (top, least = "1.0") => {
    const [a, b] = top.split(".").map(Number);
    const [c, d] = least.split(".").map(Number);
    return a > c || (a === c && b >= d);
  };
  /** @param {string} address @returns {Promise<void>} */
  const load = (address) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(address));
      document.head.append(script);
    });
  async function start() {
    if (!info || !host) return { host: null, platform: null };
    await load("https://ajax.aspnetcdn.com/ajax/3.5/MicrosoftAjax.js");
    if (inDialog) {
      Object.assign(Office, { context: { ui } });
      return { host: "Outlook", platform: "OfficeOnline" };
    }
    const opened = await ask("start");
    const has = (/** @type {string} */ least) => reaches(opened.set, least);
    const isSetSupported = (/** @type {string} */ name, /** @type {string} */ least) =>
      name === "NestedAppAuth" ? opened.nested : name.toLowerCase() === "mailbox" && has(least);
    Object.assign(Office, {
      context: {
        displayLanguage: opened.language,
        requirements: { isSetSupported },
        ui,
        mailbox: {
          item: opened.mode === "compose" ? draft(has) : received(),
          addHandlerAsync: (/** @type {any} */ type, /** @type {any} */ handler) => listen(String(type), handler),
        },
      },
    });
    return { host: "Outlook", platform: "OfficeOnline" };
  }
  /** @type {Map<string, (event: any) => void>} */
  const functions = new Map();
  listen("action", ({ name }) => {
    functions.get(name)?.({ completed: (/** @type {any} */ options) => ask("completed", options) });
  });
  const Office = {
    actions: {
      /** @param {string} name @param {(event: any) => void} handler */
      associate: (name, handler) => {
        functions.set(name, handler);
        ready.then(() => ask("associated", name));
      },
    },
    onReady: (/** @type {undefined | ((facts: any) => void)} */ callback) =>
      ready.then((facts) => {
        callback?.(facts);
        return facts;
      }),
    CoercionType: { Html: "html", Text: "text" },
    EventType: {
      DialogMessageReceived: "dialogMessageReceived",
      DialogEventReceived: "dialogEventReceived",
      OfficeThemeChanged: "officeThemeChanged",
      RecipientsChanged: "olkRecipientsChanged",
    },
    MailboxEnums: { AttachmentType: { File: "file", Item: "item", Cloud: "cloud" } },
  };
  Object.assign(window, { Office });
  const ready = start();

  /** @type {((event: any) => void)[]} */
  const bridge = [];
  Object.assign(window, {
    nestedAppAuthBridge: {
      addEventListener: (/** @type {string} */ _type, /** @type {(event: any) => void} */ handler) =>
        bridge.push(handler),
      removeEventListener: () => undefined,
      postMessage: (/** @type {string} */ text) =>
        ask("naa", text).then((answer) => {
          for (const handler of bridge) handler(answer);
        }),
    },
  });
})();
