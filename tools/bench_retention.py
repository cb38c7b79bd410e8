"""How quickly old messages are destroyed, while other messages arrive.

Cases have two messages each, one received and one sent, with keys, words and a delivery with its steps. In every tenth
case the answer is recent and is kept. The job runs as in a worker until nothing is due.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from bench_sealing import Figure
from bench_stage import RECIPIENT, SENDER, Stage, stage, to
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.messaging.sending import send
from budkavle.model.messages import Draft
from budkavle.model.people import Actor
from budkavle.operations import message_retention
from budkavle.testing.bulk import add_old_messages

MESSAGES = 200_000
LEAST = 500.0
"""Messages per second."""
DAYS = 365


def measure(count: int = MESSAGES) -> Iterator[Figure]:
    """Yield the rate of a run over a number of messages, and the time to send a message meanwhile."""
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder), plugins=("statistics", "disclosure", "log_control", "files")) as made,
    ):
        actor = made.member(*SENDER)
        admin = made.installation.actor(actor.organisation_id)
        with made.platform.work(admin) as work:
            box = mailboxes.create_mailbox(work, "Gammalt").id
        due = add_old_messages(made.platform, actor.organisation_id, box, count, transport="sdk")
        with made.platform.work(admin) as work:
            write_settings(work, MessageSettings, {"retention_days": DAYS})
        with made.platform.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("UPDATE settings SET changed_at = changed_at - interval '2 days'"))
        with made.platform.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        yield from _run(made, actor, due)


def _run(made: Stage, actor: Actor, due: int) -> Iterator[Figure]:
    ended, took = threading.Event(), list[float]()
    flow = threading.Thread(target=_send, args=(made, actor, ended, took), daemon=True)
    flow.start()
    destroyed, begun, before = 0, time.perf_counter(), cpu_spent(made)
    while number := message_retention.destroy_old(made.platform):
        destroyed += number
    seconds, spent = time.perf_counter() - begun, cpu_spent(made) - before
    ended.set()
    flow.join()
    if destroyed != due:
        raise RuntimeError(f"{destroyed} of {due} messages were destroyed")
    yield {
        "name": f"retention, {due} messages destroyed in one run with mail beside it",
        "value": round(destroyed / seconds, 1),
        "unit": "messages/s",
        "limit": LEAST,
        "note": f"CPU ms a message, with what is sent and the database: {spent / destroyed * 1000:.2f}",
        "sent": len(took),
    }
    yield {
        "name": "retention, 95th of what sending a message takes meanwhile",
        "value": round(statistics.quantiles(took, n=20)[-1] * 1000, 1),
        "unit": "ms",
        "limit": 1000.0,
    }


def _send(made: Stage, actor: Actor, ended: threading.Event, took: list[float]) -> None:
    """Send a message five times a second, as a user would, and record the time of each."""
    box = made.box(*SENDER)
    draft = Draft((to(RECIPIENT[1]),), "Nytt", "Nytt brev.")
    while not ended.wait(0.2):
        begun = time.perf_counter()
        with made.platform.work(actor) as work:
            send(work, box.id, draft)
        took.append(time.perf_counter() - begun)


def cpu_spent(made: Stage) -> float:
    """Return the CPU seconds used so far by this process and the embedded database."""
    server = made.platform.database.server
    if server is None:
        raise SystemExit("The bench runs on the embedded database.")
    postmaster = psutil.Process(int((server.folder / "postmaster.pid").read_text("utf-8").split()[0]))
    times = [process.cpu_times() for process in (postmaster, *postmaster.children())]
    ended = times[0].children_user + times[0].children_system
    return time.process_time() + ended + sum(spent.user + spent.system for spent in times)


if __name__ == "__main__":
    for figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES):
        print(json.dumps(figure), flush=True)
