// The room: what the buttons do, and what the line and the mesh tell. Each part of the page has a module of its own.
import { choices, choose, devices, level, open, openBoth } from "./devices.js";
import { Line } from "./line.js";
import { Mesh } from "./mesh.js";
import { Side } from "./side.js";
import { Stage } from "./stage.js";

const root = document.getElementById("room");
const settings = JSON.parse(root.dataset.room);
const words = JSON.parse(root.dataset.words);
const el = (id) => document.getElementById(id);
const fill = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");

const own = { camera: new MediaStream(), screen: null }; // what this browser sends
const state = { mic: false, camera: false, hand: false, screen: "" };
let people = new Map();
let entered = false;
let quietLevel = () => {};

function announce(sentence, facts = {}) {
  el("news").textContent = fill(sentence, facts);
}

function banner(sentence) {
  el("banner").textContent = sentence ?? "";
  el("banner").classList.toggle("shown", Boolean(sentence));
}

const line = new Line(
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${settings.socket}`,
  settings.ticket,
  () => state,
  { message: heard, up, down, over },
);
const mesh = new Mesh(line, sending, { track, link, gone });
const stage = new Stage(words, line.seat);
const side = new Side(words, line, settings.host);

function* sending() {
  for (const track of own.camera.getTracks()) yield [own.camera, track];
  for (const track of own.screen?.getTracks() ?? []) yield [own.screen, track];
}

async function heard(message) {
  if (message.t === "in") {
    mesh.ice = message.ice;
    mesh.relayOnly = message.relay;
  } else if (message.t === "room") room(message);
  else if (message.t === "signal") await mesh.heard(message);
  else if (message.t === "chat") side.said(message.lines);
  else if (message.t === "mute") muted();
}

function room(message) {
  const before = people;
  people = new Map(message.people.map((one) => [one.seat, one]));
  if (entered) tellWhoCame(before);
  entered = true;
  mesh.meet(message.people);
  stage.show(message.people);
  side.show(message);
  if (el("lock")) {
    el("lock").hidden = false;
    el("lock").dataset.locked = message.locked;
    el("lock").querySelector("[data-text]").textContent = message.locked ? words.unlock : words.lock;
  }
}

function tellWhoCame(before) {
  for (const [seat, { name }] of people) if (!before.has(seat)) announce(words.came, { name });
  for (const [seat, { name }] of before) if (!people.has(seat)) announce(words.went, { name });
  for (const [seat, { name, state: now }] of people) {
    if (now.hand && before.get(seat)?.state.hand === false && seat !== line.seat) announce(words.raised, { name });
  }
}

let wasDown = false;
let links = 0;
function up() {
  root.dataset.links = ++links;
  banner(null);
  if (wasDown) announce(words.back);
  wasDown = false;
  line.send({ t: "state", state });
}

function down() {
  wasDown = true;
  banner(words.down);
}

function over(why) {
  stop();
  root.dataset.over = why;
  el("over").hidden = false;
  el("over-title").textContent = words.over[why]?.[0] ?? words.over.ended[0];
  el("over").querySelector("[data-text]").textContent = words.over[why]?.[1] ?? "";
  el("again").hidden = ["removed", "ended", "stranger"].includes(why);
  el("over").focus();
}

function stop() {
  banner(null);
  quietLevel();
  mesh.close();
  stage.clear();
  for (const [, track] of sending()) track.stop();
}

function track(seat, _, stream) {
  stage.track(seat, stream);
}

function link(seat, connection) {
  const who = people.get(seat)?.name ?? "";
  if (connection === "failed") announce(words.lostOne, { name: who });
  stage.link(seat, connection);
}

function gone(seat) {
  stage.gone(seat);
}

// What this browser sends, and what its buttons say
function tell() {
  stage.me(own, state);
  const text = (id, sentence) => {
    el(id).querySelector("[data-text]").textContent = sentence;
  };
  text("microphone", state.mic ? words.micOn : words.micOff);
  text("camera", state.camera ? words.cameraOn : words.cameraOff);
  text("screen", state.screen ? words.screenOn : words.screenOff);
  text("hand", state.hand ? words.handOn : words.handOff);
  el("microphone").toggleAttribute("data-off", !state.mic);
  el("camera").toggleAttribute("data-off", !state.camera);
  el("screen").toggleAttribute("data-on", Boolean(state.screen));
  el("hand").toggleAttribute("data-on", state.hand);
  line.send({ t: "state", state });
}

const kinds = { mic: "audio", camera: "video" };
async function turn(what, on) {
  const kind = kinds[what];
  let [mine] = own.camera.getTracks().filter((one) => one.kind === kind);
  if (on && !mine) {
    const opened = await open(kind);
    if (opened.fault) {
      banner(words.faults[kind][opened.fault] ?? words.faults[kind].other);
      return;
    }
    mine = opened.track;
    own.camera.addTrack(mine);
    mesh.add(mine, own.camera);
    if (kind === "audio") listenToMyself();
    fillDevices();
  }
  if (on) banner(null);
  if (mine) mine.enabled = on;
  state[what] = on;
  tell();
}

function muted() {
  if (!state.mic) return;
  turn("mic", false);
  banner(words.muted);
  setTimeout(() => el("banner").textContent === words.muted && banner(null), 8000);
}

async function share() {
  if (own.screen) {
    for (const one of own.screen.getTracks()) {
      mesh.remove(one);
      one.stop();
    }
    own.screen = null;
    state.screen = "";
    tell();
    return;
  }
  try {
    own.screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 8 } } });
  } catch {
    return; // the person chose nothing
  }
  for (const one of own.screen.getTracks()) {
    if (one.kind === "video") one.contentHint = "detail";
    one.addEventListener("ended", () => own.screen && share());
    mesh.add(one, own.screen);
  }
  state.screen = own.screen.id;
  tell();
}

function listenToMyself() {
  quietLevel();
  quietLevel = level(own.camera, (loud) => stage.loud(line.seat, state.mic ? loud : 0));
}

async function fillDevices() {
  const all = await devices();
  const chosen = choices();
  const remembered = { audioinput: chosen.microphone, videoinput: chosen.camera, audiooutput: chosen.speaker };
  for (const select of document.querySelectorAll("[data-device]")) {
    const list = all[select.dataset.device];
    select.replaceChildren(...list.map(({ id, label }, n) => new Option(label || `${n + 1}`, id)));
    if (list.some(({ id }) => id === remembered[select.dataset.device]))
      select.value = remembered[select.dataset.device];
    select.closest("label").hidden = list.length === 0;
  }
}

async function changeDevice({ target }) {
  const kind = target.dataset.device;
  choose({ [{ audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" }[kind]]: target.value });
  if (kind === "audiooutput") {
    stage.useSpeaker(target.value);
    return;
  }
  const media = kind === "audioinput" ? "audio" : "video";
  const before = own.camera.getTracks().find((one) => one.kind === media);
  if (!before) return;
  before.stop(); // many devices open only once
  const { track: next } = await open(media);
  if (!next) return;
  own.camera.removeTrack(before);
  own.camera.addTrack(next);
  next.enabled = media === "audio" ? state.mic : state.camera;
  mesh.replace(before, next);
  if (media === "audio") listenToMyself();
  stage.me(own, state);
}

el("microphone").addEventListener("click", () => turn("mic", !state.mic));
el("camera").addEventListener("click", () => turn("camera", !state.camera));
el("screen").addEventListener("click", share);
el("screen").hidden = !navigator.mediaDevices?.getDisplayMedia;
el("hand").addEventListener("click", () => {
  state.hand = !state.hand;
  tell();
});
el("leave").addEventListener("click", () => {
  line.close();
  over("left");
});
el("lock")?.addEventListener("click", ({ currentTarget }) =>
  line.send({ t: "lock", on: currentTarget.dataset.locked !== "true" }),
);
for (const select of document.querySelectorAll("[data-device]")) select.addEventListener("change", changeDevice);
setInterval(() => {
  for (const [seat, loud] of mesh.levels()) stage.loud(seat, loud);
}, 300);

(async () => {
  const wanted = choices();
  const { stream, faults } = await openBoth({ audio: wanted.micOn, video: wanted.cameraOn });
  own.camera = stream;
  state.mic = stream.getAudioTracks().length > 0;
  state.camera = stream.getVideoTracks().length > 0;
  tell();
  const [[kind, fault] = []] = Object.entries(faults);
  if (kind) banner(words.faults[kind][fault] ?? words.faults[kind].other);
  if (state.mic) listenToMyself();
  line.open();
  fillDevices();
})();

// For whoever looks for a fault, and for tests: how each connection stands.
root.addEventListener("room:report", ({ detail }) => mesh.report().then(detail));
