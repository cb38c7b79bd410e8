// The pictures: one for each who is in the room, and one for each shared screen. The large one is the shared screen, or
// whoever spoke last; it stays for a while, so that nothing jumps.
import { useSpeaker } from "./devices.js";

const SPEAKS = 0.04;
const STAYS_MS = 3000;
const SHOWS_MS = 900;

export const initials = (name) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word[0])
    .filter((_, n, all) => n === 0 || n === all.length - 1)
    .join("")
    .toUpperCase();

function make(id) {
  const tile = document.getElementById(id).content.firstElementChild.cloneNode(true);
  const video = document.createElement("video");
  video.autoplay = video.playsInline = true;
  video.muted = id === "shared";
  tile.querySelector(".plate").before(video);
  return tile;
}

export class Stage {
  #words;
  #seat;
  #list = document.getElementById("stage");
  #tiles = new Map();
  #screens = new Map();
  #people = new Map();
  #streams = new Map(); // of each seat, by the id of the stream
  #spoke = new Map();
  #large = null;
  #since = 0;

  constructor(words, seat) {
    this.#words = words;
    this.#seat = seat;
  }

  show(people) {
    this.#people = new Map(people.map((one) => [one.seat, one]));
    for (const seat of this.#tiles.keys()) if (!this.#people.has(seat)) this.#removeTile(seat);
    for (const one of people) this.#show(one);
    this.#arrange();
  }

  #tile(seat) {
    if (!this.#tiles.has(seat)) {
      const tile = make("tile");
      tile.dataset.seat = seat;
      if (seat === this.#seat) tile.querySelector("video").muted = true;
      tile.querySelector("[data-you]").hidden = seat !== this.#seat;
      this.#list.append(tile);
      this.#tiles.set(seat, tile);
      useSpeaker(tile.querySelector("video"));
    }
    return this.#tiles.get(seat);
  }

  #show({ seat, name, linked, state }) {
    const tile = this.#tile(seat);
    tile.querySelector("[data-name]").textContent = name;
    tile.querySelector("[data-initials]").textContent = initials(name);
    tile.querySelector("video").setAttribute("aria-label", this.#words.picture.replace("{name}", name));
    tile.querySelector("[data-muted]").hidden = state.mic;
    tile.querySelector("[data-hand]").hidden = !state.hand;
    tile.toggleAttribute("data-dark", !state.camera);
    tile.classList.toggle("raised", state.hand);
    if (seat !== this.#seat) this.#lost(tile, linked ? tile.dataset.link : "away");
    else tile.querySelector("[data-lost]").hidden = true;
    this.#place(seat);
  }

  #lost(tile, connection) {
    const sentence = {
      connected: "",
      away: this.#words.away,
      failed: this.#words.trying,
      disconnected: this.#words.trying,
    };
    const text = sentence[connection] ?? this.#words.connecting;
    tile.querySelector("[data-lost]").hidden = !text;
    tile.querySelector("[data-lost] [data-text]").textContent = text;
  }

  me(own, state) {
    const tile = this.#tile(this.#seat);
    const video = tile.querySelector("video");
    if (video.srcObject !== own.camera) video.srcObject = own.camera;
    tile.toggleAttribute("data-dark", !state.camera);
    tile.querySelector("[data-muted]").hidden = state.mic;
    tile.querySelector("[data-hand]").hidden = !state.hand;
    tile.querySelector("[data-speaks]").hidden = true;
    tile.querySelector("[data-lost]").hidden = true;
  }

  track(seat, stream) {
    if (!stream) return;
    if (!this.#streams.has(seat)) this.#streams.set(seat, new Map());
    this.#streams.get(seat).set(stream.id, stream);
    stream.addEventListener("removetrack", () => {
      if (stream.getTracks().length) return;
      this.#streams.get(seat)?.delete(stream.id);
      this.#place(seat);
    });
    this.#place(seat);
  }

  // Which of somebody's streams is the camera and which the screen, they say themselves.
  #place(seat) {
    if (seat === this.#seat) return;
    const tile = this.#tile(seat);
    const screen = this.#people.get(seat)?.state.screen ?? "";
    const streams = this.#streams.get(seat) ?? new Map();
    const camera = [...streams.values()].find((stream) => stream.id !== screen);
    this.#play(tile.querySelector("video"), camera ?? null);
    const shared = screen ? streams.get(screen) : null;
    if (shared) this.#showScreen(seat, shared);
    else this.#removeScreen(seat);
  }

  #showScreen(seat, stream) {
    if (!this.#screens.has(seat)) {
      const tile = make("shared");
      this.#list.prepend(tile);
      this.#screens.set(seat, tile);
    }
    const tile = this.#screens.get(seat);
    const text = this.#words.shares.replace("{name}", this.#people.get(seat)?.name ?? "");
    tile.querySelector("[data-name]").textContent = text;
    tile.querySelector("video").setAttribute("aria-label", text);
    this.#play(tile.querySelector("video"), stream);
    this.#arrange();
  }

  #removeScreen(seat) {
    this.#screens.get(seat)?.remove();
    if (this.#screens.delete(seat)) this.#arrange();
  }

  #play(video, stream) {
    if (video.srcObject === stream) return;
    video.srcObject = stream;
    // A browser that plays no sound before a click: the first click anywhere starts it.
    if (stream)
      video.play().catch(() => document.addEventListener("click", () => video.play().catch(() => {}), { once: true }));
  }

  link(seat, connection) {
    const tile = this.#tiles.get(seat);
    if (!tile) return;
    tile.dataset.link = connection;
    this.#lost(tile, this.#people.get(seat)?.linked === false ? "away" : connection);
  }

  // The connection is gone; the person may still sit there and come back.
  gone(seat) {
    this.#streams.delete(seat);
    this.#removeScreen(seat);
    const tile = this.#tiles.get(seat);
    if (!tile) return;
    tile.querySelector("video").srcObject = null;
    this.link(seat, "new");
  }

  #removeTile(seat) {
    this.#removeScreen(seat);
    this.#streams.delete(seat);
    this.#tiles.get(seat)?.remove();
    this.#tiles.delete(seat);
    this.#spoke.delete(seat);
  }

  loud(seat, level) {
    const now = performance.now();
    if (level > SPEAKS) this.#spoke.set(seat, now);
    const tile = this.#tiles.get(seat);
    if (!tile) return;
    const speaks =
      now - (this.#spoke.get(seat) ?? -SHOWS_MS) < SHOWS_MS && !tile.querySelector("[data-speaks]").dataset.never;
    const hears = speaks && tile.querySelector("[data-muted]").hidden;
    tile.classList.toggle("speaks", hears);
    tile.querySelector("[data-speaks]").hidden = !hears || seat === this.#seat;
    if (speaks && seat !== this.#seat && seat !== this.#large && now - this.#since > STAYS_MS) this.#arrange(seat);
  }

  #arrange(speaker = null) {
    const others = [...this.#tiles.keys()].filter((seat) => seat !== this.#seat);
    const large = [speaker, this.#large, others[0]].find((seat) => seat && this.#tiles.has(seat)) ?? null;
    if (large !== this.#large) this.#since = performance.now();
    this.#large = large;
    const screen = this.#screens.size > 0;
    for (const [seat, tile] of this.#tiles)
      tile.classList.toggle("large", !screen && seat === large && this.#tiles.size > 1);
    this.#list.dataset.tiles = this.#tiles.size + this.#screens.size;
  }

  useSpeaker(id) {
    for (const tile of this.#tiles.values()) useSpeaker(tile.querySelector("video"), id);
  }

  clear() {
    for (const seat of [...this.#tiles.keys()]) this.#removeTile(seat);
  }
}
