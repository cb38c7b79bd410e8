"""The round trip beside what an installation bears besides: slow commits, a long transaction, a dump, much that waits.

Each is compared with the same round trip without it, in the same installation: the figure is the middle rate of a few
rounds with it, and the limit that of the rounds without it. Last, one organisation is compared with sixteen.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from bench_roundtrip import PATIENCE, Round, round_trips
from bench_sealing import Figure
from bench_stage import SENDER, Stage, ended, stage
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations
from budkavle.messaging.sending import send
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.people import ActorScope, SystemActor
from budkavle.storage.embedded.server import EmbeddedServer, binaries
from budkavle.testing.actors import system_actor

MESSAGES, ROUNDS = 300, 3
AT_ONCE = 16
AN_HOUR = 3_600
"""How many messages are sent while the long transaction waits: one a second for an hour."""
WAITING, DESTINATIONS = 1_000_000, 3_000
LOCAL = 800
FILLED_AT_ONCE = 50_000
SLOW_COMMITS = {"commit_delay": "5000", "commit_siblings": "0"}
_FILL = text(
    "WITH made AS MATERIALIZED (SELECT gen_random_uuid() AS case_id, gen_random_uuid() AS id, n,"
    "  now() - random() * interval '1 day' AS at FROM generate_series(CAST(:first AS int), :last) AS n),"
    " cases AS (INSERT INTO cases (organisation_id, id, mailbox_id, number, state, conversation_id, channel,"
    "  has_incoming, has_outgoing, confidential, attachments, messages, incoming, last_message_id, opened_at,"
    "  active_at) SELECT :organisation, case_id, :mailbox, 'bench-' || n, 'open', CAST(case_id AS text), 'sdk',"
    "  false, true, false, 0, 1, 0, id, at, at FROM made),"
    " messages AS (INSERT INTO messages (organisation_id, id, mailbox_id, case_id, direction, transport, state,"
    "  conversation_id, confidential, attachments, head, body, created_at)"
    "  SELECT :organisation, id, :mailbox, case_id, 'out', 'sdk', NULL, CAST(case_id AS text), false, 0,"
    "  sha256(CAST(CAST(n AS text) AS bytea)), sha256(CAST(CAST(n AS text) AS bytea)), at FROM made)"
    " INSERT INTO deliveries (organisation_id, id, message_id, purpose, transport, recipient, state, destination,"
    "  due_at, created_at, changed_at) SELECT :organisation, gen_random_uuid(), id, 'message', 'sdk', '',"
    "  'WAITING_FOR_RETRY', hashint8extended(n % CAST(:destinations AS bigint), 1),"
    "  now() + interval '1 hour' + random() * interval '1 day', at, now() FROM made"
)
_INDEXED = text("UPDATE search_cases SET done = mark WHERE mark <> done")
_RECEIVED = text("SELECT count(*) FROM messages WHERE direction = 'in' AND state = 'RECEIVED'")
Play = Callable[[int], Round]
Rounds = tuple[list[Round], list[Round]]
"""Those without, and those beside."""


def measure(messages: int = MESSAGES, waiting: int = WAITING) -> Iterator[Figure]:
    """Yield the figures."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        server = _server(made)
        with round_trips(made, threads=AT_ONCE) as play:
            rounds = _in_turns(play, messages, lambda: _slow_commits(server))
            yield _figure("commits of 5 ms, 16 at once", 0.8, rounds)
        with round_trips(made) as play:
            yield _figure("pg_dump again and again", 0.9, _in_turns(play, messages, lambda: _dumping(server)))
            yield _figure("a transaction as old as an hour", 0.9, _beside_an_old_transaction(made, play, messages))
            yield _figure(f"{waiting} messages that wait", 0.9, _beside_many(made, play, messages, waiting))
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder), plugins=["local"]) as made,
    ):
        yield from _organisations(made)


def _server(made: Stage) -> EmbeddedServer:
    server = made.platform.database.server
    if server is None:
        raise SystemExit("The bench runs on the embedded database.")
    return server


def _figure(name: str, promised: float, rounds: Rounds) -> Figure:
    limit, value = (statistics.median(one.rate for one in some) for some in rounds)
    without, beside = (statistics.median(sum(one.cpu.values()) for one in some) for some in rounds)
    return {
        "name": f"round trip beside {name}",
        "value": round(value, 1),
        "unit": "messages/s",
        "limit": round(limit, 1),
        "ratio": round(value / limit, 2),
        "note": f"promised {promised}; CPU ms a message: {beside:.1f}, without {without:.1f}",
    }


def _in_turns(play: Play, messages: int, strain: Callable[[], AbstractContextManager[None]]) -> Rounds:
    without, beside = [], []
    for _ in range(ROUNDS):
        without.append(play(messages))
        with strain():
            beside.append(play(messages))
    return without, beside


@contextmanager
def _slow_commits(server: EmbeddedServer) -> Iterator[None]:
    """Let each commit take 5 ms, as with a synchronous standby."""
    with server.connect() as connection:
        for name, value in SLOW_COMMITS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            for name in SLOW_COMMITS:
                connection.execute(f"ALTER SYSTEM RESET {name}")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def _dumping(server: EmbeddedServer) -> Iterator[None]:
    """Dump the database to nowhere, again and again."""
    stop = threading.Event()
    command = [
        str(binaries() / "pg_dump"),
        "--format",
        "custom",
        "--no-sync",
        "--file",
        "/dev/null",
        server.conninfo("budkavle"),
    ]

    def dump() -> None:
        while not stop.is_set():
            subprocess.run(command, check=True)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(dump)
        try:
            yield
        finally:
            stop.set()
        done.result()


def _beside_an_old_transaction(made: Stage, play: Play, messages: int) -> Rounds:
    """Compare while a transaction is open since an hour's messages, so that none of their old rows can be removed."""
    without = [play(messages) for _ in range(ROUNDS)]
    with psycopg.connect(_server(made).conninfo("budkavle")) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM deliveries")
        play(AN_HOUR)
        beside = [play(messages) for _ in range(ROUNDS)]
    _vacuum(made)
    return without + [play(messages) for _ in range(ROUNDS)], beside


def _beside_many(made: Stage, play: Play, messages: int, waiting: int) -> Rounds:
    """Compare with many messages whose recipients did not answer, and that are tried again later."""
    without = [play(messages) for _ in range(ROUNDS)]
    facts = {"organisation": made.member(*SENDER).organisation_id, "mailbox": made.box(*SENDER).id}
    for first in range(0, waiting, FILLED_AT_ONCE):
        last = min(first + FILLED_AT_ONCE, waiting) - 1
        with made.platform.database.transaction(made.member(*SENDER).organisation_id) as connection:
            connection.execute(_FILL, facts | {"first": first, "last": last, "destinations": DESTINATIONS})
            connection.execute(_INDEXED)
    _vacuum(made)
    return without, [play(messages) for _ in range(ROUNDS)]


def _vacuum(made: Stage) -> None:
    """Do what the server's autovacuum does within a minute."""
    with made.platform.database.owner() as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (ANALYZE)"))


def _organisations(made: Stage) -> Iterator[Figure]:
    """Compare messages within one organisation with as many within sixteen, with quick and with slow commits."""
    places = [_place(made, number) for number in range(AT_ONCE)]
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(ended(made.run("worker")))
        for name, slow in (("", False), (", commits of 5 ms", True)):
            one, many = [], []
            with _slow_commits(_server(made)) if slow else ExitStack():
                for _ in range(ROUNDS):
                    many.append(_sent(made, places))
                    one.append(_sent(made, places[:1] * AT_ONCE))
            value, limit = statistics.median(one), statistics.median(many)
            yield {
                "name": f"messages within one organisation beside 16{name}",
                "value": round(value, 1),
                "unit": "messages/s",
                "limit": round(limit, 1),
                "ratio": round(value / limit, 2),
            }


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox of an organisation, and the address of another one there."""

    actor: SystemActor
    mailbox_id: UUID
    to: Address


def _place(made: Stage, number: int) -> Place:
    organisation_id = organisations.create_organisation(made.platform, system_actor(), f"Ort {number}").id
    with made.platform.work(made.installation.actor(organisation_id)) as work:
        ours, theirs = (mailboxes.create_mailbox(work, name).id for name in ("Avsändare", "Mottagare"))
    actor = SystemActor(organisation_id, "Mätaren", frozenset({ActorScope.READ, ActorScope.WRITE}))
    return Place(actor, ours, Address("local", str(theirs), organisation_value=str(organisation_id)))


def _sent(made: Stage, places: Sequence[Place]) -> float:
    """Send from all places at once, a thread each, and return how many messages a second can be read there."""
    before, each = _received(made, places), LOCAL // len(places)

    def write(place: Place) -> None:
        for number in range(each):
            with made.platform.work(place.actor) as work:
                send(work, place.mailbox_id, Draft((place.to,), f"Begäran {number}", "Hej!", loa=Loa.TWO))

    begun = time.perf_counter()
    with ThreadPoolExecutor(len(places)) as threads:
        list(threads.map(write, places))
    end = time.monotonic() + PATIENCE
    while _received(made, places) < before + each * len(places):
        if time.monotonic() > end:
            raise SystemExit(f"Not all of {each * len(places)} messages arrived in {PATIENCE} s.")
        time.sleep(0.02)
    return each * len(places) / (time.perf_counter() - begun)


def _received(made: Stage, places: Sequence[Place]) -> int:
    total = 0
    for organisation_id in {place.actor.organisation_id for place in places}:
        with made.platform.database.transaction(organisation_id) as connection:
            total += connection.execute(_RECEIVED).scalar_one()
    return total


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
