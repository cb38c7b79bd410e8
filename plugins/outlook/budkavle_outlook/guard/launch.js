// The guard: Outlook calls it before it sends a mail. ES2016 without `?:`, modules and page, since classic Outlook on
// Windows loads nothing else; `GUARD` stands before it in the same file. Whatever fails, the mail goes.
const OLDEST_BUTTON = "1.14";
const PATIENCE_MS = 2000;
const SHOWN = 3;
const LONGEST_ALERT = 500;

const ask = (start) =>
  new Promise((resolve, reject) => {
    start((answer) => {
      if (answer.status === "succeeded") resolve(answer.value);
      else reject(answer.error);
    });
  });

function languageOf(texts) {
  const language = (Office.context.displayLanguage || "").slice(0, 2);
  if (language === "en") return texts.en;
  return texts.sv;
}

function filled(sentence, words) {
  const shown = words.slice(0, SHOWN).map((word) => word.replace(/\*$/, "…"));
  if (words.length > SHOWN) shown.push("…");
  return sentence.replace("{words}", () => shown.join(", "));
}

function findingsIn(text) {
  const year = new Date().getFullYear();
  return GUARD.checks.reduce((sentences, check) => {
    const named = languageOf(check.sentences);
    return sentences.concat(check.find(text, year).map((finding) => filled(named[finding.name], finding.words)));
  }, []);
}

// Who could have a secure message only the server knows. Without a page there is no session, and nobody is asked.
function secureRecipients(item) {
  if (typeof document === "undefined") return Promise.resolve([]);
  const fields = ["to", "cc", "bcc"].map((field) => ask((done) => item[field].getAsync(done)));
  const answer = Promise.all(fields).then((lists) => {
    const people = lists.reduce((all, list) => all.concat(list), []);
    const emails = people.map((person) => person.emailAddress);
    return fetch(`${GUARD.path}/session`)
      .then((session) => session.json())
      .then((session) => {
        const form = new URLSearchParams({ csrf: session.csrf });
        emails.forEach((email) => {
          form.append("email", email);
        });
        return fetch(`${GUARD.path}/recipients`, { method: "POST", body: form });
      })
      .then((found) => found.json())
      .then((found) => found.secure);
  });
  const late = new Promise((resolve) => {
    setTimeout(() => resolve([]), PATIENCE_MS);
  });
  return Promise.race([answer, late]).catch(() => []);
}

function alertOf(sentences) {
  const texts = languageOf(GUARD.texts);
  let last = texts.demand;
  if (GUARD.sendAnyway) last = texts.offer;
  const alert = { allowEvent: false, errorMessage: sentences.concat(last).join(" ").slice(0, LONGEST_ALERT) };
  if (Office.context.requirements.isSetSupported("Mailbox", OLDEST_BUTTON)) {
    alert.commandId = "encryptButton";
    alert.cancelLabel = texts.button;
    if (GUARD.sendAnyway) alert.sendModeOverride = "promptUser";
  }
  return alert;
}

function judged(item) {
  return Promise.all([
    ask((done) => item.subject.getAsync(done)),
    ask((done) => item.body.getAsync("text", done)),
  ]).then((texts) => {
    const sentences = findingsIn(texts.join("\n"));
    if (sentences.length === 0 && !GUARD.recipients) return { allowEvent: true };
    return secureRecipients(item).then((people) => {
      if (people.length > 0) sentences.push(filled(languageOf(GUARD.texts).secure, people));
      if (sentences.length === 0) return { allowEvent: true };
      return alertOf(sentences);
    });
  });
}

function onMessageSend(event) {
  const go = () => event.completed({ allowEvent: true });
  if (!GUARD.on) go();
  else judged(Office.context.mailbox.item).then((answer) => event.completed(answer), go);
}

Office.actions.associate("onMessageSend", onMessageSend);
