// The side: who waits in the lobby, who is in the meeting, and the chat.
import { initials } from "./stage.js";

const el = (id) => document.getElementById(id);
const make = (id) => el(id).content.firstElementChild.cloneNode(true);

export class Side {
  #words;
  #line;
  #isHost;
  #people = new Map();
  #waiting = new Map();

  constructor(words, line, isHost) {
    this.#words = words;
    this.#line = line;
    this.#isHost = isHost;
    const narrow = matchMedia("(max-width: 60rem)");
    this.#toggle(!narrow.matches);
    narrow.addEventListener("change", () => this.#toggle(!narrow.matches));
    el("talk").addEventListener("click", () => this.#toggle(el("side").hidden));
    el("knock").addEventListener("click", () => {
      this.#toggle(true);
      el("lobby")?.querySelector("button")?.focus();
    });
    el("write").addEventListener("submit", (event) => this.#write(event));
    el("sure-no")?.addEventListener("click", () => el("sure").close());
  }

  #toggle(open) {
    el("side").hidden = !open;
    el("talk").setAttribute("aria-expanded", String(open));
    el("room").toggleAttribute("data-side", open);
    if (open) el("talk").removeAttribute("data-new");
  }

  #how({ method, loa, host }) {
    if (host) return this.#words.leads;
    const by = this.#words.methods[method] ?? method;
    return loa ? this.#words.identified.replace("{method}", by).replace("{loa}", loa) : by;
  }

  show({ people, waiting }) {
    this.#showPeople(people);
    if (this.#isHost) this.#showWaiting(waiting);
  }

  // Lines are changed in place: a button keeps its focus while others come and go.
  #showPeople(people) {
    const here = new Set(people.map((one) => one.seat));
    for (const [seat, item] of this.#people) {
      if (here.has(seat)) continue;
      item.remove();
      this.#people.delete(seat);
    }
    for (const person of people) {
      if (!this.#people.has(person.seat)) this.#people.set(person.seat, this.#newPerson(person));
      const item = this.#people.get(person.seat);
      item.querySelector("[data-name]").textContent = person.name;
      item.querySelector("[data-initials]").textContent = initials(person.name);
      item.querySelector("[data-how]").textContent = this.#how(person);
      item.querySelector("[data-hand]").hidden = !person.state.hand;
      item.querySelector("[data-muted]").hidden = person.state.mic;
    }
    el("count").textContent = people.length;
  }

  #newPerson(person) {
    const item = make("person");
    el("people").append(item);
    const more = item.querySelector("[data-more]");
    if (!more) return item;
    more.hidden = person.host;
    more.querySelector("[data-for]").textContent = ` ${person.name}`;
    item.querySelector("[data-mute]").addEventListener("click", () => {
      this.#line.send({ t: "mute", to: person.seat });
      more.open = false;
      more.querySelector("summary").focus();
    });
    item.querySelector("[data-remove]").addEventListener("click", () => this.#askRemoval(person, more));
    return item;
  }

  #askRemoval({ name, participant }, more) {
    el("sure-title").textContent = this.#words.sure.replace("{name}", name);
    el("sure-yes").onclick = () => {
      this.#line.send({ t: "decide", participant, what: "remove" });
      el("sure").close();
    };
    more.open = false;
    el("sure").showModal();
  }

  #showWaiting(waiting) {
    const here = new Set(waiting.map((one) => one.participant));
    for (const [participant, item] of this.#waiting) {
      if (here.has(participant)) continue;
      const hadFocus = item.contains(document.activeElement);
      item.remove();
      this.#waiting.delete(participant);
      if (hadFocus) (el("lobby").querySelector("button") ?? el("main")).focus();
    }
    for (const guest of waiting) if (!this.#waiting.has(guest.participant)) this.#knock(guest);
    const count = waiting.length;
    const text = (count === 1 ? this.#words.oneWaits : this.#words.manyWait).replace("{number}", count);
    el("lobby").hidden = el("knock").hidden = count === 0;
    if (el("lobby-title").textContent !== text) el("lobby-title").querySelector("[data-text]").textContent = text;
    el("knock").querySelector("[data-text]").textContent = text;
  }

  #knock(guest) {
    const item = make("guest");
    item.querySelector("[data-name]").textContent = guest.name;
    item.querySelector("[data-initials]").textContent = initials(guest.name);
    item.querySelector("[data-how]").textContent = this.#how(guest);
    for (const one of item.querySelectorAll("[data-for]")) one.textContent = ` ${guest.name}`;
    for (const what of ["admit", "refuse"]) {
      item.querySelector(`[data-${what}]`).addEventListener("click", () => {
        this.#line.send({ t: "decide", participant: guest.participant, what });
      });
    }
    el("waiting").append(item);
    this.#waiting.set(guest.participant, item);
    el("news").textContent = this.#words.knocks.replace("{name}", guest.name);
  }

  said(lines) {
    for (const { name, at, text, mine } of lines) {
      const item = make("said");
      item.querySelector("[data-name]").textContent = name;
      item.querySelector("[data-text]").textContent = text;
      const time = item.querySelector("time");
      time.dateTime = at;
      time.textContent = new Date(at)
        .toLocaleTimeString("sv-SE", { hour: "2-digit", minute: "2-digit" })
        .replace(":", ".");
      el("lines").append(item);
      if (!mine && el("side").hidden) el("talk").toggleAttribute("data-new", true);
    }
    el("lines").scrollTop = el("lines").scrollHeight;
  }

  #write(event) {
    event.preventDefault();
    const text = el("line").value.trim();
    if (!text) return;
    this.#line.send({ t: "chat", key: crypto.randomUUID(), text });
    el("line").value = "";
  }
}
