"""How a dead destination delays others of the same transport, and the time of a claim with many waiting deliveries.

A peer that never answers has 10,000 deliveries; 20 per second go to fifty others, and two workers (here in one process)
send them. The figure is the 95th percentile of the time from sending to hand-over. Then a million deliveries wait in
3,000 destinations, and a worker makes claims.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from sqlalchemy import text

from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.messaging.sending import send
from budkavle.model.messages import Address, Draft, Outcome, Outgoing
from budkavle.model.people import Actor
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.storage.platform import Work
from budkavle.testing.fakes import FakeTransport

DEAD, EACH, LIVE, RATE = 10_000, 500, 300, 20
WAITING, DESTINATIONS, CLAIMS = 1_000_000, 3_000, 200
LIMIT = 2.0
"""The limit in seconds of the others' 95th percentile."""
_FIRST_BY_TIME = text("UPDATE deliveries SET priority = 1 WHERE transport = 'posts'")
_FILL = text(
    "INSERT INTO deliveries (organisation_id, id, purpose, transport, recipient, state, destination, due_at,"
    " created_at, changed_at) SELECT :organisation, gen_random_uuid(), 'message', 'many', '', 'READY_TO_SEND',"
    " hashint8extended((random() * :destinations)::bigint, 1), now() - random() * interval '1 day', now(), now()"
    " FROM generate_series(1, :count)"
)


@dataclass
class Posts(FakeTransport):
    """A peer for each domain, of which `dead.se` never answers."""

    name: str = "posts"
    label: str = "Poster"
    over: threading.Event = field(default_factory=threading.Event)
    taken: dict[str, float] = field(default_factory=dict)
    dead: int = 0

    def destination(self, work: Work, mailbox_id: UUID | None, recipient: Address) -> str:  # noqa: ARG002
        """Return the domain."""
        return recipient.value.partition("@")[2]

    def send(self, outgoing: Outgoing) -> Outcome:
        """Accept it after 30 ms, or hang."""
        value = outgoing.delivery.recipient.value
        if value.endswith("@dead.se"):
            self.dead += 1
            self.over.wait()
        time.sleep(0.03)
        self.taken[value] = time.perf_counter()
        return Outcome(DeliveryState.ACKNOWLEDGED)


def measure(dead: int = DEAD, live: int = LIVE, waiting: int = WAITING) -> Iterator[Figure]:
    """Yield the figures of the lanes."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        posts = Posts()
        made.platform.plugins.plugin("sdk").registered["transports"].append(posts)
        member = made.member(*SENDER)
        yield _beside_a_dead_one(made, posts, member, dead, live)
        for count in (10_000, waiting):
            yield _claims(made, member.organisation_id, count)


def _beside_a_dead_one(made: Stage, posts: Posts, member: Actor, dead: int, live: int) -> Figure:
    mailbox_id = made.box(*SENDER).id
    for first in range(0, dead, EACH):
        _send(made, member, mailbox_id, [f"{first + number}@dead.se" for number in range(min(EACH, dead - first))])
    with made.platform.database.transaction(member.organisation_id) as connection:
        connection.execute(_FIRST_BY_TIME)
    sent: dict[str, float] = {}
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(_working(made))
        stack.callback(posts.over.set)
        begun = time.perf_counter()
        for number in range(live):
            value = f"{number}@{number % 50}.se"
            _send(made, member, mailbox_id, [value])
            sent[value] = time.perf_counter()
            time.sleep(max(0.0, begun + (number + 1) / RATE - time.perf_counter()))
        end = time.monotonic() + 60
        while len(posts.taken) < live and time.monotonic() < end:
            time.sleep(0.05)
        tried = posts.dead
        times = sorted(posts.taken[value] - at for value, at in sent.items() if value in posts.taken)
    seconds = times[int(len(times) * 0.95)]
    return {
        "name": f"hand-over beside {dead} for a dead destination, 95th percentile",
        "value": round(seconds, 3),
        "unit": "s",
        "limit": LIMIT,
        "ratio": round(seconds / LIMIT, 2),
        "note": f"{len(times)} of {live}, median {statistics.median(times):.3f} s; the dead one had {tried} tries",
    }


def _send(made: Stage, member: Actor, mailbox_id: UUID, values: list[str]) -> None:
    draft = Draft(tuple(Address("posts", value) for value in values), "Prov", "Hej!")
    with made.platform.work(member) as work:
        send(work, mailbox_id, draft)


@contextmanager
def _working(made: Stage) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Worker(made.platform).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _claims(made: Stage, organisation_id: UUID, count: int) -> Figure:
    with made.platform.database.transaction(organisation_id) as connection:
        connection.execute(_FILL, {"organisation": organisation_id, "destinations": DESTINATIONS, "count": count})
    with made.platform.database.owner() as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (ANALYZE) deliveries"))
    queue, times, rows = LaneQueue(made.platform, "many"), [], 0
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        rows += len(queue.claim(8, timedelta(minutes=1)))
        times.append(time.perf_counter() - begun)
    times.sort()
    median = statistics.median(times) * 1000
    note = f"95th percentile {times[int(CLAIMS * 0.95)] * 1000:.1f} ms, with a list of who waits four times a second"
    return {
        "name": f"claim of {rows / CLAIMS:.0f} with {count} waiting in {DESTINATIONS} destinations, median",
        "value": round(median, 2),
        "unit": "ms",
        "limit": 10.0,
        "ratio": round(median / 10.0, 2),
        "note": note,
    }


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
