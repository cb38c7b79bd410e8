// The socket to the server. A line that breaks is opened again, soon at first and then more seldom; what the server has not
// said that it has done is said again then. The server knows the seat (the tab) and the instance (this load of the page), and says what was missed.
const ALIVE_MS = 5000;
const SILENT_MS = 12_000; // the server says something at least when somebody asks; a line without answer is dead
const PAUSES_MS = [150, 400, 1000, 2000, 3000];

function seatOfTab() {
  try {
    sessionStorage.meetingSeat ||= crypto.randomUUID();
    return sessionStorage.meetingSeat;
  } catch {
    return crypto.randomUUID();
  }
}

export class Line {
  seat = seatOfTab();
  instance = crypto.randomUUID();
  #url;
  #ticket;
  #state;
  #hear;
  #socket = null;
  #last = null;
  #chat = 0;
  #said = 0;
  #undone = [];
  #tries = 0;
  #over = false;
  #welcome = false;
  #work = Promise.resolve();

  // hear: {message(m), up(first), down(), over(why)}; state() gives what others are told of this one.
  constructor(url, ticket, state, hear) {
    this.#url = url;
    this.#ticket = ticket;
    this.#state = state;
    this.#hear = hear;
    setInterval(() => this.#isOpen() && this.#socket.send('{"t":"alive"}'), ALIVE_MS);
    window.addEventListener("online", () => this.reconnect());
  }

  #isOpen() {
    return this.#welcome && this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    const socket = new WebSocket(this.#url, ["budkavle", this.#ticket]); // without a ticket the server hears nobody
    this.#socket = socket;
    const patience = setTimeout(() => socket.close(), SILENT_MS);
    socket.addEventListener("open", () => {
      const { seat, instance } = this;
      const hello = { t: "hello", ticket: this.#ticket, seat, instance, chat: this.#chat, state: this.#state() };
      socket.send(JSON.stringify({ ...hello, last: this.#last }));
    });
    socket.addEventListener("message", ({ data }) => {
      clearTimeout(patience);
      if (socket !== this.#socket) return;
      const message = JSON.parse(data);
      // One after the other: a candidate must not overtake the description that it belongs to.
      this.#work = this.#work.then(() => this.#heard(message)).catch((error) => console.error("meeting", error));
    });
    socket.addEventListener("close", () => {
      clearTimeout(patience);
      if (socket !== this.#socket || this.#over) return;
      this.#welcome = false;
      this.#hear.down();
      const pause = PAUSES_MS[Math.min(this.#tries++, PAUSES_MS.length - 1)];
      setTimeout(() => socket === this.#socket && !this.#over && this.open(), pause * (0.75 + Math.random() / 2));
    });
  }

  async #heard(message) {
    if (message.n) this.#last = message.n;
    if (message.t === "in") {
      this.#last = message.last;
      this.#welcome = true;
      this.#tries = 0;
      await this.#hear.message(message);
      this.#hear.up();
      for (const waiting of this.#undone) this.#socket.send(JSON.stringify(waiting));
      return;
    }
    if (message.t === "ack") {
      this.#undone = this.#undone.filter(({ m }) => m > message.m);
      return;
    }
    if (message.t === "chat") this.#chat = Math.max(this.#chat, ...message.lines.map((line) => line.n));
    if (message.t === "out") {
      this.#over = true;
      this.#hear.over(message.why);
      return;
    }
    await this.#hear.message(message);
  }

  // Sends now, or as soon as the line is back. Of the states that wait only the last one counts.
  send(message) {
    if (this.#over) return;
    if (message.t === "state" && !this.#isOpen()) this.#undone = this.#undone.filter(({ t }) => t !== "state");
    const numbered = { ...message, m: ++this.#said };
    this.#undone.push(numbered);
    if (this.#isOpen()) this.#socket.send(JSON.stringify(numbered));
  }

  // Tries at once, as when the network is back.
  reconnect() {
    if (this.#over || this.#isOpen()) return;
    this.#tries = 0;
    this.#socket?.close();
    this.open();
  }

  close() {
    this.send({ t: "leave" });
    this.#over = true;
    setTimeout(() => this.#socket?.close(), 200);
  }
}
