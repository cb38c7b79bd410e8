"""The own room for browsers with fake cameras: an installation where Anna books meetings, and rooms that one opens.

Those who are invited have identified and been admitted already; how they come that far is tried in
`test_meeting_lobby`.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from budkavle import Host, Loa, Platform
from budkavle.identification import guest_sessions, sessions
from budkavle.identification.outcome import GuestIn, GuestOf, SignedIn
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.running import until_answers
from budkavle_meetings.booking.meetings import Meeting, NewMeeting, create_meeting
from budkavle_meetings.booking.participants import (
    Invitee,
    NewParticipant,
    Participant,
    VerifiedIdentity,
    host_participant,
    invite_participant,
)
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import admit, wait_in_lobby

SEEN = """\
count => [...document.querySelectorAll('.tile:not(.screen) video')]
    .filter(video => video.srcObject && video.videoWidth > 0 && video.readyState >= 2 && !video.paused)
    .length === count"""
REPORT = """\
() => new Promise(resolve => document.getElementById('room').dispatchEvent(
    new CustomEvent('room:report', {detail: resolve})))"""


@dataclass
class Rooms:
    """An installation with an organisation, where Anna books meetings."""

    platform: Platform
    url: str
    organiser: SampleUser
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("meetings")
        return host

    def do(self, function: Callable[..., Any], *arguments: Any, by: Any = None) -> Any:
        actor = by or system_actor(self.organiser.organisation_id)
        return in_work(self.platform, actor, lambda work: function(self.host, work, *arguments))

    def meeting(self, subject: str = "SIP-möte", **more: Any) -> "Room":
        start = datetime.now(UTC) - timedelta(minutes=1)
        new = NewMeeting(
            self.organiser.personal_id, "room", subject, "", Schedule(start, start + timedelta(hours=1)), **more
        )
        meeting = self.do(create_meeting, new, by=self.organiser)
        return Room(self, meeting)

    def open(self, path: str, cookies: dict[str, str], size: tuple[int, int] = (1280, 900), **more: Any) -> Page:
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": size[0], "height": size[1]},
            locale="sv-SE",
            permissions=["camera", "microphone"],
            **more,
        )
        self.contexts.append(context)
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))  # type: ignore[attr-defined]
        page.goto(path, wait_until="domcontentloaded")
        return page


@dataclass
class Room:
    """A meeting, whose people have been let in."""

    rooms: Rooms
    meeting: Meeting

    def anna(self, **more: Any) -> Page:
        """Open the room as the host."""
        participant = self.rooms.do(host_participant, self.meeting, by=self.rooms.organiser)
        self.rooms.do(admit, self.meeting, participant)
        cookie = sessions.start(self.rooms.platform, SignedIn(self.rooms.organiser.user, Loa.THREE, "test", "/"))
        return self.rooms.open(f"/plugin/meetings/{self.meeting.id}/room", {"budkavle": cookie}, **more)

    def waits(self, name: str) -> Participant:
        """Let somebody identify and wait in the lobby."""
        new = NewParticipant(Invitee(f"{name.split(maxsplit=1)[0].lower()}@exempel.example", name), method="email")
        participant: Participant = self.rooms.do(invite_participant, self.meeting, new, by=self.rooms.organiser)
        waiting: Participant = self.rooms.do(
            wait_in_lobby, self.meeting, participant, VerifiedIdentity(name, "BankID", 3)
        )
        return waiting

    def guest(self, name: str, **more: Any) -> Page:
        """Open the room as somebody who is invited, has identified, and has been let in."""
        waiting = self.waits(name)
        return self.enter(self.rooms.do(admit, self.meeting, waiting), **more)

    def enter(self, participant: Participant, **more: Any) -> Page:
        of = GuestOf(participant.organisation_id, f"meeting:{participant.id}")
        guest = GuestIn(of, Loa.THREE, "test", "/", "BankID", participant.name)
        cookie = guest_sessions.start(self.rooms.platform, guest)
        path = f"/plugin/meetings/join/{participant.invitee.token}/room"
        return self.rooms.open(path, {"guest": cookie}, **more)


def see(*pages: Page, people: int | None = None) -> None:
    """Wait until each sees all, the own picture too."""
    until = time.monotonic() + 30
    for page in pages:
        while not page.evaluate(SEEN, people or len(pages)):
            assert time.monotonic() < until, (
                page.locator("#room").inner_text(),
                page.evaluate(REPORT),
                page.complaints,
            )  # type: ignore[attr-defined]
            page.wait_for_timeout(100)


@contextmanager
def web(folder: Path, url: str, processes: int = 2) -> Iterator[subprocess.Popen[bytes]]:
    """Run the pages in several processes, as a larger installation does."""
    words = ("serve", "--web-only", "--host", "127.0.0.1", "--port", url.rpartition(":")[2])
    command = [sys.executable, "-m", "budkavle", "--config", str(folder / "budkavle.toml"), *words]
    with (
        (folder / "web.log").open("wb") as log,
        subprocess.Popen([*command, "--processes", str(processes)], stdout=log, stderr=log) as process,
    ):
        try:
            until_answers(f"{url}/readyz")
            yield process
        finally:
            process.terminate()


def web_processes(parent: int) -> list[int]:
    """Return the processes that make pages."""
    ids = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
            if int(words[1]) == parent and b"spawn_main" in command:
                ids.append(int(folder.name))
    return ids
