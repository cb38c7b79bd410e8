// A draft of Outlook's: what stands in it, its files as bytes, and throwing it away once it is sent.
import { call, has } from "./host.js";

export const item = () => window.Office.context.mailbox.item;
export const isDraft = () => typeof item()?.subject?.setAsync === "function";
const FIELDS = ["to", "cc", "bcc"];

// A form's fields have room for two million bytes. Styles and pictures that stand in the text itself are left out, and of
// what is longer still, the text alone goes.
const LONGEST = 1_500_000;
const NOISE = /<style[\s>].*?<\/style>|<!--.*?-->|"data:[^"]*"/gis;
const ESCAPED = { "&": "&amp;", "<": "&lt;" };
async function htmlOf(draft) {
  const { Html, Text } = window.Office.CoercionType;
  const html = (await call((done) => draft.body.getAsync(Html, done))).replace(NOISE, "");
  if (html.length < LONGEST) return html;
  const text = await call((done) => draft.body.getAsync(Text, done));
  return `<pre>${text.replace(/[&<]/g, (sign) => ESCAPED[sign])}</pre>`;
}

// The server makes a message's text of the draft's.
async function bodyOf(draft, attachments, form, url) {
  const data = new FormData();
  data.append("csrf", form.elements.csrf.value);
  data.append("html", await htmlOf(draft));
  for (const { contentId, name } of attachments) if (contentId) data.append("picture", `${contentId} ${name}`);
  const answer = await fetch(url, { method: "POST", body: data });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.text();
}

export async function readDraft(form, url) {
  const draft = item();
  const recipients = [];
  for (const field of FIELDS) recipients.push(...(await call((done) => draft[field].getAsync(done))));
  const attachments = await call((done) => draft.getAttachmentsAsync(done));
  return {
    recipients: [...new Set(recipients.map((recipient) => recipient.emailAddress.trim()))],
    subject: await call((done) => draft.subject.getAsync(done)),
    body: await bodyOf(draft, attachments, form, url),
    attachments,
  };
}

// What lies at another service is a link and no file: it does not follow.
export const isCloud = (attachment) => attachment.attachmentType === window.Office.MailboxEnums.AttachmentType.Cloud;

function decoded(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i); // a callback takes twenty times as long
  return bytes;
}

const ENDINGS = { eml: ".eml", iCalendar: ".ics" };
const TYPES = { eml: "message/rfc822", iCalendar: "text/calendar" };
export async function fileOf(attachment) {
  const content = await call((done) => item().getAttachmentContentAsync(attachment.id, done));
  if (content.format === "base64")
    return new File([decoded(content.content)], attachment.name, { type: attachment.contentType ?? "" });
  if (!ENDINGS[content.format]) throw new Error(`an attachment of the format ${content.format}`);
  const ending = ENDINGS[content.format];
  const name = attachment.name.endsWith(ending) ? attachment.name : attachment.name + ending;
  return new File([content.content], name, { type: TYPES[content.format] });
}

// Throws the draft away. Where this Outlook cannot, everything in it is replaced by one line, and that is saved, since
// Outlook has kept the draft in the mailbox while it was written.
export async function discard(line) {
  if (has("1.14") && item().closeAsync) {
    try {
      await call((done) => item().closeAsync({ discardItem: true }, done));
      return "closed";
    } catch {
      // It is emptied below.
    }
  }
  await empty(line);
  return "emptied";
}

async function empty(line) {
  const draft = item();
  await call((done) => draft.body.setAsync(line, { coercionType: window.Office.CoercionType.Text }, done));
  for (const attachment of await call((done) => draft.getAttachmentsAsync(done)))
    await call((done) => draft.removeAttachmentAsync(attachment.id, done));
  await call((done) => draft.subject.setAsync(line, done));
  for (const field of FIELDS) await call((done) => draft[field].setAsync([], done));
  await call((done) => draft.saveAsync(done));
}
