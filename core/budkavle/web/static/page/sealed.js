// What was being written when a session ended: sealed with a key of the person's own, and given back when the same person
// has signed in again. The key comes with each page of theirs, and the browser lets nobody read it out again; what is kept
// lies in this window's storage, and neither the page nor the next person at the screen can open it.
import { all, one } from "./dom.js";

const STORED = "sealed writing";
const here = () => location.pathname + location.search;
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));

const box = one("#session");
const key = takeKey();

// Without https, or where a browser keeps storage from us, nothing is sealed.
async function takeKey() {
  const raw = box?.dataset.key;
  box?.removeAttribute("data-key");
  if (!raw || !globalThis.crypto?.subtle) return null;
  return crypto.subtle.importKey("raw", bytes(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
}

const isChanged = (field) => {
  if (field.matches("[type=hidden], button, [type=submit]")) return false;
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== (field.defaultValue ?? "");
};
// A message that is written counts also where the page came with it: as a draft, or back with something to put right.
const WRITING =
  "main [aria-invalid='true'], main form[data-compose] :is([name='recipients'][type='hidden'], [name='attachment'])";
export function isWritten() {
  const fields = all("main :is(input, textarea, select)");
  const subject = one("main form[data-compose] [name='subject']");
  return fields.some(isChanged) || Boolean(subject?.value || one(WRITING));
}

// A field by its name, and which of that name; passwords are kept nowhere, and files cannot be.
const KEPT = "main :is(textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit]))";
const isBox = (field) => field.matches("[type=checkbox], [type=radio]");

function fields() {
  const seen = Object.create(null);
  return all(KEPT)
    .filter((field) => field.name)
    .map((field) => {
      seen[field.name] = (seen[field.name] ?? -1) + 1;
      return { field, place: `${field.name} ${seen[field.name]}` };
    });
}

export async function sealWritten(who) {
  try {
    const values = fields()
      .filter(({ field }) => isChanged(field) || field.matches("textarea"))
      .map(({ field, place }) => [place, isBox(field) ? field.checked : field.value]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(values));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, plain);
    sessionStorage.setItem(STORED, JSON.stringify({ who, path: here(), iv: text(iv), sealed: text(sealed) }));
    return true;
  } catch {
    return false;
  }
}

export async function giveBack(who) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORED));
    if (kept?.who !== who || kept.path !== here()) return;
    sessionStorage.removeItem(STORED);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(kept.iv) }, await key, bytes(kept.sealed));
    const values = new Map(JSON.parse(new TextDecoder().decode(plain)));
    for (const { field, place } of fields()) {
      if (!values.has(place)) continue;
      field[isBox(field) ? "checked" : "value"] = values.get(place);
      for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    }
  } catch {
    // nothing was kept, or what was kept is not ours to open
  }
}

// A message that could not be kept by the server, with its recipients and files: whole, since only its own page takes it back.
const UNSENT = "sealed message";

export async function sealMessage(pairs) {
  try {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(pairs));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, plain);
    const kept = { who: box.dataset.who, path: here(), iv: text(iv), sealed: text(sealed) };
    sessionStorage.setItem(UNSENT, JSON.stringify(kept));
  } catch {
    // it stays on the page alone
  }
}

export async function openMessage() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(UNSENT));
    if (kept?.who !== box?.dataset.who || kept.path !== here()) return null;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(kept.iv) }, await key, bytes(kept.sealed));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null;
  }
}

// Of a session that is over nothing but what is sealed stays in this window; of who has signed out, not even that.
export function forgetSession(signedOut) {
  const isOthers = (name) => JSON.parse(sessionStorage.getItem(name)).who !== signedOut;
  try {
    for (const name of Object.keys(sessionStorage))
      if (![STORED, UNSENT].includes(name) || !isOthers(name)) sessionStorage.removeItem(name);
  } catch {
    // nothing can be kept there either
  }
}

export function forgetMessage() {
  try {
    sessionStorage.removeItem(UNSENT);
  } catch {
    // nothing can be kept there either
  }
}
