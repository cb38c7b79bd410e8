"""The own room: how soon two and six see each other, the cost of signalling, and the effect of a killed web process.

Web processes and browsers run on this machine, and the browsers have fake cameras. The twenty rooms are sockets of one
page, which send as much as browsers that connect to each other.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

import httpx
from bench_link import _figure, _somebody
from bench_sealing import Figure
from bench_stage import Stage, ended, free_port
from playwright.sync_api import Browser, Page, sync_playwright

from budkavle import Actor, Host
from budkavle.cli.installation import Installation
from budkavle.identification import guest_sessions
from budkavle.identification.outcome import GuestIn, GuestOf
from budkavle.model.loa import Loa
from budkavle_meetings.booking.meetings import Meeting, NewMeeting, create_meeting
from budkavle_meetings.booking.participants import (
    Invitee,
    NewParticipant,
    Participant,
    VerifiedIdentity,
    invite_participant,
)
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import admit, wait_in_lobby
from budkavle_meetings.room import tickets
from budkavle_meetings.room.tickets import Ticket

PAIRS, ROOMS, KILLS, SECONDS = 12, 20, 3, 30
SETTINGS = """\
data = "data"
base_url = "http://127.0.0.1:{port}"
enabled = ["meetings"]
"""
ARGUMENTS = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
SEEN = """\
count => [...document.querySelectorAll('.tile video')]
    .filter(one => one.srcObject && one.videoWidth > 0 && one.readyState >= 2).length === count"""
FRAMES = """\
() => new Promise(resolve => document.getElementById('room').dispatchEvent(
    new CustomEvent('room:report', {detail: resolve})))
  .then(report => Object.values(report).map(one => one.frames))"""
TALK = """\
async ([rooms, url]) => {
  const sdp = "v=0\\r\\n" + "a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host\\r\\n".repeat(120);
  const candidates = Array.from({ length: 6 }, () => ({ candidate: "candidate:1 1 udp 1 192.0.2.1 5 typ host" }));
  let met = 0;
  const sockets = [];
  const enter = (ticket) => {
    const seat = crypto.randomUUID(), instance = crypto.randomUUID(), called = new Set();
    const socket = new WebSocket(url);
    const state = { mic: true, camera: true, hand: false, screen: "" };
    const say = (message) => socket.send(JSON.stringify({ m: 1, ...message }));
    socket.onopen = () => socket.send(JSON.stringify({ t: "hello", ticket, seat, instance, state, last: null }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.t === "room") {
        const me = message.people.find((one) => one.seat === seat);
        for (const one of message.people) {
          if (!me || one.place >= me.place || called.has(one.seat)) continue;
          called.add(one.seat);
          say({ t: "signal", to: one.seat, description: { type: "offer", sdp } });
          for (let n = 0; n < 3; n++) say({ t: "signal", to: one.seat, candidates });
        }
      }
      if (message.t === "signal" && message.description?.type === "offer") {
        say({ t: "signal", to: message.from, description: { type: "answer", sdp } });
        for (let n = 0; n < 3; n++) say({ t: "signal", to: message.from, candidates });
      }
      if (message.t === "signal" && message.description?.type === "answer") met++;
    };
    setInterval(() => socket.readyState === 1 && socket.send('{"t":"alive"}'), 5000);
    sockets.push(socket);
  };
  const began = performance.now();
  for (const people of rooms) for (const ticket of people) enter(ticket);
  while (met < rooms.length * 3 && performance.now() - began < 60000) await new Promise((go) => setTimeout(go, 50));
  return [met, (performance.now() - began) / 1000];
}"""


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, _stage(Path(folder)) as made:
        office = Office(made)
        log = Path(folder) / "web.log"
        with log.open("wb") as out, ended(_serve(made, out)) as server, sync_playwright() as player:
            _until_answers(f"{office.url}/readyz")
            browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
            took = sorted(_meet(office, browser) for _ in range(PAIRS + 1))[:-1]
            yield _figure("meeting, Anslut to both pictures, p95", took[int(len(took) * 0.95)], "s", 3.0)
            yield from _six(office, browser)
            yield from _signalling(office, browser, server.pid)
            yield _figure("meeting, web process killed, worst", _take_over(office, browser, server.pid, log), "s", 5.0)
            browser.close()


class Office:
    """An organiser of meetings, and the participants."""

    def __init__(self, made: Stage) -> None:
        self.made = made
        self.url = f"http://127.0.0.1:{made.port}"
        self.actor: Actor
        self.box: UUID
        self.actor, self.box = _somebody(made)
        self.host: Host = made.platform.plugins.host("meetings")

    def meeting(self) -> Meeting:
        """Return an open meeting."""
        start = datetime.now(UTC) - timedelta(minutes=1)
        new = NewMeeting(self.box, "room", "Möte", "", Schedule(start, start + timedelta(hours=1)))
        with self.made.platform.work(self.actor) as work:
            return create_meeting(self.host, work, new)

    def guest(self, meeting: Meeting, name: str) -> Participant:
        """Return a participant who has been admitted."""
        with self.made.platform.work(self.actor) as work:
            new = NewParticipant(Invitee(f"{name.lower()}@exempel.example", name))
            invited = invite_participant(self.host, work, meeting, new)
            waiting = wait_in_lobby(self.host, work, meeting, invited, VerifiedIdentity(name, "BankID", 3))
            return admit(self.host, work, meeting, waiting)

    def ticket(self, person: Participant) -> str:
        """Return the ticket that the socket requires."""
        until = datetime.now(UTC) + timedelta(hours=1)
        return tickets.make(self.host, Ticket(person.organisation_id, person.meeting_id, person.id, until))

    def open(self, browser: Browser, person: Participant) -> Page:
        """Open the room in the person's own browser context."""
        of = GuestOf(person.organisation_id, f"meeting:{person.id}")
        cookie = guest_sessions.start(self.made.platform, GuestIn(of, Loa.THREE, "test", "/", "BankID", person.name))
        context = browser.new_context(base_url=self.url, permissions=["camera", "microphone"])
        context.add_cookies([{"name": "guest", "value": cookie, "url": self.url}])
        page = context.new_page()
        page.goto(f"/plugin/meetings/join/{person.invitee.token}/room", wait_until="commit")
        return page


def _meet(office: Office, browser: Browser) -> float:
    meeting = office.meeting()
    anna, bo = office.guest(meeting, "Anna"), office.guest(meeting, "Bo")
    first = office.open(browser, anna)
    first.wait_for_selector("#people li", state="attached")
    began = time.monotonic()
    second = office.open(browser, bo)
    for page in (second, first):
        page.wait_for_function(SEEN, arg=2)
    took = time.monotonic() - began
    for page in (first, second):
        page.context.close()
    return took


def _six(office: Office, browser: Browser) -> Iterator[Figure]:
    """Fill a room: how soon the sixth is seen by all and sees all, and the frame time of the slowest of 30 pictures.

    All six browsers encode and decode on this machine, which no participant's computer has to do.
    """
    meeting, pages = office.meeting(), list[Page]()
    people = [office.guest(meeting, name) for name in ("Anna", "Bo", "Carin", "David", "Eva", "Fatima")]
    for person in people:
        began = time.monotonic()
        pages.append(office.open(browser, person))
        for page in pages:
            page.wait_for_function(SEEN, arg=len(pages), timeout=120_000)
        took = time.monotonic() - began
    yield _figure("meeting, six: the sixth's Anslut to all thirty pictures", took, "s", 10.0)
    before, began = [page.evaluate(FRAMES) for page in pages], time.monotonic()
    pages[0].wait_for_timeout(1000 * SECONDS)
    after, seconds = [page.evaluate(FRAMES) for page in pages], time.monotonic() - began
    moved = [
        last - first for one, other in zip(before, after, strict=True) for first, last in zip(one, other, strict=True)
    ]
    yield _figure("meeting, six: time of a frame of the slowest picture", seconds / max(min(moved), 1), "s", 1.0)
    for page in pages:
        page.context.close()


def _signalling(office: Office, browser: Browser, server: int) -> Iterator[Figure]:
    rooms = []
    for _ in range(ROOMS):
        meeting = office.meeting()
        rooms.append([office.ticket(office.guest(meeting, name)) for name in ("Anna", "Bo", "Carin")])
    page = browser.new_context(base_url=office.url).new_page()
    page.goto("/help")
    before, began = _used(server), time.monotonic()
    met, took = page.evaluate(TALK, [rooms, f"{office.url.replace('http', 'ws')}/plugin/meetings/socket"])
    if met < ROOMS * 3:
        raise SystemExit(f"{met} of {ROOMS * 3} pairs met.")
    yield _figure(f"meeting, {ROOMS} rooms of 3 come at once, all have met", took, "s", 10.0)
    page.wait_for_timeout(1000 * (SECONDS - (time.monotonic() - began)))
    used = (_used(server) - before) / (time.monotonic() - began) * 100
    yield _figure(
        f"meeting, signalling of {ROOMS} rooms of 3 in {SECONDS} s with their coming", used, "% of a core", 10.0
    )
    before, began = _used(server), time.monotonic()
    page.wait_for_timeout(15_000)
    rest = (_used(server) - before) / (time.monotonic() - began) * 100
    yield _figure(f"meeting, signalling of {ROOMS} rooms of 3 at rest", rest, "% of a core", 10.0)
    page.context.close()


def _take_over(office: Office, browser: Browser, server: int, log: Path) -> float:
    """Kill each web process in turn, and return the longest time until a chat line got through."""
    meeting, worst = office.meeting(), 0.0
    pages = [office.open(browser, office.guest(meeting, name)) for name in ("Anna", "Bo")]
    for page in pages:
        page.wait_for_function(SEEN, arg=2)
    for number in range(KILLS):
        os.kill(_children(server)[0], signal.SIGKILL)
        began = time.monotonic()
        pages[1].locator("#line").fill(f"rad {number}")
        pages[1].locator("#line").press("Enter")
        pages[0].get_by_text(f"rad {number}").wait_for()
        worst = max(worst, time.monotonic() - began)
        until = time.monotonic() + 120
        while log.read_text().count("Started worker-") < number + 3 and time.monotonic() < until:
            time.sleep(0.2)  # until its successor has started
    return worst


def _serve(made: Stage, out: IO[bytes]) -> "subprocess.Popen[str]":
    words = ("serve", "--web-only", "--processes", "2")
    command = [sys.executable, "-m", "budkavle", "--config", str(made.file), *words]
    return subprocess.Popen(command, stdout=out, stderr=out, text=True)


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(words[1]) == parent and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return sorted(found)


def _used(server: int) -> float:
    """Return the CPU seconds used so far by the web processes."""
    stats = [Path(f"/proc/{child}/stat").read_text() for child in _children(server)]
    words = [stat.rpartition(")")[2].split() for stat in stats]
    return sum(int(one[11]) + int(one[12]) for one in words) / os.sysconf("SC_CLK_TCK")


def _until_answers(address: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address).is_success:
                return
        time.sleep(0.1)
    raise SystemExit("The web does not answer.")


@contextlib.contextmanager
def _stage(folder: Path) -> Iterator[Stage]:
    port = free_port()
    file = folder / "budkavle.toml"
    file.write_text(SETTINGS.format(port=port), "utf-8")
    made = Stage(file, Installation(file), port)
    try:
        made.platform.database.migrate(made.platform.plugins.migrations())
        yield made
    finally:
        made.installation.close()


if __name__ == "__main__":
    for figure in measure():
        print(json.dumps(figure), flush=True)
