"""The pages: writing a fax, seeing it as it goes, linking numbers, times, a test, and the mailbox's own names."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pytest
from PIL import Image

from budkavle import Address, Draft, FunctionMailbox, Host, Platform, Role, Temporary
from budkavle.accounts import create_mailbox
from budkavle.cases import list_sent
from budkavle.messaging import send
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import browsing
from budkavle_fax import organisation_settings
from budkavle_fax.carriers.base import Stage
from budkavle_fax.documents import rendering
from budkavle_fax.numbers import contacts, mailbox_numbers, ranges
from budkavle_fax.pages import preview
from budkavle_fax.pages.preview import WIDTH
from budkavle_fax.parts import Parts

SETTINGS = "/plugin/fax/settings"
RULES = "/organisation/settings/fax.rules"


def pdf() -> bytes:
    made, kept = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(595, 842))
    made.save(kept)
    return kept.getvalue()


def owner(host: Any, number: str) -> Any:
    with host.transaction(None) as connection:
        return mailbox_numbers.owner(connection, number)


@pytest.mark.feature("M18", "T3", "T4", "F23")
def test_a_fax_is_written_to_numbers_that_are_typed(
    platform: Platform, case_worker: SampleUser, mailbox: FunctionMailbox, carrier: Any, sign_in: Callable[..., Any]
) -> None:
    """The kind stands among the others with its mark; numbers typed in full are recipients when it is sent."""
    page = sign_in(case_worker)
    shown = page.get(f"/compose?mailbox={mailbox.id}")
    assert 'value="fax"' in shown.text
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "Ang. ärende", "body": "Hej!"}
    asked = page.post("/compose", **form, q="08-123 45 67, 010-765 43 21", find="1")
    assert asked.text.count('name="recipients"') == 2
    assert "Visa sidorna som de faxas" in asked.text
    sent = page.post("/compose", **form, q="010-765 43 21", send="1")
    assert sent.status_code == 303
    deliver_due(platform)
    (fax,) = carrier.taken.values()
    assert fax.to == "+46107654321"
    listed = page.get(f"/m/{mailbox.id}/sent").text
    assert "Fax" in listed


@pytest.mark.feature("T4")
def test_a_word_that_is_no_number_is_no_recipient(
    case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any]
) -> None:
    """The page comes back with what has been typed, and says that nobody has been chosen by it."""
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "x", "body": "y", "q": "Söder", "send": "1"}
    answer = sign_in(case_worker).post("/compose", **form)
    assert answer.status_code == 422
    assert "”Söder” är inte vald som mottagare" in answer.text


@pytest.mark.feature("T5", "T6")
def test_every_page_is_shown_as_it_will_be_faxed(
    case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any]
) -> None:
    """From the same form, with a file that has not been uploaded on its own; or why there is nothing to show."""
    page = sign_in(case_worker)
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "Ang. ärende", "body": "Hej!"}
    shown = page.post("/plugin/fax/preview", files={"attachments": ("a.pdf", pdf(), "application/pdf")}, **form)
    assert shown.status_code == 200
    pages = re.findall(r"base64,([A-Za-z0-9+/=]+)", shown.text)
    assert len(pages) == 2
    assert "2 sidor" in shown.text
    with Image.open(io.BytesIO(base64.b64decode(pages[0]))) as cover:
        assert cover.convert("L").getextrema()[0] < 100
    wrong = page.post("/plugin/fax/preview", files={"attachments": ("film.mp4", b"x", "video/mp4")}, **form)
    assert wrong.status_code == 422
    assert "film.mp4" in wrong.text


@pytest.mark.feature("T5")
def test_what_is_shown_before_is_what_goes_over_the_line(
    platform: Platform, case_worker: SampleUser, mailbox: FunctionMailbox, carrier: Any, sign_in: Callable[..., Any]
) -> None:
    """Each page of the preview is the picture of the very dots that the carrier gets, cover and document."""
    page, to = sign_in(case_worker), "fax:+46107654321"
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "Ang. ärende", "body": "Hej!", "recipients": to}
    file = {"attachments": ("a.pdf", pdf(), "application/pdf")}
    shown = page.post("/plugin/fax/preview", files=file, **form).text
    assert page.post("/compose", files=file, **form, send="1").status_code == 303
    deliver_due(platform)
    (fax,) = carrier.taken.values()
    went = [base64.b64encode(png).decode() for png in rendering.previews(fax.tiff, WIDTH)]
    assert re.findall(r"base64,([A-Za-z0-9+/=]+)", shown) == went
    assert len(went) == 2


def test_a_preview_takes_no_more_than_a_fax(
    case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form that names one file a hundred times, or more files than a fax may have, fills no memory."""
    page, form = sign_in(case_worker), {"mailbox": str(mailbox.id), "kind": "fax", "subject": "x", "body": "y"}
    monkeypatch.setattr(preview, "MOST_BYTES", len(pdf()) * 3 // 2)
    first, second = (
        page.post("/attachments?kind=fax", files={"attachments": ("a.pdf", pdf(), "application/pdf")}).json()["id"]
        for _ in range(2)
    )
    shown = page.post("/plugin/fax/preview", **form, attachment=[first] * 100)
    assert "2 sidor" in shown.text
    assert page.post("/plugin/fax/preview", **form, attachment=[first, second]).status_code == 413


def test_the_preview_is_for_members_with_their_own_token(
    case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any]
) -> None:
    """Nobody else's form makes anybody draw anything."""
    page = sign_in(case_worker)
    assert page.post("/plugin/fax/preview", mailbox=str(mailbox.id), csrf="x").status_code == 403
    assert page.post("/plugin/fax/preview", mailbox="00000000-0000-4000-8000-000000000000").status_code == 404


@pytest.mark.feature("T2")
def test_administrators_link_numbers_with_checks(
    organisation: SampleOrganisation, host: Host, sign_in: Callable[..., Any]
) -> None:
    """A new number, one that is taken, one that is none; and a link is taken away."""
    page = sign_in(organisation.administrator)
    assert organisation.mailbox.name in page.get(SETTINGS).text
    ranges.give(host, replace(organisation.administrator, role=Role.PLATFORM), "08-123 45 60", "08-123 45 69")
    assert "+46 8 123 45 60 – +46 8 123 45 69" in page.get(SETTINGS).text
    fine = page.post(f"{SETTINGS}/link", number="08-123 45 67", mailbox=str(organisation.mailbox.id))
    assert fine.headers["location"].endswith("said=linked")
    again = page.post(f"{SETTINGS}/link", number="08-123 45 67", mailbox=str(organisation.mailbox.id))
    assert again.headers["location"].endswith("said=linked")
    others = in_work(organisation.platform, organisation.administrator, create_mailbox, "Registrator")
    moved = page.post(f"{SETTINGS}/link", number="08-123 45 67", mailbox=str(others.id))
    assert moved.headers["location"].endswith("said=moved")
    assert owner(host, "+4681234567") == (organisation.id, others.id)
    for number, mailbox in (
        ("08-999 99 99", str(organisation.mailbox.id)),
        ("x", str(organisation.mailbox.id)),
        ("08-123 45 68", ""),
    ):
        wrong = page.post(f"{SETTINGS}/link", number=number, mailbox=mailbox)
        assert wrong.status_code == 422
        assert "-error" in wrong.text
    page.post(f"{SETTINGS}/unlink", number="+4681234567")
    assert owner(host, "+4681234567") is None


def test_administrators_choose_times_and_the_note(
    organisation: SampleOrganisation, administrator: SampleUser, host: Host, sign_in: Callable[..., Any]
) -> None:
    """What is kept is shown again; an end before its beginning is refused with what was typed."""
    page = sign_in(administrator)
    saved = page.post(RULES, from_hour="7", to_hour="18", weekdays="1", note="Sekretess!")
    assert saved.status_code == 303
    assert organisation_settings.rules(host, organisation.id) == organisation_settings.Rules(
        7, 18, weekdays=True, note="Sekretess!"
    )
    wrong = page.post(RULES, from_hour="18", to_hour="7", note="x" * 301)
    assert wrong.status_code == 422
    assert "to_hour-error" in wrong.text
    assert "note-error" in wrong.text
    assert page.post(RULES, from_hour="0", to_hour="9" * 5000).status_code < 500
    assert RULES in page.get(SETTINGS).text


def test_a_test_fax_shows_whether_it_went(
    organisation: SampleOrganisation, administrator: SampleUser, parts: Parts, carrier: Any, sign_in: Callable[..., Any]
) -> None:
    """Sent at once, followed like any other; a server that is down is said at the field."""
    page = sign_in(administrator)
    assert page.post(f"{SETTINGS}/test", test="010-765 43 21").headers["location"].endswith("said=tested")
    carrier.goes(Stage.FAILED, reason="Upptaget.", dials=1)
    parts.status_polling.ask()
    shown = page.get(SETTINGS).text
    assert "Misslyckades" in shown
    assert "Upptaget." in shown
    assert parts.submissions.failures_since(organisation.id, datetime.min.replace(tzinfo=UTC)) == 0
    carrier.failures.append(Temporary("Faxservern svarar inte. Vi försöker igen."))
    wrong = page.post(f"{SETTINGS}/test", test="010-765 43 21")
    assert "Faxservern svarar inte" in wrong.text
    assert page.post(f"{SETTINGS}/test", test="x").status_code == 422


def test_others_do_not_come_in(case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any]) -> None:
    """A member sees no administrators' page and changes nothing there, and has no line in the menu."""
    page = sign_in(case_worker)
    assert page.get(SETTINGS).status_code == 403
    assert page.post(f"{SETTINGS}/link", number="08-999 99 99", mailbox=str(mailbox.id)).status_code == 403
    assert page.post(f"{SETTINGS}/test", test="08-999 99 99").status_code == 403
    assert SETTINGS not in page.get("/").text


@pytest.mark.feature("T4")
def test_members_name_the_numbers_that_they_fax(
    organisation: SampleOrganisation, host: Host, sign_in: Callable[..., Any]
) -> None:
    """Kept, shown, written to, and taken away; an administrator who is no member does not see them."""
    page, path = sign_in(organisation.case_worker), f"/plugin/fax/mailbox/{organisation.mailbox.id}"
    assert page.post(path, number="08-123 45 67", name="Vårdcentralen Söder").status_code == 303
    shown = page.get(path).text
    assert "Vårdcentralen Söder" in shown
    assert "fax:%2B4681234567" in shown
    assert page.post(path, number="", name="").status_code == 422
    assert "Vårdcentralen" not in sign_in(organisation.administrator).get(path).text
    written = page.get(f"/compose?mailbox={organisation.mailbox.id}&to=fax:%2B4681234567").text
    assert "Vårdcentralen Söder" in written or "+46 8 123 45 67" in written
    page.post(path, gone="+4681234567")
    assert contacts.listed(host, organisation.id, organisation.mailbox.id) == []


def said(organisation: SampleOrganisation, path: str) -> str:
    """What a page says, as a reader sees it."""
    with browsing(organisation.platform) as browser:
        page = browser(organisation.case_worker).get(path)
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())


def fax(organisation: SampleOrganisation) -> None:
    """Send one."""
    in_work(
        organisation.platform,
        organisation.case_worker,
        send,
        organisation.mailbox.id,
        Draft((Address("fax", "+46107654321"),), "Ang.", "Hej!"),
    )


def delivery(organisation: SampleOrganisation) -> str:
    (sent,) = in_work(organisation.platform, organisation.case_worker, list_sent, organisation.mailbox.id).items
    return f"/d/{sent.recipients[0].delivery_id}"


@pytest.mark.feature("Z4", "S7", "S15")
def test_each_state_of_a_fax_is_told_in_words_of_its_own(
    platform: Platform, organisation: SampleOrganisation, mailbox: FunctionMailbox, parts: Parts, carrier: Any
) -> None:
    """In the queue and gone through: a fax server and a fax machine, and nobody who has acknowledged anything."""
    fax(organisation)
    deliver_due(platform)
    queued = said(organisation, delivery(organisation))
    assert "Väntar på att skickas" in queued
    assert "ccesspunkt" not in queued
    carrier.goes(Stage.SENT, sent=2, pages=2)
    parts.status_polling.ask()
    gone = said(organisation, delivery(organisation))
    assert "Framme" in gone
    assert "kvitter" not in gone
    assert "Framme" in said(organisation, f"/m/{mailbox.id}/sent")
    assert "Mottaget" not in said(organisation, f"/m/{mailbox.id}/sent")


@pytest.mark.feature("Z4", "S14")
def test_a_fax_given_to_a_service_that_says_no_more_is_not_waited_for(
    platform: Platform, organisation: SampleOrganisation, carrier: Any
) -> None:
    """It is not known to have arrived, and nobody is said to be about to answer."""
    carrier.follows = False
    fax(organisation)
    deliver_due(platform)
    told = said(organisation, delivery(organisation))
    assert "Lämnat till faxtjänsten" in told
    assert "berättar inte om det går fram" in told
    assert "Mottagarens: du behöver bara vänta" not in told
    for untrue in ("kvittens", "kvitterat", "Framme"):
        assert untrue not in told
