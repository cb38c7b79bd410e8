"""The own room in browsers with fake cameras: people see and hear each other, and what can go wrong does.

The installation is a small one of its own.
"""

import base64
import hashlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, Page, expect
from tests.browser.meeting_rooms import REPORT, Rooms, see, web, web_processes
from tests.certificates import write_self_signed

from budkavle import Role
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.databases import Databases
from budkavle.testing.running import free_ports, installed
from budkavle_meetings.lobby.admission import admit
from budkavle_meetings.room import seats
from budkavle_meetings.room.messages import Hello, State
from budkavle_meetings.room.people import Person
from budkavle_meetings.room.room_settings import RoomSettings
from budkavle_meetings.room.seats import Seat

SECRET = "en delad hemlighet som bara reläet och vi har"


@dataclass(frozen=True)
class Certificate:
    """The relay's certificate for `localhost`, and the hash of its key, by which the browser trusts it."""

    file: Path
    key: Path
    pin: str


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    file, key_file = write_self_signed(tmp_path_factory.mktemp("relay"), "localhost", "relay")
    public_key = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    info = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Certificate(file, key_file, base64.b64encode(hashlib.sha256(info).digest()).decode())


@pytest.fixture(scope="module")
def switches(certificate: Certificate) -> tuple[str, ...]:
    camera = "--use-fake-device-for-media-stream=fps=5"  # the usual 20 pictures a second cost four times as much
    fake = ("--use-fake-ui-for-media-stream", "--auto-accept-this-tab-capture")
    return (camera, *fake, f"--ignore-certificate-errors-spki-list={certificate.pin}")


@pytest.fixture(scope="module")
def made(
    budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[tuple[Rooms, subprocess.Popen[bytes], Path]]:
    folder = tmp_path_factory.mktemp("rooms")
    with installed(budkavle_databases, folder, ("meetings", "password")) as running:
        home = SampleOrganisation.create(running.platform, "Björkviks kommun")
        anna = home.add_user("Anna Lind", Role.ADMIN)
        with web(folder, running.url) as process:
            yield Rooms(running.platform, running.url, anna, chromium), process, folder / "web.log"


@pytest.fixture
def rooms(made: tuple[Rooms, subprocess.Popen[bytes], Path]) -> Iterator[Rooms]:
    yield made[0]
    for context in made[0].contexts:
        context.close()
    made[0].contexts.clear()


def moving(page: Page, people: int) -> None:
    """Wait until pictures and sound of so many others have come further."""
    before = report = page.evaluate(REPORT)
    assert [one["state"] for one in report.values()] == ["connected"] * people
    until = time.monotonic() + 60
    while not all(report[seat][what] > before[seat][what] for seat in before for what in ("frames", "packets")):
        assert time.monotonic() < until, report
        page.wait_for_timeout(200)
        report = page.evaluate(REPORT)


@pytest.mark.feature("V1")
def test_three_see_and_hear_each_other(rooms: Rooms) -> None:
    """Three browsers on two web processes connect straight to each other, and what each turns off the others read."""
    room = rooms.meeting()
    anna, bo, carin = room.anna(), room.guest("Bo Ek"), room.guest("Carin Svensson")
    see(anna, bo, carin)
    moving(anna, people=2)
    expect(anna.locator("#people li")).to_have_count(3)
    expect(anna.locator("#people")).to_contain_text("BankID, tillitsnivå 3")
    bo.get_by_role("button", name="Mikrofon på").click()
    expect(bo.get_by_role("button", name="Mikrofon av")).to_be_visible()
    expect(anna.locator(".tile", has_text="Bo Ek")).to_contain_text("Mikrofon av")
    carin.get_by_role("button", name="Räck upp handen").click()
    expect(anna.locator(".tile", has_text="Carin Svensson")).to_contain_text("Räcker upp handen")
    for page in (anna, bo, carin):
        assert not page.complaints, page.complaints  # type: ignore[attr-defined]


@pytest.mark.feature("V1")
def test_who_waits_is_let_in_from_the_room(rooms: Rooms) -> None:
    """The host sees who knocks, by name as identified, and lets in or refuses by keyboard."""
    room = rooms.meeting()
    anna, maria = room.anna(), room.waits("Maria Öberg")
    anna.wait_for_selector("#lobby")
    expect(anna.locator("#lobby")).to_contain_text("1 väntar i lobbyn")
    expect(anna.locator("#lobby")).to_contain_text("BankID, tillitsnivå 3")
    expect(anna.locator("#news")).to_have_text("Maria Öberg väntar i lobbyn.")
    anna.get_by_role("button", name="Släpp in Maria Öberg").press("Enter")
    expect(anna.locator("#lobby")).to_be_hidden()
    see(anna, room.enter(maria))
    expect(anna.locator("#news")).to_have_text("Maria Öberg kom in.")


@pytest.mark.feature("V1")
def test_the_host_mutes_removes_and_locks(rooms: Rooms) -> None:
    """Whoever is muted or removed reads so; into a locked room nobody new comes."""
    room = rooms.meeting()
    anna, bo = room.anna(), room.guest("Bo Ek")
    see(anna, bo)
    anna.get_by_text("Mer Bo Ek").click()
    anna.get_by_role("button", name="Stäng av mikrofonen").click()
    expect(bo.locator("#banner")).to_contain_text("stängde av din mikrofon")
    expect(anna.locator(".tile", has_text="Bo Ek")).to_contain_text("Mikrofon av")
    anna.get_by_role("button", name="Lås rummet").click()
    expect(anna.get_by_role("button", name="Lås upp rummet")).to_be_visible()
    carin = room.guest("Carin Svensson")
    expect(carin.get_by_role("heading", name="Rummet är låst")).to_be_visible()
    anna.get_by_text("Mer Bo Ek").click()
    anna.get_by_role("button", name="Ta bort ur mötet").click()
    anna.get_by_role("dialog", name="Ta bort Bo Ek ur mötet?").get_by_role("button", name="Ta bort ur mötet").click()
    expect(bo.get_by_role("heading", name="Du är inte längre med i mötet")).to_be_visible()
    expect(anna.locator("#people li")).to_have_count(1)
    bo.reload()
    expect(bo).not_to_have_url(re.compile("/room$"))


@pytest.mark.feature("V1")
def test_a_seventh_reads_that_the_room_is_full(rooms: Rooms) -> None:
    """Six are in; the page says so and what to do."""
    room = rooms.meeting()
    for number in range(seats.MOST_SEATS):
        participant = rooms.do(admit, room.meeting, room.waits(f"Person {number}"))
        seat = Seat(participant.organisation_id, room.meeting.id, participant.id, uuid4(), uuid4())
        person = Person(participant.id, participant.name, "BankID", 3, is_host=False)
        seats.take_seat(rooms.host, seat, person, Hello("", seat.id, seat.instance, State()))
    gustav = room.guest("Gustav Sjua")
    expect(gustav.get_by_role("heading", name="Rummet är fullt")).to_be_visible()
    expect(gustav.locator("#over")).to_contain_text("Sex personer är redan med")


@pytest.mark.feature("V1")
def test_a_screen_is_shared_and_the_chat_said_beforehand(rooms: Rooms) -> None:
    """The shared screen is a picture of its own; both may share at once; what becomes of the chat stands above it."""
    room = rooms.meeting()
    anna, bo = room.anna(), room.guest("Bo Ek")
    see(anna, bo)
    for page in (anna, bo):
        page.get_by_role("button", name="Dela skärm").click()
    expect(bo.locator(".tile.screen")).to_contain_text("Anna Lind delar sin skärm")
    expect(anna.locator(".tile.screen")).to_contain_text("Bo Ek delar sin skärm")
    bo.wait_for_function("() => document.querySelector('.tile.screen video').videoWidth > 0")
    anna.get_by_role("button", name="Sluta dela skärm").click()
    expect(bo.locator(".tile.screen")).to_have_count(0)
    expect(bo.locator(".chat")).to_contain_text("Sparas inte")
    bo.get_by_label("Skriv till alla").fill("Tack, jag hör bra.")
    bo.get_by_label("Skriv till alla").press("Enter")
    expect(anna.get_by_role("log", name="Chatt")).to_contain_text("Tack, jag hör bra.")


@pytest.mark.feature("V1")
def test_a_page_that_is_loaded_anew_is_back_in(rooms: Rooms) -> None:
    """The old connections are thrown away, and all see all again."""
    room = rooms.meeting()
    pages = [room.anna(), room.guest("Bo Ek"), room.guest("Carin Svensson")]
    see(*pages)
    pages[1].reload(wait_until="domcontentloaded")
    see(*pages)
    expect(pages[0].locator("#people li")).to_have_count(3)


@pytest.mark.feature("V1")
def test_a_killed_web_process_costs_less_than_five_seconds(
    rooms: Rooms, made: tuple[Rooms, "subprocess.Popen[bytes]", Path]
) -> None:
    """The sockets come back on another process, the page says so meanwhile, and picture and sound never stop."""
    room = rooms.meeting()
    anna, bo = room.anna(), room.guest("Bo Ek")
    see(anna, bo)
    before = anna.evaluate(REPORT)
    for number, process in enumerate(web_processes(made[1].pid)):
        os.kill(process, signal.SIGKILL)
        began, line = time.monotonic(), f"Är du kvar? {number}"
        bo.get_by_label("Skriv till alla").fill(line)
        bo.get_by_label("Skriv till alla").press("Enter")
        expect(anna.locator("#lines")).to_contain_text(line)
        assert time.monotonic() - began < 5
        until = time.monotonic() + 60  # its successor answers
        while made[2].read_text().count("_granian.serve") < number + 3:
            assert time.monotonic() < until
            anna.wait_for_timeout(100)
    assert int(anna.locator("#room").get_attribute("data-links") or 0) > 1, "no socket was lost"
    expect(anna.locator("#banner")).to_have_text("")
    after = anna.evaluate(REPORT)
    assert list(after) == list(before)
    assert all(after[seat]["frames"] > before[seat]["frames"] for seat in before)


@pytest.mark.feature("V1")
@pytest.mark.parametrize("way", ["udp", "tls"])
def test_all_goes_through_the_relay(rooms: Rooms, relay: dict[str, str], way: str) -> None:
    """With the relay alone allowed, each connection is one of the relay's, by credentials that end by themselves.

    Over TLS too, where only what looks like the web is let through.
    """
    with rooms.platform.work(rooms.organiser) as work:
        write_settings(work, RoomSettings, {"addresses": relay[way], "secret": SECRET, "only": True})
    try:
        room = rooms.meeting()
        anna, bo = room.anna(), room.guest("Bo Ek")
        see(anna, bo)
        anna.wait_for_timeout(500)
        assert [(one["way"], one["relay"]) for one in anna.evaluate(REPORT).values()] == [("relay", way)]
    finally:
        with rooms.platform.work(rooms.organiser) as work:
            write_settings(work, RoomSettings, None)


@pytest.mark.slow
@pytest.mark.feature("V1")
def test_six_see_and_hear_each_other(rooms: Rooms) -> None:
    """The most that a room takes: five connections in each browser, thirty pictures in all, and all of them move."""
    room = rooms.meeting()
    names = ("Bo Ek", "Carin Svensson", "David Lund", "Eva Nord", "Fatima Ali")
    pages = [room.anna(), *(room.guest(name) for name in names)]
    see(*pages)
    for page in pages:
        moving(page, people=5)
        expect(page.locator("#people li")).to_have_count(6)
        assert not page.complaints, page.complaints  # type: ignore[attr-defined]


@pytest.mark.feature("V1")
def test_the_room_is_accessible(rooms: Rooms, look: Callable[[Page], None]) -> None:
    """Axe finds nothing wide and narrow, with lobby, chat and menu open, and after leaving."""
    room = rooms.meeting()
    anna = room.anna()
    room.guest("Bo Ek")
    room.waits("Maria Öberg")
    see(anna, people=2)
    anna.get_by_text("Mer Bo Ek").click()
    look(anna)
    anna.get_by_role("button", name="Lämna").click()
    expect(anna.get_by_role("link", name="Anslut igen")).to_be_visible()
    look(anna)
    anna.goto("/language/en")
    anna.goto(f"/plugin/meetings/{room.meeting.id}/room")
    expect(anna.locator("#lobby")).to_contain_text("1 waiting in the lobby")
    anna.get_by_role("button", name="Leave").click()
    expect(anna.get_by_role("link", name="Join again")).to_be_visible()


def test_the_room_opens_to_whoever_has_been_let_in_alone(rooms: Rooms) -> None:
    """A stranger with the link of somebody who is in, and somebody in the lobby, come to the waiting page instead."""
    room = rooms.meeting()
    maria = room.waits("Maria Öberg")
    path = f"/plugin/meetings/join/{maria.invitee.token}/room"
    for cookies in ({}, {"guest": "x.y"}):
        answer = rooms.open("/", cookies).request.get(path, max_redirects=0)
        assert (answer.status, answer.headers["location"]) == (303, path.removesuffix("/room"))
    inside = rooms.do(admit, room.meeting, maria)
    assert rooms.open("/", {}).request.get(path, max_redirects=0).status == 303
    page = room.enter(inside)
    headers = page.request.get(path).headers
    assert "camera=(self)" in headers["permissions-policy"]
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert "camera=()" in page.request.get("/help").headers["permissions-policy"]
    assert page.request.get("/plugin/meetings/join/inget/room").status == 404


@pytest.fixture
def relay(program: Callable[..., str], certificate: Certificate) -> Iterator[dict[str, str]]:
    """A relay (coturn) of the test's own; gives its address for each way."""
    port = free_ports(4)
    words = ("-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--realm=example.se", "--no-cli", "--no-dtls")
    ports = (f"--listening-port={port}", f"--tls-listening-port={port + 2}")
    secrets = ("--use-auth-secret", f"--static-auth-secret={SECRET}", "--pidfile=", "--log-file=stdout")
    tls = (f"--cert={certificate.file}", f"--pkey={certificate.key}")
    command = [program("turnserver"), *words, *ports, *secrets, *tls, "--allow-loopback-peers"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port + 2), 1):
                break
            time.sleep(0.05)
        yield {"udp": f"turn:127.0.0.1:{port}?transport=udp", "tls": f"turns:localhost:{port + 2}?transport=tcp"}
    finally:
        process.terminate()
        process.wait(10)
