"""What goes out by an organisation's own choice: its mail server and a mailbox's, and its event log to a SIEM."""

import importlib.util
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import dns.message
import dns.rcode
import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage

from budkavle import Role
from budkavle.accounts import add_members, create_mailbox, create_organisation
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed, working

Look = Callable[[Page], None]
PASSWORD = "en lång mening om vintern"
ANNA, EVA = "anna@kommun.example", "eva@kommun.example"
MORE = """\
[plugins.email_link]
host = "outbox"
name_server = "127.0.0.1:{port}"

[plugins.siem]
seconds = 1.0
timeout_seconds = 3.0
"""


def _load(path: str) -> ModuleType:
    """Load a helper of a plugin's tests (their folders are no packages)."""
    name = f"browser_{Path(path).stem}_{Path(path).parent.name}"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "plugins" / path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


peer, siem = _load("email_link/peer.py"), _load("siem/conftest.py")


class _NoRecords(socketserver.BaseRequestHandler):
    """A name server that knows nothing."""

    def handle(self) -> None:
        answer = dns.message.make_response(dns.message.from_wire(self.request[0]))
        answer.set_rcode(dns.rcode.NXDOMAIN)
        self.request[1].sendto(answer.to_wire(), self.client_address)


@dataclass
class Office:
    """An installation with an organisation, its administrator Anna, and Eva who administers one mailbox."""

    url: str
    box: UUID
    mail: Any
    port: int
    pair: Any


@pytest.fixture(scope="module")
def office(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Start it, with a mail server and a name server beside it."""
    folder, tls = tmp_path_factory.mktemp("outward"), tmp_path_factory.mktemp("tls")
    names = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _NoRecords)
    thread = threading.Thread(target=names.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    handler, pair = peer.Handler(), peer.Pair.make(tls)
    with (
        peer.serving(handler, pair, tls="starttls", sign_in=True) as (_, port),
        installed(
            budkavle_databases, folder, ["email_link", "siem"], MORE.format(port=names.server_address[1])
        ) as made,
    ):
        file = folder / "budkavle.toml"
        file.write_text(f'private_addresses = ["127.0.0.1", "localhost"]\n{file.read_text("utf-8")}', "utf-8")
        made.platform.settings = replace(made.platform.settings, private_addresses=("127.0.0.1", "localhost"))
        home = create_organisation(made.platform, system_actor(), "Håbo kommun")
        chief = system_actor(home.id)
        box = in_work(made.platform, chief, create_mailbox, "Bygglov")
        for email, name, role in ((ANNA, "Anna Ek", Role.ADMIN), (EVA, "Eva Ek", Role.USER)):
            values = {"email": email, "name": name, "role": role, "password": PASSWORD}
            user = in_work(made.platform, chief, settled_user, **values)
            in_work(made.platform, chief, add_members, box.id, [user.id], administrator=True)
        with made.serving(), working(made.platform):
            yield Office(made.url, box.id, handler, port, pair)
    names.shutdown()
    thread.join()
    names.server_close()


@pytest.fixture
def visit(office: Office, open_page: OpenPage, enter: Callable[..., None]) -> Callable[..., Page]:
    """Open a browser of its own in which somebody is signed in."""

    def open_one(email: str, **more: Any) -> Page:
        page = open_page(office.url, **more)
        enter(page, email, PASSWORD)
        return page

    return open_one


def fill(page: Page, office: Office, sender: str, password: str = peer.PASSWORD) -> None:
    """Type where the mail server is, and save."""
    page.get_by_label("E-postserver", exact=True).fill("127.0.0.1")
    page.get_by_label("Port").fill(str(office.port))
    page.get_by_label("Certifikat som serverns bedöms efter").fill(office.pair.certificate.read_text())
    page.get_by_label("Användare", exact=True).fill(peer.USER)
    page.get_by_label("Lösenord", exact=True).fill(password)
    page.get_by_label("Avsändaradress").fill(sender)
    page.get_by_role("button", name="Spara").click()


@pytest.mark.feature("O15")
def test_a_mail_server_is_typed_tried_and_mended(visit: Callable[..., Page], office: Office, look: Look) -> None:
    """A wrong password is named as the step; then the mail comes, and the missing SPF is told of."""
    page = visit(ANNA)
    page.goto("/organisation/settings")
    page.locator("main").get_by_role("link", name="E-postserver").click()
    look(page)
    fill(page, office, "meddelande@kommun.example", "fel")
    page.get_by_role("button", name="Skicka ett provmejl").click()
    expect(page.locator("#test")).to_contain_text("godtar inte användarnamnet och lösenordet")
    look(page)
    fill(page, office, "meddelande@kommun.example")
    page.get_by_role("button", name="Skicka ett provmejl").click()
    test = page.locator("#test")
    expect(test.get_by_role("listitem").last).to_have_text("Servern har tagit emot mejlet.")
    expect(test).to_contain_text("SPF saknas för kommun.example")
    assert (office.mail.got[-1].sender, office.mail.got[-1].recipients) == ("meddelande@kommun.example", [ANNA])
    assert peer.PASSWORD not in page.content()
    look(page)
    page.goto("/language/en")
    page.goto("/organisation/settings/email_link.server")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mail server")
    look(page)


@pytest.mark.feature("F6")
def test_a_mailbox_has_a_server_of_its_own(visit: Callable[..., Page], office: Office, look: Look) -> None:
    """Its own administrator chooses it, without JavaScript; the test mail has the mailbox's sender."""
    page = visit(EVA, java_script_enabled=False)
    page.goto(f"/mailboxes/{office.box}/settings/email_link.server")
    page.get_by_label("Brevlådans egna, som står här under").check()
    fill(page, office, "bygglov@kommun.example")
    page.get_by_role("button", name="Skicka ett provmejl").click()
    expect(page.locator("#test")).to_contain_text("Servern har tagit emot mejlet.")
    assert (office.mail.got[-1].sender, office.mail.got[-1].recipients) == ("bygglov@kommun.example", [EVA])
    page.goto("/organisation/settings/email_link.server")
    expect(page.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()


@pytest.mark.feature("OX3")
def test_the_event_log_goes_to_a_siem(visit: Callable[..., Page], office: Office, look: Look, tmp_path: Path) -> None:
    """An administrator types where; what happens next comes there, and the health page says so."""
    receiver = siem.Receiver(tmp_path)
    try:
        page = visit(ANNA)
        page.goto("/organisation/settings/siem.stream")
        page.get_by_label("Skicka händelseloggen till ett övervakningssystem").check()
        page.get_by_role("button", name="Spara").click()
        expect(page.locator("#host-error")).to_be_visible()
        look(page)
        page.get_by_label("Server för syslog", exact=True).fill("localhost")
        page.get_by_label("Port för syslog").fill(str(receiver.port))
        page.get_by_label("Certifikat som serverns bedöms efter").fill(receiver.certificate.read_text())
        page.get_by_label("Börja med det som redan står i loggen").check()
        page.get_by_role("button", name="Spara").click()
        for _ in range(1_200):
            if any(b" settings.changed " in message for message in receiver.read):
                break
            threading.Event().wait(0.1)
        assert any(b" settings.changed " in message for message in receiver.read)
        page.goto("/health")
        expect(page.locator("main")).to_contain_text("Allt i händelseloggen är skickat till övervakningssystemet.")
    finally:
        receiver.stop()
