"""The whole walk of a link in a browser: written, mailed, opened on a phone, read, answered; and seen by its sender.

The installation is a small one of its own, since the ways to identify are the whole installation's. Its mails are shown
in the outbox of development.
"""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, Response, expect
from tests.browser.conftest import OpenPage
from tests.core.cases.file_metadata.pdfs import drawn
from tests.core.previews.test_looking import pdf

from budkavle import Actor, Address, Draft, Loa, MailboxKind, Message, Platform, Role, Terms, UserActor
from budkavle.accounts import create_organisation
from budkavle.cases import mailbox_counts, store_attachment
from budkavle.deliveries.recall import recall
from budkavle.messaging import send
from budkavle.model.people import User
from budkavle.storage.tables import deliveries
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed, working
from budkavle_email_link.mail.outbox import Outbox

Look = Callable[[Page], None]
Open = Callable[..., Page]
PASSWORD = "en lång mening om vintern"
MORE = """\
[plugins.email_link]
host = "outbox"
"""
PDF = pdf("Underlag", "Andra sidan")
COLD_BYTES = 60_000


@dataclass
class Office:
    """An installation in which Anna writes to people, and administers."""

    platform: Platform
    url: str
    anna: User
    box: UUID

    @property
    def actor(self) -> Actor:
        return UserActor(self.anna.organisation_id, self.anna.id, self.anna.name, loa=Loa.THREE)

    def write(self, subject: str = "Kallelse till möte", method: str = "", **more: Any) -> tuple[Message, str]:
        """Write to Maria; gives the message and the path of the link in her mail."""
        maria = Address("link", f"maria.{uuid4().hex[:8]}@exempel.example")
        file = store_attachment(self.platform, self.actor, "Underlag inför mötet.pdf", "application/pdf", iter([PDF]))
        terms = {maria.value: Terms(method=method)} if method else {}
        draft = Draft((maria,), subject, BODY, (file.id,), loa=Loa.ONE, terms=terms, **more)
        message = in_work(self.platform, self.actor, send, self.box, draft)
        return message, "/l/" + self.mail(maria.value).split("/l/")[1].split()[0]

    def mail(self, to: str, after: int = 0) -> str:
        """The text of the newest mail to somebody."""
        outbox = Outbox(self.platform.plugins.host("email_link"))

        def newest() -> str | None:
            found = [one.mail.text for one in outbox.latest() if one.mail.to == to]
            return found[0] if len(found) > after else None

        return str(soon(newest))

    def delivery(self, message: Message) -> Any:
        with self.platform.database.transaction(self.anna.organisation_id) as connection:
            query = deliveries.select().where(deliveries.c.message_id == message.id)
            return connection.execute(query).one()


BODY = """Hej Maria!

Välkommen till **mötet på torsdag**. Ta med:

- legitimation
- det undertecknade underlaget

Med vänlig hälsning, Anna"""


def soon(ask: Callable[[], Any]) -> Any:
    """Ask until there is an answer, as the worker needs a moment."""
    for _ in range(1_200):
        if found := ask():
            return found
        threading.Event().wait(0.05)
    pytest.fail("it has not come")


@pytest.fixture(scope="module")
def office(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Start it: pages in a process of their own, a worker in a thread."""
    folder = tmp_path_factory.mktemp("links")
    with installed(budkavle_databases, folder, ["email_link"], MORE) as made:
        platform = made.platform
        home = create_organisation(platform, system_actor(), "Håbo kommun")
        chief = system_actor(home.id)
        anna = in_work(
            platform,
            chief,
            settled_user,
            email="anna@habo.example",
            name="Anna Ek",
            role=Role.ADMIN,
            password=PASSWORD,
        )
        who = UserActor(home.id, anna.id, anna.name)
        (box,) = [
            one.mailbox for one in in_work(platform, who, mailbox_counts) if one.mailbox.kind is MailboxKind.PERSONAL
        ]
        with made.serving(), working(platform):
            yield Office(platform, made.url, anna, box.id)


@pytest.fixture
def visit(office: Office, open_page: OpenPage) -> Open:
    """Open a browser of its own."""
    return partial(open_page, office.url)


@pytest.mark.feature("M4", "M5", "M9", "L1", "L2", "L3", "L4", "M16", "M15", "S4", "S5", "S19", "X6")
def test_the_whole_walk(visit: Open, look: Look, enter: Callable[..., None], office: Office, tmp_path: Path) -> None:
    """Written in the page, found in the outbox, opened by its link, downloaded, answered; the sender sees it all."""
    anna = visit()
    enter(anna, "anna@habo.example", PASSWORD)
    anna.goto(f"/compose?mailbox={office.box}&kind=secure")
    to = f"maria.{uuid4().hex[:8]}@exempel.example"
    anna.get_by_role("searchbox", name="Till").fill(to)
    anna.keyboard.press("Enter")
    expect(anna.locator(".pill")).to_contain_text(to)
    anna.get_by_label("Ämne").fill("Kallelse till möte")
    anna.get_by_label("Meddelande", exact=True).fill(BODY)
    anna.get_by_role("radio", name="Tillitsnivå 1").check()
    anna.get_by_role("button", name="Skicka", exact=True).click()
    expect(anna.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")
    office.mail(to)
    anna.goto("/plugin/email_link/outbox")
    look(anna)
    anna.get_by_role("link", name=to).click()
    expect(anna.get_by_role("heading", level=1)).to_contain_text("Håbo kommun har skickat dig")
    look(anna)
    link = anna.locator(".mail-text a").get_attribute("href")

    maria = visit()
    maria.goto(str(link))
    expect(maria.get_by_role("heading", level=1)).to_contain_text("Håbo kommun har skickat dig ett säkert meddelande")
    look(maria)
    maria.get_by_role("button", name="Läs meddelandet").click()
    expect(maria.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")
    expect(maria.locator(".body strong")).to_have_text("mötet på torsdag")
    look(maria)
    maria.get_by_text("Svara", exact=True).click()
    maria.get_by_label("Ditt svar till Håbo kommun").fill("Tack, jag kommer.")
    (tmp_path / "intyg.pdf").write_bytes(PDF)
    maria.get_by_label("Lägg till filer").set_input_files(tmp_path / "intyg.pdf")
    look(maria)
    maria.get_by_role("button", name="Skicka svaret").click()
    expect(maria.get_by_role("heading", level=1)).to_have_text("Ditt svar är skickat")
    look(maria)

    anna.goto(f"/m/{office.box}/links")
    row = anna.locator("tr, .row").filter(has_text=to)
    expect(row).to_contain_text("E-postlänk")
    anna.goto(f"/m/{office.box}")
    anna.get_by_role("link", name="Kallelse till möte").first.click()
    expect(anna.locator(".read .body").last).to_have_text("Tack, jag kommer.")


@pytest.mark.feature("X2", "Q1")
def test_on_a_small_phone_without_javascript(visit: Open, office: Office) -> None:
    """320 pixels, no script: a code by e-mail, reading, a file, an answer, and out."""
    message, path = office.write(method="email")
    page = visit(320, 640, java_script_enabled=False)
    page.goto(path)
    page.get_by_role("button", name="Kod med e-post").click()
    to = str(message.recipients[0].value)
    code = re.search(r"^(\d{6})$", office.mail(to, after=1), re.MULTILINE)
    assert code
    page.get_by_label("Kod").fill(code[1])
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")
    with page.expect_download() as loading:
        page.get_by_role("link", name="Ladda ner Underlag inför mötet.pdf").click()
    assert drawn(loading.value.path().read_bytes()) == drawn(PDF)
    assert loading.value.suggested_filename == "Underlag inför mötet.pdf"
    page.get_by_text("Svara", exact=True).click()
    page.get_by_role("button", name="Skicka svaret").click()
    expect(page.locator("#body-error")).to_contain_text("Skriv ett svar")
    page.get_by_label("Ditt svar till Håbo kommun").fill("Jag kommer.")
    page.get_by_role("button", name="Skicka svaret").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ditt svar är skickat")
    row = office.delivery(message)
    assert (row.identified_by, row.identified_loa) == ("Kod med e-post", 1)
    assert None not in {row.opened_at, row.downloaded_at, row.answered_at}


@pytest.mark.feature("E15")
def test_a_file_is_read_in_the_page(visit: Open, look: Look, office: Office) -> None:
    """A PDF opens in the frame of PDF.js, which does not know the link's address; without scripts as pictures."""
    _, path = office.write()
    page = visit()
    page.goto(path)
    page.get_by_role("button", name="Läs meddelandet").click()
    expect(page.locator(".tile-look img")).to_have_js_property("complete", value=True)
    look(page)
    page.get_by_role("link", name="Underlag inför mötet.pdf").first.click()
    expect(page.locator("#viewer.framed")).to_be_visible()
    frame = page.frame_locator(".viewer-frame")
    expect(frame.locator(".textLayer").first).to_contain_text("Underlag")
    assert path not in page.frames[-1].url
    assert page.frames[-1].evaluate("origin + document.referrer") == "null"
    assert page.complaints == []  # type: ignore[attr-defined]
    look(page)
    page.get_by_role("link", name="Till meddelandet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")

    phone = visit(320, 640, java_script_enabled=False)
    phone.goto(path)
    phone.get_by_role("button", name="Läs meddelandet").click()
    phone.get_by_role("link", name="Underlag inför mötet.pdf").first.click()
    phone.get_by_role("link", name="Nästa sida").click()
    expect(phone.get_by_role("img", name="Sida 2 av 2 som bild")).to_be_visible()


def test_by_keyboard_alone(visit: Open, office: Office) -> None:
    """Tab and Enter lead through everything, and the focus is always seen."""
    _, path = office.write()
    page = visit()
    page.goto(path)
    press(page, "Läs meddelandet")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")
    press(page, "Svara")
    press(page, "Skicka svaret")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ditt svar till Håbo kommun")).to_be_focused()
    page.keyboard.type("Skrivet utan mus.")
    press(page, "Skicka svaret")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ditt svar är skickat")


def test_two_presses_send_one_answer(visit: Open, office: Office) -> None:
    """A slow network invites to press again."""
    _, path = office.write()
    page = visit()
    page.goto(path)
    page.get_by_role("button", name="Läs meddelandet").click()
    page.get_by_text("Svara", exact=True).click()
    page.get_by_label("Ditt svar till Håbo kommun").fill("Vi kommer.")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Skicka svaret").dblclick(no_wait_after=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ditt svar är skickat")
    assert len(sent) == 1
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ditt svar är skickat")


def press(page: Page, name: str) -> None:
    """Tab to what is called so, and press Enter."""
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in focused.inner_text():
            outline = focused.evaluate("one => getComputedStyle(one).outlineStyle + getComputedStyle(one).boxShadow")
            assert outline != "nonenone", f"{name} shows no focus"
            page.keyboard.press("Enter")
            return
    pytest.fail(f"{name} is not reached by Tab")


@pytest.mark.feature("R1", "R3", "Y5")
def test_recalled_while_somebody_looks(visit: Open, look: Look, office: Office) -> None:
    """Between the first page and the button: the reader is told politely."""
    message, path = office.write()
    page = visit()
    page.goto(path)
    in_work(office.platform, office.actor, recall, office.delivery(message).id)
    page.get_by_role("button", name="Läs meddelandet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Avsändaren har återkallat meddelandet")
    look(page)


def test_the_language_is_one_click_away(visit: Open, look: Look, office: Office) -> None:
    """Also on the pages of identification, which come after."""
    _, path = office.write(method="email")
    page = visit()
    page.goto(path)
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    look(page)
    page.get_by_role("button", name="Code by e-mail").click()
    expect(page.get_by_text("Type the code that we have sent")).to_be_visible()
    look(page)


def test_what_is_not_there(visit: Open, look: Look, office: Office) -> None:
    """A link of nothing: polite, and no dead end for the eye."""
    page = visit()
    page.goto("/l/" + "x" * 43)
    expect(page.get_by_role("heading", level=1)).to_have_text("Länken fungerar inte")
    look(page)


def test_the_first_page_is_light(visit: Open, office: Office) -> None:
    """Cold, at most 60 kB on the wire, everything from ourselves."""
    _, path = office.write()
    page = visit(390)
    sizes: list[int] = []
    hosts: set[str] = set()

    def count(response: Response) -> None:
        found = response.request.sizes()
        sizes.append(found["responseBodySize"] + found["responseHeadersSize"])
        hosts.add(response.url.split("/")[2])

    page.on("requestfinished", lambda request: count(request.response()))
    page.goto(path, wait_until="networkidle")
    assert sum(sizes) <= COLD_BYTES
    assert hosts == {office.url.split("/")[2]}
