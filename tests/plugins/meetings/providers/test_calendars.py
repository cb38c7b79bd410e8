"""Calendars say when somebody is busy, and nothing else is read: Exchange by Graph, and a CalDAV server."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from budkavle import FunctionMailbox, Host, Invalid, Permanent, Platform, Temporary
from budkavle.accounts import write_settings
from budkavle.accounts.settings_tests import run_settings_test
from budkavle.testing import SampleOrganisation
from budkavle_meetings.appointments.free_times import find_page, free_times
from budkavle_meetings.appointments.section import NO_CALENDAR
from budkavle_meetings.appointments.settings import DAYS, AppointmentSettings
from budkavle_meetings.appointments.store import page_number
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.calendars.caldav import busy_in_caldav
from budkavle_meetings.calendars.exchange import busy_in_exchange
from budkavle_meetings.providers.graph import Graph, graph
from budkavle_meetings.providers.settings import TeamsRooms
from budkavle_microsoft_apps import GraphClient

START = datetime(2027, 3, 22, 8, tzinfo=UTC)
END = START + timedelta(hours=10)
ADDRESS = "elevhalsan@kommun.example"
APPLICATION = {
    "on": True,
    "tenant": "11111111-2222-4333-8444-555555555555",
    "client_id": "66666666-7777-4888-8999-000000000000",
    "client_secret": "klienthemlighet~som~entra~skapade",
}
USER, PASSWORD = "elevhalsan", "hemligt lösenord"


def clocks(times: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{start:%H:%M}-{end:%H:%M}" for start, end in times]


def test_the_view_of_exchange_is_read(host: Host, organisation: SampleOrganisation, microsoft: Any) -> None:
    """Tentative, busy and away are busy; elsewhere is free; what touches is one time."""
    microsoft.accounts.add(ADDRESS)
    microsoft.busy[ADDRESS] = "0012" + "0000" + "34" + "0" * 30
    found = busy_in_exchange(graph(host, organisation.id, TeamsRooms(**APPLICATION)), ADDRESS, START, END)
    assert clocks(found) == ["08:30-09:00", "10:00-10:15"]
    (asked,) = microsoft.asked
    assert asked["startTime"] == {"dateTime": "2027-03-22T08:00:00", "timeZone": "UTC"}


def test_an_address_without_calendar_is_told(host: Host, organisation: SampleOrganisation, microsoft: Any) -> None:
    """And what permission is missing."""
    mine = graph(host, organisation.id, TeamsRooms(**APPLICATION))
    with pytest.raises(Permanent, match="finns inte i katalogen"):
        busy_in_exchange(mine, "ingen@kommun.example", START, END)
    microsoft.consent = False
    with pytest.raises(Permanent, match=r"Calendars\.Read"):
        busy_in_exchange(mine, ADDRESS, START, END)


@pytest.fixture
def fake(shared: Path, free_port: Callable[[], int], answering: Callable[[str], None]) -> Iterator[str]:
    """The reference material's fake of Graph, as it is."""
    port = free_port()
    granian = str(Path(sys.executable).with_name("granian"))
    command = [granian, "--interface", "asgi", "--port", str(port), "--log-level", "warning", "fake_graph:app"]
    process = subprocess.Popen(command, cwd=shared / "peers/meetings")
    answering(f"http://127.0.0.1:{port}")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)


def test_the_fake_of_the_reference_material_agrees(
    host: Host, organisation: SampleOrganisation, fake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner is known by another name than the address: only the view is asked of it."""
    monkeypatch.setattr(GraphClient, "token", lambda _: "graph-token")
    mine = Graph(host, organisation.id, TeamsRooms(), fake, fake)
    content = {
        "schedules": ["anna@kommun.example"],
        "startTime": {"dateTime": "2027-03-22T08:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2027-03-22T18:00:00", "timeZone": "UTC"},
        "availabilityViewInterval": 15,
    }
    answer = mine.post("/users/u1/calendar/getSchedule", content, account="u1", permission="Calendars.Read")
    view = answer["value"][0]["availabilityView"]
    assert len(view) == 40
    assert set(view) <= set("01234")


@dataclass
class Radicale:
    """A CalDAV server with one calendar."""

    url: str

    def put(self, name: str, *lines: str) -> None:
        """Enter something."""
        event = ["BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20270101T000000Z", *lines, "END:VEVENT"]
        text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *event, "END:VCALENDAR", ""])
        answer = httpx.put(f"{self.url}{name}.ics", content=text, auth=(USER, PASSWORD), trust_env=False)
        assert answer.status_code == 201, answer.text


@pytest.fixture
def radicale(tmp_path: Path, free_port: Callable[[], int], answering: Callable[[str], None]) -> Iterator[Radicale]:
    """Radicale, in a folder of its own."""
    port, users = free_port(), tmp_path / "users"
    users.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(users),
        "auth-htpasswd-encryption": "plain",
        "storage-filesystem-folder": str(tmp_path / "collections"),
        "reporting-max-freebusy-occurrence": "10000",
    }
    command = [sys.executable, "-m", "radicale", *(f"--{name}={value}" for name, value in options.items())]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/{USER}/moten/"
    try:
        answering(url)
        made = httpx.request("MKCALENDAR", url, auth=(USER, PASSWORD), trust_env=False)
        assert made.status_code == 201, made.text
        yield Radicale(url)
    finally:
        process.terminate()
        process.wait(timeout=10)


def ask(host: Host, url: str, password: str = PASSWORD) -> list[str]:
    return clocks(busy_in_caldav(host, url, (USER, password), START, END, plain=True))


@pytest.mark.peer("meetings", "Radicale")
def test_a_caldav_server_says_when_it_is_busy(host: Host, radicale: Radicale) -> None:
    """Series are expanded, what is transparent is free, whole days count, and other days are left out."""
    assert ask(host, radicale.url) == []
    radicale.put("one", "DTSTART:20270322T090000Z", "DTEND:20270322T100000Z", "SUMMARY:Hemligt")
    radicale.put("next", "DTSTART:20270322T100000Z", "DTEND:20270322T103000Z", "STATUS:TENTATIVE")
    radicale.put("free", "DTSTART:20270322T110000Z", "DTEND:20270322T120000Z", "TRANSP:TRANSPARENT")
    radicale.put("week", "DTSTART:20270301T130000Z", "DTEND:20270301T140000Z", "RRULE:FREQ=WEEKLY;COUNT=9")
    radicale.put("other", "DTSTART:20270323T090000Z", "DTEND:20270323T100000Z")
    assert ask(host, radicale.url) == ["09:00-10:30", "13:00-14:00"]


@pytest.mark.peer("meetings", "Radicale")
def test_what_a_caldav_server_refuses_is_told(host: Host, radicale: Radicale, free_port: Callable[[], int]) -> None:
    """In words that say what to mend."""
    with pytest.raises(Permanent, match="användarnamnet och lösenordet"):
        ask(host, radicale.url, "fel")
    with pytest.raises(Permanent, match="ingen kalender"):
        ask(host, radicale.url.replace("moten", "annan"))
    with pytest.raises(Temporary, match="svarar inte"):
        ask(host, f"http://127.0.0.1:{free_port()}/")


def test_a_calendar_inside_is_not_reached(budkavle_open: Callable[..., Platform]) -> None:
    """What an administrator types leads outwards, unless the installation allows more."""
    platform = budkavle_open(enabled=("meetings",))
    inside: Host = platform.plugins.host("meetings")
    with pytest.raises(Invalid):
        busy_in_caldav(inside, "https://127.0.0.1/", (USER, PASSWORD), START, END)


def test_the_page_offers_no_time_that_the_calendar_has_taken(
    host: Host, organisation: SampleOrganisation, mailbox: FunctionMailbox, microsoft: Any
) -> None:
    """And none at all where the calendar does not answer: nobody is booked on top of something."""
    microsoft.accounts.add(ADDRESS)
    now = datetime.now(UTC)
    day = (now + timedelta(days=1)).astimezone(ZONE).date()
    with host.work(organisation.administrator) as work:
        write_settings(work, TeamsRooms, APPLICATION)
        chosen = {"on": True, "calendar": "exchange", "calendar_address": ADDRESS, "notice": timedelta(0)}
        hours = dict.fromkeys(DAYS, "09:00–12:00")
        write_settings(work, AppointmentSettings, {**chosen, **hours}, mailbox_id=mailbox.id)
    with host.work(organisation.system) as work:
        page = find_page(host, work, organisation.organisation.slug, page_number(host, work, mailbox.id))
    microsoft.busy[ADDRESS] = "0" * 4 * 9 + "2222" + "0" * 4 * 14
    starts = free_times(host, page, day, 1, now)[day]
    assert [f"{at.astimezone(ZONE):%H:%M}" for at in starts] == ["10:00", "10:30", "11:00", "11:30"]
    microsoft.status = 503
    with pytest.raises(Temporary):
        free_times(host, page, day, 1, now)


def test_the_button_asks_the_calendar(
    organisation: SampleOrganisation, mailbox: FunctionMailbox, microsoft: Any
) -> None:
    """It says how often it is busy, never with what."""
    microsoft.accounts.add(ADDRESS)
    microsoft.busy[ADDRESS] = "0022" + "0" * 20
    administrator, key = organisation.administrator, "meetings.appointments"
    tried = run_settings_test(organisation.platform, administrator, key, administrator.email, mailbox_id=mailbox.id)
    assert str(tried.fault) == NO_CALENDAR
    with organisation.platform.work(administrator) as work:
        chosen = {"calendar": "exchange", "calendar_address": ADDRESS}
        write_settings(work, AppointmentSettings, chosen, mailbox_id=mailbox.id)
        write_settings(work, TeamsRooms, APPLICATION)
    tried = run_settings_test(organisation.platform, administrator, key, administrator.email, mailbox_id=mailbox.id)
    assert [str(step) for step in tried.steps] == ["Kalendern svarar. Den är upptagen 1 gånger den närmaste veckan."]
    assert "hemligt" not in repr(tried)
