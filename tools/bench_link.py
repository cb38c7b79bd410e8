"""A secure message to a person without an account: from "Skicka" to the mail server, and the size of its page.

Messages are sent in this process as the page sends them, at an even pace whatever happens to them. A worker in a
separate process carries them. The mail server is aiosmtpd in a thread, without delays.
"""

import asyncio
import contextlib
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session
from bench_sealing import Figure
from bench_stage import PASSWORD, Stage, ended, free_port
from bench_wire import ARGUMENTS

from budkavle.accounts import organisations, users
from budkavle.accounts.mailboxes import personal_mailbox
from budkavle.cli.installation import Installation
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Actor
from budkavle.testing.actors import system_actor

RATE, SECONDS, WARM = 20, 15, 20
MOST_S, MOST_KB = 1.0, 30
SETTINGS = """\
data = "data"
base_url = "http://127.0.0.1:{port}"
undo_seconds = 0
enabled = ["email_link"]

[plugins.email_link]
host = "127.0.0.1"
port = {mail}
tls = "none"
sender = "no-reply@habo.example"
"""


class Taken:
    """What the mail server received: the time of each address's mail, and the mail."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.mails: dict[str, bytes] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - the name that aiosmtpd calls
        """Store it."""
        to = str(envelope.rcpt_tos[0])
        self.at[to] = time.monotonic()
        self.mails[to] = bytes(envelope.content or b"")
        return "250 OK"


def measure() -> Iterator[Figure]:
    """Yield the two figures."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, _stage(Path(folder)) as (made, taken):
        actor, box = _somebody(made)
        with ended(made.run("worker")):
            _send(made, actor, box, WARM, taken)
            took = sorted(_send(made, actor, box, RATE * SECONDS, taken))
        yield _figure("link, Skicka to SMTP at 20/s, p95", took[int(len(took) * 0.95)], "s", MOST_S)
        with ended(made.run("serve", "--web-only")):
            yield _figure("link cold, bytes on the wire", _weigh(_link(taken)) / 1000, "kB", MOST_KB)


def _send(made: Stage, actor: Actor, box: UUID, count: int, taken: Taken) -> list[float]:
    """Send a number at the pace, wait until all have arrived, and return the time of each."""
    began: dict[str, float] = {}
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / RATE - time.monotonic()))
        to = f"{uuid4().hex}@exempel.example"
        began[to] = time.monotonic()
        draft = Draft((Address("link", to),), "Kallelse till möte", "Hej!\n\nVälkommen på torsdag.", loa=Loa.ONE)
        with made.platform.work(actor) as work:
            sending.send(work, box, draft)
    end = time.monotonic() + 120
    while not began.keys() <= taken.at.keys():
        if time.monotonic() > end:
            raise SystemExit(f"{len(began.keys() - taken.at.keys())} of {count} mails did not come.")
        time.sleep(0.05)
    return [taken.at[to] - at for to, at in began.items()]


def _link(taken: Taken) -> str:
    text = next(iter(taken.mails.values())).decode().replace("=\r\n", "").replace("=\n", "")
    return text[text.index("http://") :].split()[0]


def _weigh(url: str) -> float:
    """Open it in a browser with an empty cache, and return the bytes received."""
    from playwright.sync_api import Error, sync_playwright

    received: list[float] = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        page = browser.new_context().new_page()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        for _ in range(200):
            with contextlib.suppress(Error):
                received.clear()
                page.goto(url, wait_until="load")
                break
            page.wait_for_timeout(100)
        page.wait_for_timeout(300)
        browser.close()
    return sum(received)


def _somebody(made: Stage) -> tuple[Actor, UUID]:
    """Return a person who writes, and their personal mailbox."""
    home = organisations.create_organisation(made.platform, system_actor(), "Håbo kommun")
    chief = system_actor(home.id)
    with made.platform.work(chief) as work:
        user = users.create_user(work, email="bench@habo.example", name="Anna Ek", password=PASSWORD)
    return user.acting(Loa.TWO), personal_mailbox(user).id


@contextlib.contextmanager
def _stage(folder: Path) -> Iterator[tuple[Stage, Taken]]:
    """Create an installation in an empty folder, and a mail server."""
    port = free_port()
    file = folder / "budkavle.toml"
    with _mail_server() as (mail, taken):
        file.write_text(SETTINGS.format(port=port, mail=mail), "utf-8")
        made = Stage(file, Installation(file), port)
        try:
            made.platform.database.migrate(made.platform.plugins.migrations())
            yield made, taken
        finally:
            made.installation.close()


@contextlib.contextmanager
def _mail_server() -> Iterator[tuple[int, Taken]]:
    loop, taken = asyncio.new_event_loop(), Taken()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def serve() -> int:
        server = await loop.create_server(lambda: SMTP(taken, hostname="mail.example", loop=loop), "127.0.0.1", 0)
        place: tuple[str, int] = server.sockets[0].getsockname()[:2]
        return place[1]

    try:
        yield asyncio.run_coroutine_threadsafe(serve(), loop).result(), taken
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _figure(name: str, value: float, unit: str, limit: float) -> Figure:
    return {"name": name, "value": round(value, 2), "unit": unit, "limit": limit, "ratio": round(value / limit, 3)}


if __name__ == "__main__":
    for figure in measure():
        print(json.dumps(figure), flush=True)
