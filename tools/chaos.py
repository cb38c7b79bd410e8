"""Kill -9 of web, worker and PostgreSQL at random points under load: `make chaos N=200`.

With `--access-point soap` parcels go by SOAP through a stub access point, which is killed too, and of whose answers one
in thirty is late, broken off, somebody else's or none; each puts a parcel off for half a minute or more. With
`--full-disk 5` (root) the data lies on a small file system that becomes full five times, and nothing is killed.

Two organisations write to each other through their pages while everything is killed and started again. In the end
everything that a page has confirmed must stand once at its recipient, whole and acknowledged; nothing may be doubled
or half done; the event logs must be whole. JSON lines, the last one the summary; exit code 0 or 1.
"""

import argparse
import contextlib
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_stage import RECIPIENT, SENDER, Stage, free_port, stage, to
from chaos_crew import WEIGHTS, Crew, crew
from chaos_disk import SmallDisk, fill_it, missing, refusal, small_disk
from chaos_load import Author, Client, Reader, reader
from chaos_truth import Side, events, faults, wait_until_quiet

from budkavle.accounts.users import account

SOAP = """
[plugins.sdk]
access_point = "soap"

[plugins.sdk.soap]
url = "http://127.0.0.1:{port}/domibus/services/wsplugin"
poll_seconds = 0.5
timeout_seconds = 10.0
"""
LONGEST_PAUSE = 2.5
"""The most seconds between two kills."""
SECONDS_A_KILL = 8
QUIET = 180
"""How many seconds everything may take to finish after the last kill."""
MOST_FAULTS = 30
SPOOL = "simulator/spool.py"
_UNFORESEEN = frozenset({"web.failed", "job.failed", "worker.failed", "jobs.not_taken"}) | {
    f"delivery.{what}" for what in ("plugin_failed", "impossible_outcome", "unreadable")
}
"""Events that must not be in the logs, unless they are about a database that was just killed."""


def main() -> int:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=200, help="how many (default 200)")
    options.add_argument("--seed", type=int, default=1, help="which random points (default 1)")
    options.add_argument("--workers", type=int, default=2, help="worker processes (default 2)")
    options.add_argument("--keep", type=Path, help="use this empty folder, and leave it as it ends")
    options.add_argument("--access-point", choices=("spool", "soap"), default="spool", help="what carries the parcels")
    options.add_argument(
        "--full-disk", type=int, default=0, metavar="ROUNDS", help="fill a small disk in place of kills"
    )
    given = options.parse_args()
    if given.full_disk and (obstacle := missing() or refusal()):
        raise SystemExit(obstacle)
    kills, soap = 0 if given.full_disk else given.kills, given.access_point == "soap"
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        return chaos(given.keep.resolve(), kills, given.seed, given.workers, soap=soap, full=given.full_disk)
    with tempfile.TemporaryDirectory(prefix="budkavle-chaos-", ignore_cleanup_errors=True) as folder:
        return chaos(Path(folder), kills, given.seed, given.workers, soap=soap, full=given.full_disk)


def chaos(folder: Path, kills: int, seed: int, workers: int, *, soap: bool = False, full: int = 0) -> int:
    """Create an installation, let it be used and killed, or its disk become full, and check the result."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(small_disk(folder / "data")) if full else None
        made = stack.enter_context(stage(folder, SOAP.format(port=free_port()) if soap else ""))
        data = made.installation.settings.data
        if soap:  # the crew's own replaces it, and is killed like the others
            made.simulator.kill()
            made.simulator.wait()
        access_point = ("sdk", "simulator", "--port", str(made.book_port), "--unreliable", "0.03") if soap else ()
        spool = next(data.rglob("spool"), data / "spool")
        authors = _authors(made, seed)
        everybody = [one for some in authors.values() for one in some]
        say("ready", seconds=since(began))
        with crew(made.file, data, folder / "logs", workers, access_point) as running:
            filled = _under_load(running, everybody, kills, random.Random(seed), disk, full)  # noqa: S311 - repeatable
            say("killed", **running.killed, starts=dict(running.started), seconds=since(began))
            sides = [_side(made, slug, some) for slug, some in authors.items()]
            spool = next(data.rglob("stub.db" if soap else "spool"), data / "spool")
            left = wait_until_quiet(made.platform, sides, spool, QUIET * (2 if soap else 1))
        say("quiet", left=left, seconds=since(began))
        wrong = [f"not done in time: {number} {what}" for what, number in left.items()]
        wrong += faults(made.platform, sides[0], sides[1], spool)
        if filled < full:
            wrong.append(f"only {filled} of {full} times the disk was full people were told, and could go on after")
        if running.killed.total() < kills:
            wrong.append(f"only {running.killed.total()} kills in the time")
        answers = sum((one.answers for one in everybody), Counter[str]())
        wrong += [
            f"the page answered {code} {number} times" for code, number in answers.items() if code not in EXPECTED
        ]
        told = logged(folder / "logs")
        if disk:  # the simulated access point has no room either
            told = {what: number for what, number in told.items() if SPOOL not in what or "OSError" not in what}
        wrong += [f"{what} {number} times in the logs" for what, number in told.items()]
        for fault in wrong[:MOST_FAULTS]:
            say("fault", text=fault)
        say("events", **events(made.platform, sides))
        say(
            "summary",
            ok=not wrong,
            kills=running.killed.total(),
            filled=filled,
            **running.killed,
            confirmed=sum(len(one.confirmed) for one in sides),
            doubtful=sum(len(one.doubtful) for one in sides),
            answers=dict(answers),
            faults=len(wrong),
            seed=seed,
            seconds=since(began),
        )
    return 1 if wrong else 0


EXPECTED = frozenset({"sent", "303", "503", "-", "full"})
"""What a sender may be told: sent, temporarily down, no room and why, or nothing since the web was killed."""


def _authors(made: Stage, seed: int) -> dict[str, list[Reader | Client]]:
    """Return a person and a program in each organisation, who write to the other's mailbox."""
    found: dict[str, list[Reader | Client]] = {}
    url = f"http://127.0.0.1:{made.port}"
    for (slug, name), (_, other) in ((SENDER, RECIPIENT), (RECIPIENT, SENDER)):
        actor, box, there = made.member(slug, name), made.box(slug, name).id, to(other)
        user = account(made.platform, f"bench@{slug}.example")
        if user is None:
            raise SystemExit(f"{slug} has no user.")
        chances = (random.Random(f"{seed}-{slug}-{number}") for number in range(2))  # noqa: S311 - as above
        client = Client(box, there, next(chances), platform=made.platform, actor=actor)
        found[slug] = [client, reader(made.platform, url, user, box, there, next(chances))]
    return found


def _under_load(
    running: Crew,
    authors: Sequence[Reader | Client],
    kills: int,
    chance: random.Random,
    disk: SmallDisk | None = None,
    full: int = 0,
) -> int:
    """Let people write while processes are killed or the disk is full, and a while longer. Return how often it was."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.write_until, args=(stop,)) for one in authors]
    readers = [one for one in authors if isinstance(one, Reader)]
    for thread in threads:
        thread.start()
    try:
        _wait_for(readers, 1)
        seen = _confirmed(readers)
        until = time.monotonic() + 30 + SECONDS_A_KILL * kills
        while running.killed.total() < kills and time.monotonic() < until:
            time.sleep(chance.random() * LONGEST_PAUSE)
            kind = chance.choices(running.kinds, WEIGHTS[: len(running.kinds)])[0]
            if kind == "web" and _confirmed(readers) == seen and chance.random() < 0.9:
                continue  # it is starting; usually it should be killed while working
            seen = _confirmed(readers)
            running.kill(kind, chance)
        filled = fill_it(disk, full, lambda: _full(readers), lambda: _confirmed(readers)) if disk else 0
        _wait_for(readers, 3)
        return filled
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _confirmed(authors: Sequence[Author]) -> int:
    return sum(len(one.confirmed) for one in authors)


def _full(authors: Sequence[Author]) -> int:
    return sum(one.answers["full"] for one in authors)


def _wait_for(authors: Sequence[Author], more: int) -> None:
    """Wait until the pages have confirmed some more messages."""
    wanted, until = _confirmed(authors) + more, time.monotonic() + 240
    while _confirmed(authors) < wanted and time.monotonic() < until:
        time.sleep(0.1)


def _side(made: Stage, slug: str, authors: Sequence[Author]) -> Side:
    confirmed = {subject: letter for one in authors for subject, letter in one.confirmed.items()}
    doubtful = {subject: letter for one in authors for subject, letter in one.doubtful.items()}
    return Side(made.installation.organisation(slug), slug, confirmed, doubtful)


def logged(logs: Path) -> dict[str, int]:
    """Return the unexpected events in the logs, with their counts."""
    found: Counter[str] = Counter()
    for path in logs.glob("*.log"):
        lines = path.read_text("utf-8", "replace").splitlines()
        found.update(f"{one} ({path.name})" for one in _tracebacks(lines))
        for line in lines:
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event.get("event") in _UNFORESEEN and event.get("error") not in {"Unavailable", "Unsure"}:
                    found[f"{event['event']} {event.get('error')} {event.get('at')}"] += 1
    return dict(found)


def _tracebacks(lines: list[str]) -> Iterator[str]:
    """Yield what each traceback ended in, and where."""
    place = ""
    for line in lines:
        if line.startswith("Traceback"):
            place = "nowhere"
        elif place and line.startswith("  File"):
            place = line.strip()
        elif place and line.strip() and not line.startswith(" "):
            yield f"{line} at {place}"
            place = ""


def since(began: float) -> float:
    """Return the seconds since then, with one decimal."""
    return round(time.monotonic() - began, 1)


def say(name: str, **facts: object) -> None:
    """Print one line."""
    print(json.dumps({"name": f"chaos.{name}", **facts}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
