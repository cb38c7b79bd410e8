"""A fax by real modems: written in a page, carried as sound between two HylaFAX, read in another organisation.

The installation sends by the one server and takes in what the other one receives, as two organisations would.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Page, expect
from sqlalchemy import text
from tests.browser.conftest import OpenPage

from budkavle import Actor, Address, DeliveryState, Draft, FunctionMailbox, Message, Platform, Role, UserActor
from budkavle.accounts import add_members, create_mailbox, create_organisation
from budkavle.cases import list_cases
from budkavle.cli.installation import Installation
from budkavle.deliveries.wire.stored import open_wire
from budkavle.messaging import open_attachment, read_case, send
from budkavle.storage.database.installation_roles import APP_ROLE, OWNER_ROLE, prepare
from budkavle.storage.embedded import EmbeddedServer
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import free_ports, serving, working
from budkavle_addressbook.contacts import books
from budkavle_fax.numbers import mailbox_numbers

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("modems")]  # one loop on a machine
ROOT = Path(__file__).parents[2]
HOOK = ROOT / "plugins/fax/budkavle_fax/hook/budkavle-faxrcvd"
PASSWORD = "en lång mening om vintern"
OURS, THEIRS = "0101234567", "0107654321"
SECONDS = 600
"""As long as five calls of three pages take, on a machine that has much else to do."""
SETTINGS = """\
data = "{data}"
base_url = "http://127.0.0.1:{port}"
undo_seconds = 0
enabled = ["addressbook", "fax"]

[database]
url = "{url}"
owner_url = "{owner_url}"

[plugins.fax]
poll_seconds = 0.5

[plugins.fax.hylafax]
host = "{host}"
port = {fax_port}
user = "{user}"
password = "{password}"
inbox = "{inbox}"
dials = {dials}
"""


def soon(ask: Callable[[], Any], seconds: int = SECONDS) -> Any:
    """Ask until there is an answer: a call takes as long as a call takes."""
    for _ in range(seconds * 4):
        if found := ask():
            return found
        threading.Event().wait(0.25)
    pytest.fail("it has not come")


@dataclass
class Office:
    """Two organisations, each with a mailbox and somebody in it, and the modems between them."""

    platform: Platform
    url: str
    box: FunctionMailbox
    anna: Actor
    there: FunctionMailbox
    bo: Actor
    near: Any
    """The end that calls."""
    far: Any
    """The end that takes calls."""

    def track(self, case_id: UUID) -> Any:
        (one,) = in_work(self.platform, self.anna, read_case, case_id).thread
        (track,) = one.tracks
        return track

    def arrived(self) -> list[Message]:
        """What has come whole to the other organisation's mailbox, the last first.

        A call that breaks for want of computing time leaves its pages with a warning, and is made again.
        """
        cases = in_work(self.platform, self.bo, list_cases, self.there.id).items
        every = [in_work(self.platform, self.bo, read_case, one.id).thread[0].message for one in cases]
        return [one for one in every if not one.warnings]

    def pages(self, message: Message) -> list[bytes]:
        """The pages of a fax that came, dot by dot as they stand in its PDF."""
        (file,) = message.attachments
        pdf = b"".join(in_work(self.platform, self.bo, open_attachment, file.id)[1])
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            images = [pikepdf.PdfImage(image) for page in opened.pages for image in page.get_images().values()]
            return [image.as_pil_image().convert("1").tobytes() for image in images]

    def sent_pages(self, delivery_id: UUID) -> list[bytes]:
        """The very pages that were handed to the modem's server."""
        organisation_id = self.anna.organisation_id
        with self.platform.database.transaction(organisation_id) as connection:
            query = text("SELECT wire, wire_blob FROM deliveries WHERE id = :id")
            row = connection.execute(query, {"id": delivery_id}).one()
        wire = open_wire(self.platform, organisation_id, delivery_id, row.wire, row.wire_blob)
        assert wire is not None
        with Image.open(io.BytesIO(wire)) as opened:
            return [frame.convert("1").tobytes() for frame in ImageSequence.Iterator(opened)]


@pytest.fixture(scope="module")
def office(
    budkavle_server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory, modems: ModuleType
) -> Iterator[Office]:
    """Start everything."""
    folder = tmp_path_factory.mktemp("fax")
    prepare(budkavle_server, "fax")
    at = f"/fax?host={budkavle_server.socket_folder}"
    urls = {"url": f"postgresql://{APP_ROLE}@{at}", "owner_url": f"postgresql://{OWNER_ROLE}@{at}"}
    port = free_ports()
    with ExitStack() as running:
        near, far = running.enter_context(modems.loop(HOOK, OURS[1:], THEIRS[1:]))
        section = {**near.settings(), "inbox": str(far.inbox)}
        section["fax_port"] = section.pop("port")
        content = SETTINGS.format(data=folder / "data", port=port, **section, **urls)
        (folder / "budkavle.toml").write_text(content, "utf-8")
        platform = running.enter_context(closing(Installation(folder / "budkavle.toml").platform))
        platform.database.migrate(platform.plugins.migrations())
        box, anna = _furnish(platform, "Håbo kommun", "anna@habo.example", OURS)
        there, bo = _furnish(platform, "Region Vättern", "bo@vattern.example", THEIRS)
        _know(platform, anna, box, "Region Vättern", THEIRS)
        _know(platform, bo, there, "Socialtjänsten i Håbo", OURS)
        url = f"http://127.0.0.1:{port}"
        running.enter_context(serving(folder / "budkavle.toml", url))
        running.enter_context(working(platform))
        yield Office(platform, url, box, anna, there, bo, near, far)


def _furnish(platform: Platform, name: str, email: str, number: str) -> tuple[FunctionMailbox, Actor]:
    home = create_organisation(platform, system_actor(), name)
    chief = system_actor(home.id)
    person = in_work(
        platform,
        chief,
        settled_user,
        email=email,
        name=email.split("@", maxsplit=1)[0],
        role=Role.ADMIN,
        password=PASSWORD,
    )
    box = in_work(platform, chief, create_mailbox, "Socialtjänst barn och unga", default=True)
    in_work(platform, chief, add_members, box.id, [person.id])
    mailbox_numbers.link(platform.plugins.host("fax"), system_actor(home.id), number, box.id)
    return box, UserActor(home.id, person.id, person.name, Role.ADMIN)


def _know(platform: Platform, actor: Actor, box: FunctionMailbox, name: str, phone: str) -> None:
    """Put a contact into a mailbox's address book."""
    typed = {"name": name, "email": "fax@example.se", "phone": phone}
    books.add(platform.plugins.host("addressbook"), actor, books.Book(box.id), typed)


@pytest.fixture
def page(office: Office, open_page: OpenPage) -> Page:
    """A browser that knows nobody."""
    page = open_page(office.url)
    page.set_default_timeout(60_000)
    return page


def document() -> bytes:
    """A PDF of two pages: a thin line and a square, a frame and a bar."""
    made, kept = pikepdf.new(), io.BytesIO()
    for drawn in (b"0.3 w 50 50 m 500 800 l S 0 0 0 rg 100 100 150 150 re f", b"40 40 515 762 re S 60 600 400 9 re f"):
        made.add_blank_page(page_size=(595, 842))
        made.pages[-1].Contents = made.make_stream(drawn)
    made.save(kept)
    return kept.getvalue()


def test_an_administrator_sees_how_the_modems_are(
    page: Page, office: Office, look: Callable[[Page], None], enter: Callable[..., None]
) -> None:
    """The page Fax, its checks, and the mailbox's own names; wide and narrow."""
    enter(page, "anna@habo.example", PASSWORD)
    page.goto("/")
    page.get_by_role("navigation", name="Brevlådor").get_by_role("link", name="Fax", exact=True).click()
    expect(page.get_by_text("modem är redo")).to_be_visible(timeout=60_000)
    look(page)
    page.get_by_role("textbox", name="Faxnummer").fill(THEIRS)
    page.get_by_label("Brevlåda", exact=False).and_(page.locator("select")).select_option(str(office.box.id))
    page.get_by_role("button", name="Koppla").click()
    expect(page.locator("#number-error")).to_contain_text("hör inte till er")
    look(page)
    page.goto(f"/plugin/fax/mailbox/{office.box.id}")
    page.get_by_role("textbox", name="Namn").fill("Region Vättern")
    page.get_by_role("textbox", name="Faxnummer").fill(THEIRS)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("link", name="Skriv fax till Region Vättern")).to_be_visible()
    look(page)


@pytest.mark.peer("fax", "iaxmodem (T.30)")
@pytest.mark.feature("T1", "T2", "T3", "T4", "T5", "T6", "F23", "M18")
def test_a_fax_with_cover_comes_as_it_was_sent(
    page: Page, office: Office, look: Callable[[Page], None], enter: Callable[..., None]
) -> None:
    """Written, looked at page by page, sent by modem; there it is a PDF whose every dot is as it was sent.

    The recipient is a contact of the mailbox, and the caller one of the mailbox that gets it.
    """
    enter(page, "anna@habo.example", PASSWORD)
    page.goto(f"/compose?mailbox={office.box.id}")
    page.get_by_role("radio", name="Fax").check()
    expect(page.get_by_role("button", name="Visa sidorna som de faxas")).to_be_visible()
    page.get_by_role("searchbox", name="Till").fill("010-765 43 21")
    page.get_by_role("searchbox", name="Till").press("Enter")
    expect(page.locator("input[name=recipients]")).to_have_count(1, timeout=60_000)
    expect(page.get_by_text("Region Vättern (+46 10 765 43 21)").first).to_be_visible()
    page.get_by_label("Ämne").fill("Ang. åtgärdsplan")
    page.get_by_role("textbox", name="Meddelande").fill("Hej!\n\nHär kommer planen.")
    page.get_by_label("Lägg till filer").set_input_files(
        {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": document()}
    )
    expect(page.locator("input[name=attachment]")).to_have_count(1, timeout=60_000)
    look(page)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Visa sidorna som de faxas").click()
    preview = opened.value
    expect(preview.get_by_role("img", name="Bild av sidan")).to_have_count(3, timeout=60_000)
    expect(preview.get_by_text("Sida 3 av 3")).to_be_visible()
    look(preview)
    preview.close()
    page.get_by_role("button", name="Skicka", exact=True).click()
    page.wait_for_url("**/c/*")
    case_id = UUID(page.url.split("/c/")[1].split("?")[0])
    track = soon(lambda: (one := office.track(case_id)).to.state is DeliveryState.ACKNOWLEDGED and one)
    message = soon(office.arrived)[0]
    assert message.sender.value == "+46101234567"
    assert message.sender.name == "Socialtjänsten i Håbo (+46 10 123 45 67)"
    came = office.pages(message)
    assert len(came) == 3
    assert came == office.sent_pages(track.to.delivery_id)
    page.goto(f"/m/{office.box.id}/sent")
    expect(page.get_by_text("Fax", exact=True).first).to_be_visible()


@pytest.mark.peer("fax", "iaxmodem (T.30)")
def test_a_peer_that_is_dead_and_comes_back_gets_its_fax_once(office: Office) -> None:
    """Nobody answers: the reason is told, the server calls again, and the fax arrives one time."""
    before = len(office.arrived())
    office.far.unplug()
    message = in_work(
        office.platform,
        office.anna,
        send,
        office.box.id,
        Draft((Address("fax", "+46107654321"),), "Till den som inte svarar", "Hej!"),
    )
    retrying = DeliveryState.WAITING_FOR_RETRY
    told = soon(lambda: [one for one in office.track(message.case_id).events if one.state == retrying])
    assert "Ingen svarar" in told[0].detail or "Ingen fax" in told[0].detail
    office.far.plug_in()
    office.far.wait()
    soon(lambda: office.track(message.case_id).to.state is DeliveryState.ACKNOWLEDGED)
    soon(lambda: len(office.arrived()) == before + 1)
