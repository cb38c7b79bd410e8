"""Messages all the way: sent, sealed, carried, opened, receipted, read, and the receipt back at the sender.

Each part is a process of its own, as in production: one that sends as the web does, workers, and a durable PostgreSQL.
The figure is the number of messages divided by the time from the first sending to the last acknowledgement, after a
warm-up, in the median of three rounds. The limit is the rate that the cryptography of opening and receipting alone
allows on one core (see `bench_sealing`).
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from bench_sealing import Figure, open_limit
from bench_stage import RECIPIENT, SENDER, Stage, ended, stage, to
from sqlalchemy import text

from budkavle.cli.installation import Installation
from budkavle.messaging.sending import send
from budkavle.model.messages import Draft

MESSAGES, ROUNDS, WORKERS, THREADS = 400, 3, 2, 2
WARM_UP = 30
SIZE = 10_000
PATIENCE = 300.0
COUNTING = 30
"""Counting what has arrived reads all rows, also old ones that cannot be removed: at most a thirtieth of the time."""
SENTENCE = "Vi har tagit emot er begäran och återkommer med de handlingar som ni frågar efter. "

_ACKNOWLEDGED = text("SELECT count(*) FROM deliveries WHERE purpose = 'message' AND state = 'ACKNOWLEDGED'")
_READABLE = text("SELECT count(*) FROM messages WHERE direction = 'in' AND state = 'RECEIVED'")


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds so far, by process."""

    sender: float
    workers: float
    database: float

    def since(self, before: "Spent", messages: int) -> dict[str, float]:
        """Return the milliseconds per message since then."""
        names = ("sender", "workers", "database")
        return {name: round((getattr(self, name) - getattr(before, name)) / messages * 1000, 2) for name in names}


@dataclass(frozen=True, slots=True)
class Round:
    """Messages that have made the round trip: how many, in how many seconds, and milliseconds of CPU for each."""

    messages: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds


def measure(messages: int = MESSAGES, workers: int = WORKERS) -> Iterator[Figure]:
    """Yield the figure of the round trip."""
    limit = 1 / open_limit()
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder)) as made,
        round_trips(made, workers) as play,
    ):
        rounds = sorted((play(messages) for _ in range(ROUNDS)), key=lambda one: one.seconds)
    middle = rounds[ROUNDS // 2]
    whole, cores = sum(middle.cpu.values()), psutil.cpu_count() or 1
    spent = ", ".join(f"{name} {value:.1f}" for name, value in middle.cpu.items())
    yield {
        "name": "round trip 10 kB, acknowledged",
        "value": round(middle.rate, 1),
        "unit": "messages/s",
        "limit": round(limit, 1),
        "ratio": round(middle.rate / limit, 3),
        "note": f"CPU ms a message: {spent}; {whole:.1f} of {1000 / middle.rate * cores:.1f}",
    }


@contextmanager
def round_trips(made: Stage, workers: int = WORKERS, threads: int = THREADS) -> Iterator[Callable[[int], Round]]:
    """Start the processes, let a few messages through, and yield a function that sends as many as it is told.

    Args:
        made: The installation.
        workers: Worker processes.
        threads: How many messages the sending process writes at once.
    """
    made.member(*SENDER)
    with ExitStack() as stack:
        crew = [stack.enter_context(ended(made.run("worker"))) for _ in range(workers)]
        sender = stack.enter_context(ended(_sender(made, threads)))
        total = 0

        def play(messages: int) -> Round:
            nonlocal total
            total += messages
            before, begun = _spent(made, sender, crew), time.perf_counter()
            _play(made, sender, messages, total)
            return Round(messages, time.perf_counter() - begun, _spent(made, sender, crew).since(before, messages))

        play(WARM_UP)
        _analyse(made)
        yield play


def _analyse(made: Stage) -> None:
    """Update the planner's statistics, as the server's autovacuum does within the first minute."""
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _sender(made: Stage, threads: int) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, "--send", str(made.file), str(threads)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _play(made: Stage, sender: "subprocess.Popen[str]", count: int, total: int) -> None:
    """Let a number of messages be sent, and wait until all are complete at both ends."""
    if sender.stdin is None or sender.stdout is None:
        raise SystemExit("The sender has no pipes.")
    print(count, file=sender.stdin, flush=True)
    sender.stdout.readline()
    end = time.monotonic() + PATIENCE
    places = ((SENDER[0], _ACKNOWLEDGED), (RECIPIENT[0], _READABLE))
    for slug, query in places:
        organisation_id = made.installation.organisation(slug)
        while True:
            begun = time.monotonic()
            with made.platform.database.transaction(organisation_id) as connection:
                arrived = connection.execute(query).scalar_one()
            if arrived >= total:
                break
            if time.monotonic() > end:
                raise SystemExit(f"Only {arrived} of {total} messages arrived at {slug} in {PATIENCE} s.")
            time.sleep(max(0.02, COUNTING * (time.monotonic() - begun)))


def _spent(made: Stage, sender: "subprocess.Popen[str]", crew: list["subprocess.Popen[str]"]) -> Spent:
    server = made.platform.database.server
    if server is None:
        raise SystemExit("The bench runs on the embedded database.")
    postmaster = int((server.folder / "postmaster.pid").read_text("utf-8").split()[0])
    return Spent(_cpu(sender.pid), sum(_cpu(one.pid) for one in crew), _cpu(postmaster, children=True))


def _cpu(pid: int, *, children: bool = False) -> float:
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # a server process that has ended since it was listed
        return 0.0
    seconds = float(times.user + times.system)
    if children:
        seconds += times.children_user + times.children_system + sum(_cpu(one.pid) for one in process.children())
    return seconds


def _send(file: Path, threads: int) -> None:
    """Act as the sender: for each number on standard input send as many, in threads, and report when done."""
    installation = Installation(file)
    made = Stage(file, installation, 0)
    actor, box = made.member(*SENDER), made.box(*SENDER)
    body = (SENTENCE * (SIZE // len(SENTENCE) + 1))[:SIZE]

    def one(number: int) -> None:
        with installation.platform.work(actor) as work:
            send(work, box.id, Draft((to(RECIPIENT[1]),), f"Begäran {number}", body))

    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            list(pool.map(one, range(int(line))))
            print("sent", flush=True)
    installation.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        _send(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        for figure in measure(*map(int, sys.argv[1:])):
            print(json.dumps(figure), flush=True)
