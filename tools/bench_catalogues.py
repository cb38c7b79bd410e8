"""The time to show and search a catalogue of 10,000 files: the 95th percentile of the pages, and their size.

The plugin itself adds the files, in the order of their names, as when a folder is uploaded. The pages come from the
application, in this process, with a session. Each figure's note has the CPU time of this process and of the database,
to tell a slow page from a busy machine.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from bench_inbox import signed_in
from bench_retention import cpu_spent
from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle.web.app import create_app
from budkavle_files.pages.parts import tidy
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue
from budkavle_files.tree.things import EntryKind
from budkavle_files.tree.versions import FILES, NewVersion

MANY, REQUESTS, WARM_UP = 10_000, 40, 5
LIMIT_MS, LIMIT_KB = 100, 100
BATCH = 250
PAGES = {
    "first page": "",
    "far down": "?from=8001",
    "by name, last first": "?sort=-name",
    "latest first": "?sort=-changed",
    "by size": "?sort=-size",
}
SEARCHES = {
    "a word of one name": "bild 4711",
    "a word of every name": "bild",
    "the beginning of every name": "bil",
    "no name": "saknas",
}
SEARCH_LIMIT_MS = 200


def measure(many: int = MANY) -> Iterator[Figure]:
    """Yield the figures of the pages of a long list."""
    with (
        tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder,
        stage(Path(folder), plugins=("files",)) as made,
    ):
        catalogue_id, seconds = fill(made, many)
        yield {"name": f"files, putting one of {many} in", "value": round(seconds * 1000 / many, 1), "unit": "ms"}
        cookie = signed_in(made, made.member(*SENDER))
        logging.getLogger("httpx").setLevel(logging.WARNING)
        size = 0
        with TestClient(create_app(made.platform), cookies={"budkavle": cookie}) as client:
            for name, query in PAGES.items():
                before = cpu_spent(made)
                taken, size = _asked(client, f"/plugin/files/c/{catalogue_id}{query}")
                computing = (cpu_spent(made) - before) * 1000 / (REQUESTS + WARM_UP)
                figure = _figure(f"files, {many} in a catalogue, {name}", taken, "ms", LIMIT_MS)
                yield {**figure, "note": f"{computing:.1f} ms of CPU a page"}
            yield _figure(f"files, {many} in a catalogue, size", size / 1000, "kB", LIMIT_KB)
            for name, words in SEARCHES.items():
                before = cpu_spent(made)
                taken, _ = _asked(client, f"/plugin/files/search?q={quote_plus(words)}")
                computing = (cpu_spent(made) - before) * 1000 / (REQUESTS + WARM_UP)
                figure = _figure(f"files, {many} searched, {name}", taken, "ms", SEARCH_LIMIT_MS)
                yield {**figure, "note": f"{computing:.1f} ms of CPU a page"}


def fill(made: Stage, many: int) -> tuple[UUID, float]:
    """Add a number of files to a catalogue. Return it, and the seconds that it took."""
    host, member = made.platform.plugins.host("files"), made.member(*SENDER)
    with host.work(member) as work:
        catalogue = create_catalogue(host, work, "Bilder")
        kept = FILES.keep(work, catalogue.id, "Bild.jpg", "image/jpeg", [b"x" * 1000])
    first = NewVersion(kept.id, kept.size, "image/jpeg")
    begun = time.perf_counter()
    for batch in range(0, many, BATCH):
        with host.work(member) as work:
            for number in range(batch, min(batch + BATCH, many)):
                add_entry(host, work, catalogue.id, NewEntry(EntryKind.FILE, f"Bild {number}.jpg", first))
    seconds = time.perf_counter() - begun
    tidy(host)  # as a worker does every five minutes
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return catalogue.id, seconds


def _asked(client: "TestClient[Any]", path: str) -> tuple[float, int]:
    """Return the 95th percentile of a page's time in milliseconds, and its size in bytes."""
    taken: list[float] = []
    size = 0
    for turn in range(REQUESTS + WARM_UP):
        begun = time.perf_counter()
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}.")
        size = len(answer.content)
        if turn >= WARM_UP:
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.quantiles(taken, n=20)[-1], size


def _figure(name: str, value: float, unit: str, limit: float) -> Figure:
    return {"name": name, "value": round(value, 1), "unit": unit, "limit": limit, "ratio": round(value / limit, 2)}


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure), flush=True)
