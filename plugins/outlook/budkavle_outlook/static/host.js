// What our pages ask of Outlook (office.js): each call becomes a promise, and newer ones are found by their set.
const PATIENCE_MS = 20_000;
const OFFICE_MS = 300_000;
export const patiently = (promise, wait = PATIENCE_MS) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("Outlook is silent")), wait))]);

// Outlook says the colours of what is around the pane; where it says none, the pane follows the system.
function wear(theme) {
  const channels = /^#?(..)(..)(..)$/.exec(theme?.bodyBackgroundColor ?? "")?.slice(1);
  if (!channels) return;
  const [red, green, blue] = channels.map((channel) => Number.parseInt(channel, 16));
  const isDark = 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  document.documentElement.dataset.colorScheme = isDark ? "dark" : "light";
}

// Resolves when Outlook is there; fails where the page stands in no Outlook.
export async function ready() {
  if (!window.Office) throw new Error("office.js has not been loaded");
  const { host } = await patiently(window.Office.onReady());
  if (!host) throw new Error("there is no Outlook");
  wear(window.Office.context.officeTheme);
  const { mailbox } = window.Office.context; // a window of ours has none
  if (mailbox && has("1.14")) {
    mailbox.addHandlerAsync(window.Office.EventType.OfficeThemeChanged, ({ officeTheme }) => wear(officeTheme));
  }
}

export const call = (start) =>
  new Promise((resolve, reject) =>
    start((result) => (result.status === "succeeded" ? resolve(result.value) : reject(result.error))),
  );

export const has = (version, name = "Mailbox") => window.Office.context.requirements.isSetSupported(name, version);

// Opens a window of ours and returns the word that it gives back.
export async function dialog(address) {
  const { ui } = window.Office.context;
  const options = { height: 80, width: 40, promptBeforeOpen: false };
  const opened = await patiently(call((done) => ui.displayDialogAsync(address, options, done)));
  const word = new Promise((resolve, reject) => {
    opened.addEventHandler(window.Office.EventType.DialogMessageReceived, (event) =>
      "message" in event && (!event.origin || event.origin === location.origin)
        ? resolve(event.message)
        : reject(new Error("the window gave no word")),
    );
    opened.addEventHandler(window.Office.EventType.DialogEventReceived, () =>
      reject(new Error("the window was closed")),
    );
  });
  try {
    const answer = await patiently(word, OFFICE_MS);
    opened.close();
    return answer;
  } catch (error) {
    if (error.message !== "the window was closed") opened.close();
    throw error;
  }
}

// Nested app authentication: Outlook gives a token for our app, and no window is needed once an administrator consents.
export async function token({ client, authority, scope }) {
  if (!has("1.1", "NestedAppAuth")) throw new Error("this Outlook gives no token");
  const app = await window.msal.createNestablePublicClientApplication({ auth: { clientId: client, authority } });
  const request = { scopes: [scope] };
  const answer = await app.acquireTokenSilent(request).catch(() => app.acquireTokenPopup(request));
  return answer.accessToken;
}
