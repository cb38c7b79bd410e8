"""The inbox: rows, folders, filters, and what one does with a case in one click."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from budkavle import Platform
from budkavle.cases import actions
from budkavle.model.messages import Address
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO, MATS

Browse = Callable[..., Page]
Look = Callable[[Page], None]


def row(page: Page, subject: str) -> Locator:
    return page.locator(".row").filter(has=page.get_by_role("link", name=subject, exact=True))


def inbox(page: Page, box: UUID, query: str = "") -> None:
    page.goto(f"/m/{box}{query}")


@pytest.mark.feature("F2", "F12", "M2")
def test_a_row_says_who_what_when_and_who_has_it(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Sender, subject, time, confidentiality, attachments and who has taken it stand in the row; unread is marked."""
    sdk_mailboxes.arrive(box, "Begäran om yttrande", confidential=True)
    taken = sdk_mailboxes.arrive(box, "Komplettering")
    in_work(platform, people[BO], actions.take, taken)
    page = browse(ANNA)
    inbox(page, box)
    one = row(page, "Begäran om yttrande")
    expect(one).to_contain_text("Region Vättern")
    expect(one).to_contain_text("Sekretess")
    expect(one).to_contain_text("Oläst från")
    expect(one).not_to_contain_text("Ärende taget av")
    expect(row(page, "Komplettering")).to_contain_text("Ärende taget av Bo Ek")
    look(page)


@pytest.mark.feature("F2", "M2", "F20", "Y3")
def test_folders_have_their_counts_and_what_belongs_in_them(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Closed and binned cases are out of the inbox, in folders that say how many."""
    anna = people[ANNA]
    sdk_mailboxes.arrive(box, "Öppet")
    for subject, deed in (("Avslutat", actions.close), ("Kastat", actions.bin_case)):
        case_id = sdk_mailboxes.arrive(box, subject)
        in_work(platform, anna, actions.take, case_id)
        in_work(platform, anna, deed, case_id)
    page = browse(ANNA)
    inbox(page, box)
    expect(page.locator(".row")).to_have_count(1)
    rail = page.get_by_role("navigation", name="Brevlådor")
    for folder, subject in (("Avslutade", "Avslutat"), ("Papperskorg", "Kastat")):
        link = rail.get_by_role("link", name=folder)
        expect(link).to_contain_text("1")
        link.click()
        expect(page.get_by_role("heading", level=1, name=folder)).to_be_visible()
        expect(page.locator(".row .subject")).to_have_text([subject])
        look(page)
    rail.locator(f'a[href="/m/{box}?folder=trouble"]').click()
    expect(page.get_by_text("Allt har gått som det ska")).to_be_visible()
    look(page)


@pytest.mark.feature("F19", "F20", "F23")
def test_filters_are_links(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Mine, others', untaken and each channel are addresses that can be kept and sent to a colleague."""
    for subject, email in (("Mitt", ANNA), ("Andras", BO)):
        in_work(platform, people[email], actions.take, sdk_mailboxes.arrive(box, subject))
    sdk_mailboxes.arrive(box, "Ingens")
    sdk_mailboxes.arrive(box, "Ett brev", transport="post", sender=Address("post", "Storgatan 1", "Ada"))
    page = browse(ANNA)
    inbox(page, box)
    chips = page.get_by_role("navigation", name="Filter")
    for name, subjects in (
        ("Otilldelade", ["Ett brev", "Ingens"]),
        ("Mina", ["Mitt"]),
        ("Andras", ["Andras"]),
        ("Öppna", ["Ett brev", "Ingens", "Andras", "Mitt"]),
    ):
        chips.get_by_role("link", name=name).click()
        expect(chips.locator("[aria-current=true]").first).to_contain_text(name)
        expect(page.locator(".row .subject")).to_have_text(subjects)
        page.reload()
        expect(page.locator(".row .subject")).to_have_text(subjects)
    chips.get_by_role("link", name="Brev", exact=True).click()
    expect(page.locator(".row .subject")).to_have_text(["Ett brev"])
    chips.get_by_role("link", name="Mina").click()
    expect(page.get_by_text("Inget ärende stämmer med filtret.")).to_be_visible()
    look(page)
    chips.get_by_role("link", name="SDK").click()
    expect(page.locator(".row .subject")).to_have_text(["Mitt"])


@pytest.mark.feature("F12", "F13", "F14", "F15", "Y1")
def test_take_release_close_and_reopen_in_one_click_each(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """From the row a case is taken at once; its page releases it, closes it and opens it again."""
    sdk_mailboxes.arrive(box, "Tas från raden")
    page = browse(ANNA)
    inbox(page, box)
    one = row(page, "Tas från raden")
    one.get_by_role("button", name="Ta ärendet").click()
    expect(one).to_contain_text("Anna Lind")
    expect(one.get_by_role("button", name="Ta ärendet")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Du har tagit ärendet.")).to_be_visible()
    page.get_by_role("button", name="Ångra").click()
    expect(page).to_have_url(re.compile("/c/"))
    inbox(page, box)
    expect(one.get_by_role("button", name="Ta ärendet")).to_be_visible()
    one.get_by_role("link", name="Tas från raden").click()
    bar = page.locator("#casebar")
    expect(bar).to_contain_text("Ingen har tagit ärendet.")
    for press, says in (
        ("Ta ärendet", "Du har tagit ärendet."),
        ("Släpp", "Ingen har tagit ärendet."),
        ("Ta ärendet", "Du har tagit ärendet."),
        ("Avsluta", "Ärendet är avslutat."),
        ("Öppna igen", "tagit ärendet."),
    ):
        bar.get_by_role("button", name=press).click()
        expect(bar).to_contain_text(says)
    page.reload()
    log = page.get_by_role("heading", name="Händelser").locator("..")
    for line in ("Anna Lind tog ärendet", "Anna Lind släppte ärendet", "Anna Lind öppnade ärendet igen"):
        expect(log).to_contain_text(line)
    look(page)


@pytest.mark.feature("Y2", "F13")
def test_taking_over_asks_first_and_names_the_holder(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Another's case is taken over after a question that says whose it is, and the log keeps it."""
    case_id = sdk_mailboxes.arrive(box, "Bos ärende")
    in_work(platform, people[BO], actions.take, case_id)
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    expect(page.locator("#casebar")).to_contain_text("Bo Ek har tagit ärendet.")
    page.get_by_role("button", name="Mer").click()
    look(page)
    page.get_by_role("link", name="Ta över ärendet").click()
    expect(page.get_by_role("heading", name="Ta över ärendet?")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Bo Ek har tagit ärendet ”Bos ärende”")
    look(page)
    page.get_by_role("button", name="Ta över från Bo Ek").click()
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    log = page.get_by_role("heading", name="Händelser").locator("..")
    expect(log).to_contain_text("Anna Lind tog över ärendet")
    expect(log).to_contain_text("Bo Ek")


@pytest.mark.feature("Y2", "F14")
def test_a_mailbox_administrator_releases_anybodys_case(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """Anna administers the mailbox and releases what Bo has; Bo cannot do that with hers."""
    case_id = sdk_mailboxes.arrive(box, "Bos")
    in_work(platform, people[BO], actions.take, case_id)
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer").click()
    page.get_by_role("button", name="Släpp ärendet").click()
    expect(page.locator("#casebar")).to_contain_text("Ingen har tagit ärendet.")
    in_work(platform, people[ANNA], actions.take, case_id)
    bo = browse(BO)
    bo.goto(f"/c/{case_id}")
    bo.get_by_role("button", name="Mer").click()
    expect(bo.get_by_role("link", name="Ta över ärendet")).to_be_visible()
    expect(bo.get_by_role("button", name="Släpp ärendet")).to_have_count(0)


@pytest.mark.feature("F13", "Y2")
def test_the_loser_of_a_race_reads_who_took_it(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Two press at once: the second reads who was first, and the row shows the same."""
    case_id = sdk_mailboxes.arrive(box, "Båda vill ha")
    page = browse(ANNA, java_script_enabled=False)
    inbox(page, box)
    in_work(platform, people[BO], actions.take, case_id)
    row(page, "Båda vill ha").get_by_role("button", name="Ta ärendet").click()
    expect(page.locator("main")).to_contain_text("Bo Ek tog ärendet")
    page = browse(ANNA)
    page.route("**/live?*", lambda route: route.abort())
    second = sdk_mailboxes.arrive(box, "Båda vill ha igen")
    inbox(page, box)
    in_work(platform, people[BO], actions.take, second)
    row(page, "Båda vill ha igen").get_by_role("button", name="Ta ärendet").click()
    expect(page.get_by_text("Bo Ek tog ärendet")).to_be_visible()
    expect(row(page, "Båda vill ha igen")).to_contain_text("Ärende taget av Bo Ek")


@pytest.mark.feature("F18", "Y3")
def test_the_bin_can_be_undone(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """A case is taken away in one click and brought back with the next, or later from the bin."""
    case_id = sdk_mailboxes.arrive(box, "Kastas")
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer").click()
    page.get_by_role("button", name="Ta bort ärendet").click()
    expect(page.locator("#casebar")).to_contain_text("Ärendet ligger i papperskorgen.")
    expect(page.locator("#casebar")).to_contain_text("30 dygn")
    look(page)
    page.locator("#casebar").get_by_role("button", name="Återställ").click()
    expect(page.locator("#casebar")).to_contain_text("Ingen har tagit ärendet.")
    inbox(page, box)
    expect(row(page, "Kastas")).to_be_visible()


@pytest.mark.feature("Y1")
def test_a_new_message_opens_a_closed_case_and_says_so(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """A closed case comes back to the inbox by itself when its conversation goes on, and its log says why."""
    conversation = "00000000-0000-4000-8000-00000000000a"
    case_id = sdk_mailboxes.arrive(box, "Första", conversation_id=conversation)
    in_work(platform, people[ANNA], actions.take, case_id)
    in_work(platform, people[ANNA], actions.close, case_id)
    assert sdk_mailboxes.arrive(box, "Sv: Första", conversation_id=conversation) == case_id
    page = browse(ANNA)
    inbox(page, box)
    page.locator(".row .subject").click()
    log = page.get_by_role("heading", name="Händelser").locator("..")
    expect(log).to_contain_text("Ärendet öppnades igen, eftersom ett nytt meddelande kom")


@pytest.mark.feature("F22", "F21")
def test_the_head_of_the_list_fetches_anew_and_leads_to_the_settings(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """The menu beside the name fetches the list anew, with its filter, and opens the mailbox's settings."""
    page = browse(ANNA, java_script_enabled=False)
    inbox(page, box, "?scope=untaken")
    expect(page.get_by_text("Inget ärende stämmer")).to_be_visible()
    sdk_mailboxes.arrive(box, "Nyss kommet")
    page.get_by_role("button", name="Hantera", exact=True).click()
    page.get_by_role("link", name="Hämta nya").click()
    expect(page).to_have_url(re.compile("scope=untaken"))
    expect(row(page, "Nyss kommet")).to_be_visible()
    page.get_by_role("button", name="Hantera", exact=True).click()
    page.get_by_role("link", name="Brevlådans inställningar").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Prov")


@pytest.mark.feature("M1")
def test_a_persons_own_inbox_has_no_cases_to_take(browse: Browse, look: Look) -> None:
    """One's own inbox lists messages; taking and releasing belong to shared mailboxes."""
    page = browse(MATS)
    page.goto("/")
    page.get_by_role("link", name="Min inkorg").click()
    expect(page.get_by_text("Inkorgen är tom")).to_be_visible()
    expect(page.get_by_role("link", name="Otilldelade")).to_have_count(0)
    look(page)


def test_a_long_list_is_paged(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """Fifty rows a page; links lead to older ones and back."""
    for number in range(53):
        sdk_mailboxes.arrive(box, f"Nummer {number}")
    page = browse(ANNA)
    inbox(page, box)
    expect(page.locator(".row")).to_have_count(50)
    page.get_by_role("link", name="Äldre", exact=True).click()
    expect(page.locator(".row .subject")).to_have_text(["Nummer 2", "Nummer 1", "Nummer 0"])
    look(page)
    page.get_by_role("link", name="Nyare", exact=True).click()
    expect(page.locator(".row")).to_have_count(50)


@pytest.mark.feature("Z12")
def test_search_finds_by_words_of_the_subject(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """Words in the field at the top find a case; what is not found is said."""
    sdk_mailboxes.arrive(box, "Kvartalsrapport om snöskottning")
    page = browse(ANNA)
    inbox(page, box)
    page.get_by_role("searchbox", name="Sök").fill("snöskottning")
    page.keyboard.press("Enter")
    expect(page.locator(".hits .subject")).to_have_text(["Kvartalsrapport om snöskottning"])
    look(page)
    page.get_by_role("searchbox", name="Sök").fill("finnsintealls")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Inget hittades")).to_be_visible()
    look(page)


@pytest.mark.feature("F12", "F13", "F19", "Y1")
def test_the_counts_follow_what_is_done_in_the_list(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Filters and rail count anew when a case is taken in place, and the row of the case that is open stays marked."""
    for subject in ("Första", "Andra"):
        sdk_mailboxes.arrive(box, subject)
    page = browse(ANNA)
    inbox(page, box)
    chips = page.get_by_role("navigation", name="Filter")
    in_rail = page.locator(".rail [aria-current] .n")
    expect(in_rail).to_have_text("2")
    row(page, "Första").get_by_role("button", name="Ta ärendet").click()
    expect(chips.get_by_role("link", name="Otilldelade")).to_contain_text("1")
    expect(chips.get_by_role("link", name="Mina")).to_contain_text("1")
    expect(in_rail).to_have_text("1")
    row(page, "Andra").get_by_role("link", name="Andra").click()
    page.locator("#casebar").get_by_role("button", name="Ta ärendet").click()
    expect(chips.get_by_role("link", name="Mina")).to_contain_text("2")
    expect(in_rail).to_have_count(0)
    expect(row(page, "Andra")).to_contain_text("Anna Lind")
    expect(page.locator(".row[aria-current] .subject")).to_have_text(["Andra"])
    assert not page.complaints  # type: ignore[attr-defined]
