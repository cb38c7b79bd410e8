// A connection to each of the others, straight from browser to browser and encrypted end to end. Whoever sat down later
// calls those who were there; after that both may negotiate anew at any time ("perfect negotiation": of two offers that
// cross, the polite one gives way). A page that is loaded anew has another instance, and its old connection is thrown away.
const GATHER_MS = 40; // candidates that come together travel together
const GIVE_UP_MS = 12_000; // a connection that has not come about is begun anew

class Peer {
  making = false;
  ignoring = false;
  #candidates = [];
  #timer = null;

  constructor(mesh, { seat, instance, place }, calls) {
    this.mesh = mesh;
    this.place = place; // grows with each load of the other's page
    this.seat = seat;
    this.instance = instance;
    this.polite = mesh.line.seat > seat;
    this.pc = new RTCPeerConnection({ iceServers: mesh.ice, iceTransportPolicy: mesh.relayOnly ? "relay" : "all" });
    const { pc } = this;
    pc.addEventListener("icecandidate", ({ candidate }) => candidate && this.#gather(candidate));
    pc.addEventListener("negotiationneeded", () => this.#offer());
    pc.addEventListener("track", ({ track, streams }) => mesh.hear.track(seat, track, streams[0]));
    pc.addEventListener("connectionstatechange", () => this.#changed());
    for (const [stream, track] of mesh.tracks()) this.add(track, stream);
    if (calls) {
      // also without a camera of one's own one wants to see the others
      for (const kind of ["audio", "video"]) {
        if (!pc.getSenders().some((sender) => sender.track?.kind === kind))
          pc.addTransceiver(kind, { direction: "recvonly" });
      }
    }
    this.began = performance.now();
  }

  add(track, stream) {
    const sender = this.pc.addTrack(track, stream);
    if (track.kind === "video" && track.contentHint !== "detail") this.#limit(sender);
  }

  // Six people send five pictures each: an ordinary line carries that at a modest rate.
  async #limit(sender) {
    try {
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) encoding.maxBitrate = 450_000;
      if (parameters.encodings.length) await sender.setParameters(parameters);
    } catch {
      // the browser's own limit holds
    }
  }

  tell(what) {
    this.mesh.line.send({ t: "signal", to: this.seat, meant: this.instance, ...what });
  }

  #gather(candidate) {
    this.#candidates.push(candidate.toJSON());
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const candidates = this.#candidates.splice(0);
    if (candidates.length && this.pc.signalingState !== "closed") this.tell({ candidates });
  }

  async #offer() {
    try {
      this.making = true;
      await this.pc.setLocalDescription();
      if (this.pc.localDescription?.type === "offer") this.tell({ description: this.pc.localDescription });
    } catch (error) {
      console.warn("meeting: offer", error.name);
    } finally {
      this.making = false;
    }
  }

  async heard({ description, candidates }) {
    const { pc } = this;
    if (description) {
      const collision = description.type === "offer" && (this.making || pc.signalingState !== "stable");
      this.ignoring = !this.polite && collision;
      if (this.ignoring) return;
      await pc.setRemoteDescription(description);
      if (description.type === "offer") {
        await pc.setLocalDescription();
        this.tell({ description: pc.localDescription });
        this.#flush();
      }
    }
    for (const candidate of candidates ?? []) {
      try {
        await pc.addIceCandidate(candidate);
      } catch (error) {
        if (!this.ignoring) console.warn("meeting: candidate", error.name);
      }
    }
  }

  #changed() {
    const state = this.pc.connectionState;
    if (state === "connected") {
      for (const sender of this.pc.getSenders()) {
        if (sender.track?.kind === "video" && sender.track.contentHint !== "detail") this.#limit(sender);
      }
    }
    if (state === "failed") this.pc.restartIce();
    this.mesh.hear.link(this.seat, state);
  }

  get isStuck() {
    const begun = ["new", "connecting"].includes(this.pc.connectionState);
    return begun && performance.now() - this.began > GIVE_UP_MS;
  }

  close() {
    clearTimeout(this.#timer);
    this.pc.close();
  }
}

export class Mesh {
  ice = [];
  relayOnly = false;
  #peers = new Map();
  #people = [];

  // tracks() gives [stream, track] of all that is sent; hear: {track(seat, track, stream), link(seat, state), gone(seat)}.
  constructor(line, tracks, hear) {
    this.line = line;
    this.tracks = tracks;
    this.hear = hear;
    setInterval(() => this.#again(), 4000);
  }

  // Who sits in the room now.
  meet(people) {
    this.#people = people;
    const me = people.find((one) => one.seat === this.line.seat);
    if (!me) return;
    const others = new Map(people.filter((one) => one !== me).map((one) => [one.seat, one]));
    for (const [seat, peer] of this.#peers) {
      const other = others.get(seat);
      if (!other || other.place > peer.place) this.#drop(seat);
    }
    for (const [seat, other] of others) {
      if (!this.#peers.has(seat) && me.place > other.place) this.#peers.set(seat, new Peer(this, other, true));
    }
  }

  async heard({ from, instance, place, meant, description, candidates }) {
    if (meant && meant !== this.line.instance) return; // for the page as it was before it was loaded anew
    const known = this.#peers.get(from) ?? this.#people.find((one) => one.seat === from);
    if (known && place < known.place) return; // from the page as it was
    if (this.#peers.has(from) && place > known.place) this.#drop(from);
    if (!this.#peers.has(from)) {
      if (description?.type !== "offer") return; // of a connection that is gone
      this.#peers.set(from, new Peer(this, { seat: from, instance, place }, false));
    }
    await this.#peers.get(from).heard({ description, candidates });
  }

  // A connection that does not come about is begun anew by whoever called.
  #again() {
    const me = this.#people.find((one) => one.seat === this.line.seat);
    for (const other of this.#people) {
      const peer = this.#peers.get(other.seat);
      if (!me || !other.linked || !peer?.isStuck || me.place < other.place) continue;
      this.#drop(other.seat);
      this.#peers.set(other.seat, new Peer(this, other, true));
    }
  }

  #drop(seat) {
    const peer = this.#peers.get(seat);
    if (!peer) return;
    peer.close();
    this.#peers.delete(seat);
    this.hear.gone(seat);
  }

  add(track, stream) {
    for (const peer of this.#peers.values()) peer.add(track, stream);
  }

  remove(track) {
    for (const { pc } of this.#peers.values()) {
      const sender = pc.getSenders().find((one) => one.track === track);
      if (sender) pc.removeTrack(sender);
    }
  }

  replace(before, track) {
    for (const { pc } of this.#peers.values()) {
      pc.getSenders()
        .find((one) => one.track === before)
        ?.replaceTrack(track);
    }
  }

  // How loud each of the others is now, 0 to 1, by seat.
  levels() {
    const loud = new Map();
    for (const [seat, { pc }] of this.#peers) {
      const receivers = pc.getReceivers().filter((one) => one.track.kind === "audio");
      const levels = receivers.flatMap((one) =>
        one.getSynchronizationSources().map((source) => source.audioLevel ?? 0),
      );
      loud.set(seat, Math.max(0, ...levels));
    }
    return loud;
  }

  // For tests and for whoever looks for a fault: the state and the kind of way of each connection.
  async report() {
    const all = Object.create(null);
    for (const [seat, { pc }] of this.#peers) {
      const stats = await pc.getStats();
      const entry = { state: pc.connectionState, frames: 0, packets: 0, way: "", relay: "" };
      for (const one of stats.values()) {
        if (one.type === "inbound-rtp" && one.kind === "video") entry.frames += one.framesDecoded ?? 0;
        if (one.type === "inbound-rtp" && one.kind === "audio") entry.packets += one.packetsReceived ?? 0;
        if (one.type === "candidate-pair" && one.nominated && one.state === "succeeded") {
          const mine = stats.get(one.localCandidateId);
          entry.way = mine?.candidateType ?? entry.way;
          entry.relay = mine?.relayProtocol ?? entry.relay;
        }
      }
      all[seat] = entry;
    }
    return all;
  }

  close() {
    for (const seat of [...this.#peers.keys()]) this.#drop(seat);
  }
}
