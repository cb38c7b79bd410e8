"""Two transports and their peers: a network that loses, doubles, delays and reorders, and peers that fail.

`kept` stores the exact bytes before they are handed over, so its peer knows what it has already; receipts come later,
and a receipt of ours goes back for each message that comes in. `plain` is as e-mail: what is handed over twice has come
twice.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, NoReturn
from uuid import UUID

from budkavle.model.errors import Permanent, Temporary
from budkavle.model.messages import Address, Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols.transport import Backoff, Capabilities
from simulate.scheduling import Process, Scheduler, this_process
from simulate.world import LEASE

FATES = {"taken": 52, "refused": 10, "answer lost": 6, "slow": 16, "silent": 4, "silent, taken": 4, "never": 3}
"""What becomes of a call, by weight."""
TRANSPORTS = ("kept", "plain")
CUT_OFF = "Förbindelsen bröts efter lång tid, utan svar."
"""What a call raises whose peer took it and never answered; it is late, so mostly nobody waits for it any more."""
WRITES_WITHIN = 3
"""Seconds in which a worker that lives has written down what it knows, though connections are cut."""
PATIENCE = 5
"""Seconds that a call may take."""


@dataclass
class Handover:
    """What the peer has got of one delivery.

    Attributes:
        times: When it came.
        wires: The different bytes of it.
        files: The different contents of its file; empty bytes where it came without.
        excused: How often the peer took it and said otherwise: then another attempt is right.
        known: When a process began to hand it over, when it heard that it came, and which it was.
        again: Whether a later attempt handed it over although that process had had the time to write it down.
    """

    times: list[float] = field(default_factory=list)
    wires: set[bytes] = field(default_factory=set)
    files: set[bytes] = field(default_factory=set)
    excused: int = 0
    known: tuple[float, float, Process] | None = None
    again: bool = False


@dataclass
class Network:
    """All that is outside of the installation.

    Attributes:
        handovers: What the peers have, by delivery.
        begun: When each attempt called its transport: time, delivery and process.
        heard: By delivery, when a process began to call, when it had the answer in time, and which life of it.
        receipts: What peers have still to say: when, delivery's name there, transport, state, number.
        is_calm: Whether nothing goes wrong any more.
    """

    scheduler: Scheduler
    handovers: defaultdict[UUID, Handover] = field(default_factory=lambda: defaultdict(Handover))
    begun: list[tuple[float, UUID, str]] = field(default_factory=list)
    heard: defaultdict[UUID, list[tuple[float, float, str]]] = field(default_factory=lambda: defaultdict(list))
    receipts: list[tuple[float, str, str, DeliveryState, int]] = field(default_factory=list)
    answered: dict[UUID, DeliveryState] = field(default_factory=dict)
    fates: Counter[str] = field(default_factory=Counter)
    is_calm: bool = False
    on_receipt: Callable[[], None] = lambda: None
    _numbers: int = 0

    def send(self, transport: "SimulatedTransport", outgoing: Outgoing) -> Outcome:
        """Take one delivery from the product, or not."""
        process, started = this_process(), self.scheduler.time
        delivery = outgoing.delivery
        content = b"".join(file.content for file in outgoing.files())
        wire = delivery.id.bytes + (outgoing.message.body if outgoing.message else "receipt").encode()
        if transport.name == "kept":
            wire = outgoing.wire or outgoing.keep(wire + f" {self._number()}".encode())
        process.point(f"hands over {delivery.id.hex[:8]}")
        self.befall(process)
        self.begun.append((self.scheduler.time, delivery.id, process.name))
        if delivery.recipient.value == "poison":
            process.die("of a poisonous message")
        fate = self._fate(delivery.recipient)
        self.fates[fate] += 1
        self.scheduler.note(f"{process.name} {fate} {delivery.id.hex[:8]}")
        self._refuse(process, fate)
        name = self._take(transport, outgoing, wire, honest=fate != "answer lost")
        self.handovers[delivery.id].files.add(content)
        if fate == "answer lost":
            raise Temporary("Förbindelsen bröts.")
        if fate == "silent, taken":
            self._hang_up(process, CUT_OFF)
        if fate == "slow":
            process.answers_after = self.scheduler.random.uniform(0.5, 2 * PATIENCE)
        process.point(f"has handed over {delivery.id.hex[:8]}")
        self._judge(process, self.handovers[delivery.id], started)
        self.befall(process)
        waits = transport.name == "kept" and outgoing.message is not None
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT if waits else DeliveryState.ACKNOWLEDGED, remote_id=name)

    def _refuse(self, process: Process, fate: str) -> None:
        if fate == "never":
            raise Permanent("Mottagaren finns inte.")
        if fate == "refused":
            raise Temporary("Mottagaren svarar inte.")
        if fate == "silent":
            self._hang_up(process, "Förbindelsen bröts efter lång tid.")

    def _judge(self, process: Process, handover: Handover, started: float) -> None:
        """Note that a process will hear at once that the peer has it, and whether it knew so already."""
        if handover.known:
            began, known_at, knower = handover.known
            handover.again |= known_at < started and knower.was_well(began, known_at - began + WRITES_WITHIN)
        if (process.answers_after or 0) < PATIENCE - 1:
            handover.known = started, self.scheduler.time + (process.answers_after or 0), process

    def befall(self, process: Process) -> None:
        """Kill or freeze the process around the moment that matters most."""
        chance = self.scheduler.random.random()
        if self.is_calm or chance > 0.08:
            return
        if chance < 0.05:
            process.die("in a call")
        self.fates["frozen in a call"] += 1
        process.freeze(frozen(self.scheduler.random), "in a call")

    def _take(self, transport: "SimulatedTransport", outgoing: Outgoing, wire: bytes, *, honest: bool) -> str:
        delivery = outgoing.delivery
        handover = self.handovers[delivery.id]
        is_new = not handover.times
        handover.times.append(self.scheduler.time)
        handover.wires.add(wire)
        handover.excused += not honest
        # Some peers have names of their own for what they get.
        name = str(delivery.id) if delivery.id.int % 2 else f"peer-{delivery.id.hex[:12]}"
        if is_new and transport.name == "kept" and outgoing.message is not None:
            rejected = self.scheduler.random.random() < 0.1
            state = DeliveryState.REJECTED if rejected else DeliveryState.ACKNOWLEDGED
            self.answered[delivery.id] = state
            for _ in range(self.scheduler.random.choice((1, 1, 1, 2))):
                self.say(name, transport.name, state)
        return name

    def _hang_up(self, process: Process, sentence: str) -> NoReturn:
        """Let the call fail long after its timeout."""
        process.answers_after = self.scheduler.random.uniform(20, 200)
        raise Temporary(sentence)

    def say(self, name: str, transport: str, state: DeliveryState) -> None:
        """Let a peer say something about a delivery, at once or later."""
        late = self.scheduler.random.choice((0.0, 0.0, 1.0, 20.0, 200.0)) * self.scheduler.random.random()
        self.receipts.append((self.scheduler.time + late, name, transport, state, self._number()))
        if not late:
            self.on_receipt()

    def due(self) -> list[tuple[float, str, str, DeliveryState, int]]:
        """Take what peers say now, in any order."""
        due = [receipt for receipt in self.receipts if receipt[0] <= self.scheduler.time]
        self.receipts = [receipt for receipt in self.receipts if receipt[0] > self.scheduler.time]
        self.scheduler.random.shuffle(due)
        return due

    def _fate(self, recipient: Address) -> str:
        if recipient.value == "dead" and not self.is_calm:
            return self.scheduler.random.choice(("refused", "silent"))
        if self.is_calm:
            return "taken"
        return self.choose(FATES)

    def choose(self, weights: dict[str, int]) -> str:
        """Draw one by weight."""
        return self.scheduler.random.choices(list(weights), [*weights.values()])[0]

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers


def frozen(random: Random) -> float:
    """Return for how many seconds a process stands still: mostly until just after somebody has taken over."""
    lease = LEASE.total_seconds()
    return random.choice((lease / 3, lease + 6 * random.random(), lease + 6 * random.random(), lease * 1.5))


@dataclass
class SimulatedTransport:
    """A transport of the simulated network; one object serves all processes."""

    name: str
    network: Network
    label: str = "Simulerad"
    icon: str = "letter"
    backoff: Backoff = field(
        default_factory=lambda: Backoff(
            timedelta(seconds=4), timedelta(seconds=30), tries=4, deadline=timedelta(seconds=PATIENCE)
        )
    )

    @property
    def capabilities(self) -> Capabilities:
        """Only what keeps bytes has receipts and can recall."""
        kept = self.name == "kept"
        return Capabilities(receipts=kept, recall=kept, max_bytes=1_000_000)

    def check(self, *_: Any) -> list[Any]:
        """Refuse nothing."""
        return []

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand over to the network, and note what the process hears in time, also that it was refused."""
        process, started = this_process(), self.network.scheduler.time
        try:
            outcome = self.network.send(self, outgoing)
        except (Temporary, Permanent):
            self._note(process, outgoing, started)
            raise
        self._note(process, outgoing, started)
        return outcome

    def _note(self, process: Process, outgoing: Outgoing, started: float) -> None:
        after = process.answers_after or 0
        if after < PATIENCE - 1:
            heard = started, self.network.scheduler.time + after, process.life
            self.network.heard[outgoing.delivery.id].append(heard)
