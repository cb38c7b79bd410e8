"""Fax: the time to prepare one compared with Ghostscript alone, and whether any fax is lost when workers die.

A document of 30 pages of text is made into a fax with its cover. The limit is 1.3 times the same Ghostscript on the
same document. Then 200 faxes are in the inbox at once, and two workers that are killed repeatedly receive them.
"""

import contextlib
import io
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from bench_sealing import Figure
from bench_stage import free_port
from PIL import Image
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.cli.installation import Installation
from budkavle.cli.main import budkavle
from budkavle.model.messages import File
from budkavle_fax.documents import rendering
from budkavle_fax.documents.conversion import pages_of
from budkavle_fax.documents.cover import Cover
from budkavle_fax.documents.typesetting import typeset
from budkavle_fax.numbers import mailbox_numbers

PAGES, ROUNDS, MOST = 30, 5, 1.3
FAXES, PATIENCE = 200, 240
NUMBER = "+46101234567"
COVER = Cover("Håbo kommun", "Reception", NUMBER, "", "+46107654321", date(2026, 1, 2), "Prov", "Hej!")
SETTINGS = """\
data = "data"
base_url = "http://127.0.0.1:{port}"
enabled = ["fax"]

[plugins.fax]
poll_seconds = 0.1

[plugins.fax.hylafax]
inbox = "{inbox}"
"""


def measure() -> Iterator[Figure]:
    """Yield both figures."""
    yield _preparing()
    yield _arriving()


def _preparing() -> Figure:
    document = _document()
    bare, whole = [], []
    for _ in range(ROUNDS):
        bare.append(_seconds(lambda: rendering.draw([document])))
        whole.append(_seconds(lambda: rendering.prepare(COVER, [File("a.pdf", "application/pdf", document)], 99)))
    value, limit = statistics.median(whole), MOST * statistics.median(bare)
    facts = {"value": round(value, 3), "unit": "s", "limit": round(limit, 3), "ratio": round(value / limit, 2)}
    return {"name": f"fax of {PAGES} pages prepared", **facts}


def _document() -> bytes:
    """Return a PDF with 30 full pages of text."""
    line = "Åtgärder som har beslutats i ärendet, och vem som svarar för dem."
    written = [f"{number:04} {line}" for number in range(3000)]
    for count in range(len(written), 0, -50):
        made = typeset("plain.typ", {"name": "a.txt", "lines": written[:count]})
        if pages_of(made) == PAGES:
            return made
    raise SystemExit("No document of 30 pages could be made.")


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _arriving() -> Figure:
    """Let 200 faxes arrive at once while workers are killed. The value is the number lost or received twice."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inbox = folder / "inbox"
        inbox.mkdir()
        file = folder / "budkavle.toml"
        file.write_text(SETTINGS.format(port=free_port(), inbox=inbox), "utf-8")
        with contextlib.closing(Installation(file)) as installation:
            _furnish(file, installation)
            for number in range(FAXES):
                _lay(inbox, number)
            began = time.monotonic()
            kills = _work(file, inbox)
            seconds = time.monotonic() - began
            stored = _stored(installation)
    wrong = abs(FAXES - len(stored)) + len(stored) - len(set(stored))
    note = f"{FAXES} stored in {seconds:.0f} s while {kills} workers were killed"
    facts = {"value": wrong, "unit": "faxes", "limit": 0, "ratio": float(wrong)}
    return {"name": "faxes lost or doubled", **facts, "note": note}


def _furnish(file: Path, installation: Installation) -> None:
    for step in (
        ("migrate",),
        ("org", "add", "Håbo kommun", "--slug", "habo"),
        ("mailbox", "add", "habo", "Reception"),
    ):
        with contextlib.redirect_stdout(io.StringIO()):
            budkavle.main(["--config", str(file), *step], standalone_mode=False)
    admin = installation.actor(installation.organisation("habo"))
    with installation.platform.work(admin) as work:
        (box,) = mailboxes.all_mailboxes(work)
    mailbox_numbers.link(installation.platform.plugins.host("fax"), admin, NUMBER, box.id)


def _lay(inbox: Path, number: int) -> None:
    """Put a fax with its own dots into the inbox, as the hook does."""
    image, kept = Image.new("1", (rendering.WIDTH, 1000), 1), io.BytesIO()
    image.paste(0, (0, number, 100 + number, number + 20))
    image.save(kept, "TIFF", compression="group4", dpi=(204, 196))
    (inbox / f"ttyA-{number:05}.tif").write_bytes(kept.getvalue())
    slip = f"modem=ttyA\ncommid={number:05}\ncaller=0107654321\ndid=0101234567\n"
    (inbox / f"ttyA-{number:05}.slip").write_text(slip, "utf-8")


def _work(file: Path, inbox: Path) -> int:
    """Run two workers until the inbox is empty, kill one at every tenth of the faxes, and return the number."""
    command = [sys.executable, "-m", "budkavle", "--config", str(file), "worker", "--lease", "5"]
    kills, end = 0, time.monotonic() + PATIENCE
    running = [_start(command) for _ in range(2)]
    try:
        while any(inbox.iterdir()) and time.monotonic() < end:
            _fewer(inbox, end)
            victim = running.pop(0)
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            kills += 1
            running.append(_start(command))
    finally:
        for one in running:
            one.kill()
            one.wait()
    return kills


def _fewer(inbox: Path, end: float) -> None:
    """Wait until another tenth of the faxes has been received, so that workers are killed during the work."""
    goal = len(list(inbox.iterdir())) - FAXES // 5  # each fax is two files
    while len(list(inbox.iterdir())) > max(goal, 0) and time.monotonic() < end:
        time.sleep(0.05)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _stored(installation: Installation) -> list[str]:
    with installation.platform.database.transaction(installation.organisation("habo")) as connection:
        query = text("SELECT remote_id FROM messages WHERE direction = 'in' AND transport = 'fax'")
        return list(connection.execute(query).scalars())
