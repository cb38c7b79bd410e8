"""How many units an installation stores per second if each commit takes 5 ms, as with a synchronous standby.

Each is a unit of work with an entry in the event log and a notice, as in every action of the product. Sixteen threads
work in one organisation, then in sixteen. The limit is what the same threads store without entry and notice.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

from bench_sealing import Figure
from bench_stage import stage
from sqlalchemy import text

from budkavle.accounts import organisations
from budkavle.model.people import ActorScope, SystemActor
from budkavle.storage import audit
from budkavle.storage.database import Statement
from budkavle.storage.events.chaining import chain_logs
from budkavle.storage.platform import Platform, Work
from budkavle.testing.actors import system_actor

THREADS, SECONDS = 16, 6.0
COMMIT = ("ALTER SYSTEM SET commit_delay = 5000", "ALTER SYSTEM SET commit_siblings = 0", "SELECT pg_reload_conf()")
_TOUCH = Statement(
    "INSERT INTO counters (organisation_id, name, value) VALUES (:organisation, :name, 0)"
    " ON CONFLICT (organisation_id, name) DO UPDATE SET value = counters.value + 1"
)
Act = Callable[[Work, str], None]


def measure(seconds: float = SECONDS) -> Iterator[Figure]:
    """Yield the figures, with one organisation and with one per thread."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        platform = made.platform
        server = platform.database.server
        if server is None:
            raise SystemExit("The stage has no server of its own.")
        with server.connect() as connection:
            for statement in COMMIT:
                connection.execute(statement)
        made_here = [
            organisations.create_organisation(platform, system_actor(), f"Ort {number}").id for number in range(THREADS)
        ]
        for name, chosen in (("one organisation", made_here[:1]), ("16 organisations", made_here)):
            plain = _rate(platform, chosen, _touch, seconds)
            rate = _rate(platform, chosen, _tell, seconds)
            yield {
                "name": f"commits of 5 ms, {name}",
                "value": round(rate),
                "unit": "units of work/s",
                "limit": round(plain),
                "ratio": round(rate / plain, 3),
            }
        yield _linking(platform)


def _linking(platform: Platform) -> Figure:
    """Return how many of the entries written above a worker chains per second."""
    with platform.database.owner() as engine, engine.connect() as connection:
        waiting = connection.execute(text("SELECT count(*) FROM audit_pending")).scalar_one()
    begun = time.perf_counter()
    while chain_logs(platform.database):
        pass
    rate = round(waiting / (time.perf_counter() - begun))
    return {"name": "commits of 5 ms, linking", "value": rate, "unit": "entries/s", "limit": 2_000}


def _touch(work: Work, name: str) -> None:
    _TOUCH.enqueue(work.connection, {"organisation": work.organisation_id, "name": name})


def _tell(work: Work, name: str) -> None:
    _touch(work, name)
    notice = {"o": work.organisation_id, "m": uuid4(), "k": "taken"}
    audit.record_and_tell(work, "case.taken", uuid4(), notice)


def _rate(platform: Platform, chosen: Sequence[UUID], act: Act, seconds: float) -> float:
    """Return how many units of work per second all threads store together."""
    until = time.perf_counter() + seconds

    def go_on(number: int) -> int:
        actor = SystemActor(chosen[number % len(chosen)], "Mätaren", frozenset({ActorScope.WRITE}))
        done = 0
        while time.perf_counter() < until:
            with platform.work(actor) as work:
                act(work, f"bench-{number}")
            done += 1
        return done

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(go_on, range(THREADS))) / seconds


if __name__ == "__main__":
    for figure in measure():
        sys.stdout.write(json.dumps(figure) + "\n")
