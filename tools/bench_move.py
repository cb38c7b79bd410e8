"""How long an organisation is closed while it is moved to another installation with a durable database of its own."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from msgspec.structs import replace

from budkavle.accounts import mailboxes
from budkavle.operations.moves.moving import move
from budkavle.plugins.registry import Plugins
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.bulk import add_old_messages

MESSAGES = 50_000
LONGEST = 30.0
"""Seconds in which nothing can be written."""


def measure(count: int = MESSAGES) -> Iterator[Figure]:
    """The pause and the whole time of a move of so many messages, and how many rows that is."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        actor = made.member(*SENDER)
        admin = made.installation.actor(actor.organisation_id)
        with made.platform.work(admin) as work:
            box = mailboxes.create_mailbox(work, "Gammalt").id
        add_old_messages(made.platform, actor.organisation_id, box, count, transport="sdk")
        with closing(_other(made, Path(folder) / "there")) as there:
            begun = time.perf_counter()
            moved = move(made.platform, there, made.installation.actor(), actor.organisation_id)
            seconds = time.perf_counter() - begun
    if moved is None or moved.rows["messages"] < count:
        raise RuntimeError("not everything was moved")
    name = f"move of {count} messages, {sum(moved.rows.values())} rows"
    for what, value in (("closed", moved.closed), ("nothing sent", moved.held), ("all of it", seconds)):
        yield {
            "name": f"{name}: {what}",
            "value": round(value, 1),
            "unit": "s",
            "limit": LONGEST,
            "ratio": round(value / LONGEST, 2),
        }


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
