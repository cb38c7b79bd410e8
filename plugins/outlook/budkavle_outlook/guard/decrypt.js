// Outlook opens a notice (OnMessageDecrypt, Mailbox 1.16): where somebody is signed in in the pane, the message is shown in
// place of it. Otherwise the notice stays as it is. Written as launch.js is.
const CASE = /^X-Budkavle-Message:[ \t]*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[ \t]*$/im;

function shownCase(headers) {
  const found = CASE.exec(headers);
  if (!found || typeof document === "undefined") return Promise.reject(new Error("nothing to show"));
  return fetch(`${GUARD.path}/shown/${found[1]}`).then((answer) => {
    if (!answer.ok || answer.redirected) throw new Error("nobody is signed in");
    return answer.text();
  });
}

function onMessageDecrypt(event) {
  ask((done) => Office.context.mailbox.item.getAllInternetHeadersAsync(done))
    .then(shownCase)
    .then(
      (content) => event.completed({ allowEvent: true, emailBody: { coercionType: "html", content } }),
      () => event.completed({ allowEvent: false })
    );
}

Office.actions.associate("onMessageDecrypt", onMessageDecrypt);
