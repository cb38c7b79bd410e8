"""How long an organisation is closed while it is moved to another installation with its own durable database.

Messages flow meanwhile: another process receives messages with a file and sends some for a user, at a fixed rate, and a
worker carries them. Each message received or sent must exist exactly once at the destination.
"""

import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

from bench_sealing import Figure
from bench_stage import RECIPIENT, SENDER, Stage, ended, stage, to
from msgspec.structs import replace

from budkavle.accounts import mailboxes
from budkavle.cli.installation import Installation
from budkavle.messaging import sending
from budkavle.model.errors import Unavailable
from budkavle.model.messages import Address, Draft, File, Incoming
from budkavle.operations.moves.moving import move
from budkavle.plugins.registry import Plugins
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing import acting
from budkavle.testing.bulk import add_old_messages

MESSAGES = 50_000
LONGEST = 30.0
"""The most seconds in which nothing can be written."""
PACE = 0.2
"""Seconds between two rounds of the traffic, each with one incoming and one outgoing message."""
FILE = File("bilaga.bin", "application/octet-stream", b"x" * 20_000)


def measure(count: int = MESSAGES) -> Iterator[Figure]:
    """Yield the pause and the total time of a move of a number of messages, with their number of rows."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budkavle-bench-")))
        made = stack.enter_context(stage(folder))
        actor = made.member(*SENDER)
        admin = made.installation.actor(actor.organisation_id)
        with made.platform.work(admin) as work:
            box = mailboxes.create_mailbox(work, "Gammalt").id
        add_old_messages(made.platform, actor.organisation_id, box, count, transport="sdk")
        there = stack.enter_context(closing(_other(made, folder / "there")))
        stack.enter_context(ended(made.run("worker")))
        with _traffic(made, folder) as flowing:
            begun = time.perf_counter()
            moved = move(made.platform, there, made.installation.actor(), actor.organisation_id)
            seconds = time.perf_counter() - begun
        written = flowing.result()
        _require_all(there, actor.organisation_id, count, written)
    if moved is None:
        raise RuntimeError("nothing was moved")
    name = f"move of {count} messages, {sum(moved.rows.values())} rows, while {len(written)} were written"
    for what, value in (("closed", moved.closed), ("nothing sent", moved.held), ("all of it", seconds)):
        yield {
            "name": f"{name}: {what}",
            "value": round(value, 2),
            "unit": "s",
            "limit": LONGEST,
            "ratio": round(value / LONGEST, 2),
        }


@contextmanager
def _traffic(made: Stage, folder: Path) -> Iterator["Future[list[UUID]]"]:
    """Let messages flow in another process, from before the block until the organisation has moved."""
    flag = folder / "flows"
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        flowing = process.submit(_write, made.file, flag)
        while not flag.exists() and not flowing.done():
            threading.Event().wait(0.05)
        try:
            yield flowing
        except BaseException:
            flag.unlink(missing_ok=True)
            raise


def _write(file: Path, flag: Path) -> list[UUID]:
    """Receive and send until the organisation has moved, or the flag is gone, and return the ids of the messages."""
    installation, written, pause = Installation(file), list[UUID](), threading.Event()
    made = Stage(file, installation, 0)
    with closing(installation):
        sender, box = made.member(*SENDER), made.box(*SENDER).id
        while flag.exists() or not written:
            try:
                incoming = _incoming(sender.organisation_id, box, len(written))
                arrived = acting.accept(installation.platform, incoming).message_id
                written += [arrived] if arrived else []
                if len(written) == 1:
                    flag.touch()
                draft = Draft(recipients=(to(RECIPIENT[1]),), subject=f"Ut {len(written)}", body="Se svaret.")
                written.append(acting.in_work(installation.platform, sender, sending.send, box, draft).id)
            except Unavailable as refused:
                if "har flyttat" in str(refused):
                    return written
            pause.wait(PACE)
    return written


def _incoming(organisation_id: UUID, box: UUID, number: int) -> Incoming:
    return Incoming(
        organisation_id=organisation_id,
        transport="sdk",
        remote_id=str(uuid4()),
        sender=Address("sdk", "sdk:de", "Kansliet"),
        recipient=Address("sdk", "sdk:vi", "Inkorg"),
        subject=f"In {number}",
        body="Hej! Vi behöver handlingen.",
        received_at=datetime.now(UTC),
        mailbox_id=box,
        files=(FILE,),
    )


def _require_all(there: Platform, organisation_id: UUID, count: int, written: list[UUID]) -> None:
    """Require that no message is missing at the destination."""
    with there.database.transaction(organisation_id) as connection:
        ids = [row.id for row in connection.exec_driver_sql("SELECT id FROM messages")]
    if not set(written) <= set(ids) or len(ids) < count + len(written):
        raise RuntimeError("not everything was moved")


def _other(made: Stage, data: Path) -> Platform:
    """Open another installation with the same master key and key store."""
    here = made.platform.settings
    (data / "keys").mkdir(parents=True)
    shutil.copy(here.key_file, data / "keys" / "master.key")
    key_store = replace(here.key_store, folder=here.key_store_folder)
    settings = replace(here, data=data, key_store=key_store, base_url="http://127.0.0.1:8421")
    plugins = Plugins.load(settings)
    platform = open_platform(settings, plugins=plugins)
    platform.database.migrate(plugins.migrations())
    return platform


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
