// The draft's files on their way to the server: each once, with its progress; what has come is remembered by its id in
// Outlook, so that a second try sends only what is missing.
import { fileOf, isCloud } from "./draft.js";

const box = document.querySelector("[data-pane-files]");
const sent = new Map();

const size = (bytes) =>
  `${(bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;

// What a signature signs is kept byte for byte where the signature has come before it.
const isSignature = ({ name }) => /\.(p7s|sig|asc)$/i.test(name);
const signaturesFirst = (one, other) => isSignature(other) - isSignature(one);

function line(text, bad = false) {
  const entry = box.appendChild(document.createElement("li"));
  entry.className = bad ? "bad" : "";
  entry.appendChild(Object.assign(document.createElement("span"), { className: "name", textContent: text }));
  return entry;
}

export const uploads = {
  // Lists the files, and those that do not follow.
  show(attachments) {
    box.replaceChildren();
    for (const attachment of attachments) {
      if (isCloud(attachment)) line(`${attachment.name} ${box.dataset.cloud}`, true);
      else line(attachment.name);
    }
  },
  into(form, ids) {
    for (const old of form.querySelectorAll('[name="attachment"]')) old.remove();
    for (const id of ids)
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "attachment", value: id }));
  },
};

function put(form, file, bar) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells no progress
    const data = new FormData();
    data.append("csrf", form.elements.csrf.value);
    data.append("attachments", file);
    request.upload.onprogress = (event) => {
      bar.value = event.loaded / event.total;
    };
    request.onload = () => {
      const answer = JSON.parse(request.responseText || "{}");
      if (request.status < 300) resolve(answer.id);
      else reject(new Error(Object.values(answer.errors ?? {})[0] ?? ""));
    };
    request.onerror = () => reject(new Error(""));
    request.open("POST", `/attachments?kind=${encodeURIComponent(form.elements.kind?.value ?? "")}`);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  });
}

// Returns the ids, or null where a file did not come; the line at the file then says why.
export async function upload(form, attachments) {
  const files = attachments.filter((attachment) => !isCloud(attachment));
  const most = Number(form.dataset.mostBytes || Number.POSITIVE_INFINITY);
  uploads.show(attachments.filter(isCloud));
  const sum = files.reduce((bytes, file) => bytes + file.size, 0);
  if (sum > most) {
    line(`${box.dataset.tooBig} ${size(most)}.`, true).scrollIntoView();
    return null;
  }
  for (const attachment of [...files].sort(signaturesFirst)) {
    const entry = line(attachment.name);
    if (sent.has(attachment.id)) continue;
    const bar = entry.appendChild(
      Object.assign(document.createElement("progress"), { max: 1, value: 0, ariaLabel: attachment.name }),
    );
    try {
      sent.set(attachment.id, await put(form, await fileOf(attachment), bar));
      bar.remove();
    } catch (error) {
      bar.remove();
      entry.className = "bad";
      entry.firstChild.textContent = error.message || `${attachment.name} ${box.dataset.failed}`;
      entry.scrollIntoView();
      return null;
    }
  }
  return files.map((attachment) => sent.get(attachment.id));
}
