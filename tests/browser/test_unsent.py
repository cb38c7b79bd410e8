"""A message that cannot be sent, since there is no network: nothing of it is lost, and it goes once in the end."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.testing import SampleOrganisation
from budkavle_demo.content import ANNA, KARIN

Browse = Callable[..., Page]
Look = Callable[[Page], None]
NUMBER = "19811218-9876"
NAME = "Utskrivningssamordning"


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own."""
    made: UUID = sdk_mailboxes.add(f"Utan nät {request.node.originalname[5:30]}", ANNA)
    return made


def write(page: Page, box: UUID, file: Path) -> None:
    """Write a message with a file."""
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name="SDK").check()
    page.get_by_role("searchbox", name="Till").fill(NAME)
    page.locator(".hits").get_by_role("button", name=NAME).first.click()
    expect(page.locator(".pill")).to_contain_text(NAME)
    page.get_by_label("Ämne").fill("Skrivet i källaren")
    page.get_by_label("Meddelande", exact=True).fill("Hej! Detta får inte gå förlorat.")
    page.get_by_label("Lägg till filer").set_input_files(file)
    expect(page.locator("[data-uploads] input[name=attachment]")).to_have_count(1)


def assert_kept(page: Page) -> None:
    """All that was written stands in the form."""
    expect(page.locator(".pill")).to_contain_text(NAME)
    expect(page.get_by_label("Ämne")).to_have_value("Skrivet i källaren")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Hej! Detta får inte gå förlorat.")
    expect(page.locator("input[name=attachment]")).to_have_count(1)
    expect(page.locator("form[data-compose]")).to_contain_text("bilaga.txt")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to send."""
    made = tmp_path / "bilaga.txt"
    made.write_text("Bilagan", "utf-8")
    return made


@pytest.mark.feature("M10", "Y1")
def test_a_send_without_network_keeps_all_and_goes_once(
    bjorkvik: SampleOrganisation, box: UUID, browse: Browse, look: Look, file: Path
) -> None:
    """The page stays and says so; also where the answer alone was lost, the second press sends nothing twice."""
    page = browse(ANNA)
    write(page, box, file)
    button, told = page.get_by_role("button", name="Skicka", exact=True), page.locator("[data-waiting]")
    page.context.set_offline(offline=True)
    button.click()
    expect(told).to_contain_text("Det du har skrivit finns kvar här.")
    assert page.locator(".toast").count() == 0, "the form says it, and a toast too"  # counted at once: toasts leave
    assert_kept(page)
    page.context.set_offline(offline=False)
    page.complaints.clear()  # type: ignore[attr-defined]
    look(page)

    def send_and_lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route(re.compile("/compose$"), send_and_lose_the_answer)
    button.click()
    expect(told).to_contain_text("meddelandet skickas bara en gång")
    page.unroute(re.compile("/compose$"))
    assert_kept(page)
    button.click()
    expect(page.locator("article.read h1")).to_have_text("Skrivet i källaren")
    assert len(bjorkvik.rows("SELECT 1 FROM messages WHERE mailbox_id = :id", id=box)) == 1


@pytest.mark.feature("M10")
def test_going_away_and_back_finds_what_was_written(box: UUID, browse: Browse, file: Path) -> None:
    """The page's address is the draft's once it has been kept; after sending it is that of a new message again."""
    page = browse(ANNA)
    write(page, box, file)
    expect(page.locator("[data-draft]")).to_have_text(re.compile(r"Utkast sparat \d\d\.\d\d"))
    page.context.set_offline(offline=True)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("[data-waiting]")).to_contain_text("finns kvar här")
    page.context.set_offline(offline=False)
    page.goto("/help")
    page.go_back()
    assert_kept(page)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("article.read h1")).to_have_text("Skrivet i källaren")
    page.go_back()
    expect(page.get_by_label("Ämne")).to_have_value("")


@pytest.mark.feature("M10")
def test_who_leaves_at_once_and_goes_back_finds_what_was_written(box: UUID, browse: Browse) -> None:
    """Also the subject, and before anything was kept by itself: Back leads to the draft."""
    page = browse(ANNA)
    page.goto(f"/compose?mailbox={box}")
    page.get_by_label("Meddelande", exact=True).fill("Hej!")
    page.get_by_label("Ämne").fill("Skrivet i hast")
    page.goto("/help")
    page.go_back()
    expect(page.get_by_label("Ämne")).to_have_value("Skrivet i hast")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Hej!")
    assert "draft=" in page.url


@pytest.mark.feature("M10")
def test_what_is_wrong_is_said_in_place(box: UUID, browse: Browse, look: Look) -> None:
    """The list of what has to be put right gets the focus, and the title says that something is wrong."""
    page = browse(ANNA)
    page.goto(f"/compose?mailbox={box}")
    page.evaluate("window.stays = true")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("#recipients-error")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="3 fält behöver rättas")).to_be_focused()
    expect(page).to_have_title(re.compile("^Fel:"))
    assert page.evaluate("window.stays")
    look(page)


NOTHING_KEPT_YET = """\
const real = setTimeout;
window.setTimeout = (run, ms, ...more) => ms === 1500 ? 0 : real(run, ms, ...more);"""
"""A writer who presses before anything has been kept as a draft."""


@pytest.mark.feature("E12")
def test_a_server_that_fails_keeps_the_form_also_after_back(box: UUID, browse: Browse, file: Path) -> None:
    """Where the server fails: who leaves at once and comes back finds all of it."""
    page = browse(ANNA)
    page.add_init_script(NOTHING_KEPT_YET)
    write(page, box, file)
    button, send = page.get_by_role("button", name="Skicka", exact=True), re.compile("/compose$")
    page.route(send, lambda route: route.fulfill(status=500, content_type="text/html", body="<h1>Något gick fel</h1>"))
    button.click()
    expect(page.locator("[data-waiting]")).to_contain_text("finns kvar här")
    assert_kept(page)
    page.goto("/help")
    page.go_back()
    assert_kept(page)
    page.complaints.clear()  # type: ignore[attr-defined]


@pytest.mark.feature("E12")
def test_advice_before_sending_keeps_the_form_also_after_back(box: UUID, browse: Browse) -> None:
    """No field is wrong, but nothing is sent yet: who leaves at once and comes back finds all of it."""
    page = browse(ANNA)
    page.add_init_script(NOTHING_KEPT_YET)
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name="Säkert meddelande").check()
    page.locator("#recipients").fill(KARIN)
    page.get_by_role("button", name="Lägg till", exact=True).click()
    expect(page.locator(".pill")).to_have_count(1)
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    page.get_by_label("Ämne").fill(f"Om {NUMBER}")
    page.get_by_label("Meddelande", exact=True).fill("Hej! Detta får inte gå förlorat.")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("button", name="Skicka ändå")).to_be_visible()
    expect(page.locator("[data-draft]")).to_contain_text("sparat")
    page.goto("/help")
    page.go_back()
    expect(page.get_by_label("Ämne")).to_have_value(f"Om {NUMBER}")
    expect(page.locator(".pill")).to_have_count(1)
    expect(page.get_by_role("radio", name="Tillitsnivå 2")).to_be_checked()
