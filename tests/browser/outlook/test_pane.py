"""The pane: notices are opened and answered in it, it has the colours of Outlook, and its manifests are downloaded."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from tests.browser.outlook.outlook_tab import OURS, PANE, PASSWORD, PDF, OutlookInstallation, OutlookTab, guard_page

from budkavle import Loa
from budkavle.cases import store_attachment
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing.acting import in_work
from budkavle_outlook.simulator.outlook import Outlook

Open = Callable[..., OutlookTab]
Inside = Callable[[OutlookTab], None]


@pytest.mark.feature("C2", "C7", "C8", "C9")
def test_a_notice_opens_in_the_pane(installation: OutlookInstallation, open_tab: Open, inside: Inside) -> None:
    """Level 3 is asked for in a window; read, a file fetched in a tab of its own, answered, and Bo has the answer."""
    file = store_attachment(
        installation.organisation.platform,
        installation.bo.at(Loa.THREE),
        "underlag.pdf",
        "application/pdf",
        iter([PDF]),
    )
    before = installation.notices()
    installation.write_to_anna("Schemat", loa=Loa.THREE, attachments=(file.id,))
    installation.link()
    identity = NewIdentity("sure", "anna", "E-legitimation")
    in_work(installation.organisation.platform, installation.anna.at(Loa.THREE), link_identity, identity)
    tab = open_tab()
    item = {"subject": "Notis", "html": installation.notice(before)}
    tab.open(Outlook(PANE, item, mode="read", version="1.8", **installation.signed_in()))
    expect(tab.pane.get_by_role("link", name="Öppna meddelande")).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("link", name="Öppna meddelande").click()
    expect(tab.pane.get_by_text("kräver tillitsnivå 3")).to_be_visible()
    inside(tab)
    tab.identify("E-legitimation")
    expect(tab.pane.get_by_role("heading", name="Schemat")).to_be_visible()
    inside(tab)
    with tab.context.expect_page() as opened:
        tab.pane.get_by_role("link", name="Öppna ny flik").click()
    files = opened.value
    expect(files.get_by_text("När du är klar stänger du fliken")).to_be_visible()
    with files.expect_download() as loading:
        files.get_by_role("link", name="Hämta underlag.pdf").click()
    assert loading.value.path().read_bytes() == PDF
    files.close()
    tab.pane.get_by_role("button", name="Svara").click()
    tab.pane.get_by_label("Ditt svar").fill("Tack, det blir bra.")
    inside(tab)
    tab.pane.get_by_role("button", name="Skicka svar").click()
    expect(tab.pane.get_by_role("heading", name="Svaret är skickat")).to_be_visible()
    inside(tab)
    installation.mail(installation.bo.email)


@pytest.mark.feature("C7", "C9")
def test_no_answer_where_the_sender_wants_none_and_no_link_where_there_is_none(
    installation: OutlookInstallation, open_tab: Open, inside: Inside
) -> None:
    """In English; the link of a mail filter holds ours; other mails are no notices."""
    before = installation.notices()
    installation.write_to_anna("Ingen retur", reply_allowed=False)
    link = re.search(r"https://\S+?(?=\")", installation.notice(before))
    assert link
    filtered = f'<a href="https://eur01.safelinks.example/?url={quote(link[0], safe="")}&amp;data=05">Read</a>'
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, {"html": "<p>Hej!</p>"}, mode="read", **installation.signed_in()))
    expect(tab.pane.get_by_text("Inget säkert meddelande här")).to_be_visible()
    tab.frame.evaluate("() => fetch('/language/en')")
    for html, words in (
        ("<p>Hej!</p>", "No secure message here"),
        (f'<a href="https://{OURS}/">Inkorg</a>', "The mail leads to Budkavle"),
        (f'<a href="https://{OURS}/l/abc">Läs</a>', "A secure message by a link"),
        (filtered, "A secure message"),
    ):
        tab.open(Outlook(PANE, {"html": html}, mode="read", language="en-GB"))
        expect(tab.pane.get_by_role("heading", name=words, exact=True)).to_be_visible()
        inside(tab)
    tab.pane.get_by_role("link", name="Open message").click()
    expect(tab.pane.get_by_text("The sender takes no answers.")).to_be_visible()
    expect(tab.pane.get_by_role("button", name="Answer")).to_have_count(0)
    inside(tab)


TELL_OF_COLOUR = """colour => {
  clearInterval(window.telling);
  window.telling = setInterval(() => tell("officeThemeChanged", {officeTheme: {bodyBackgroundColor: colour}}), 200);
}"""
"""Again and again: the pane hears it once its own script is there."""


@pytest.mark.feature("C7")
def test_the_pane_wears_the_colours_of_outlook(installation: OutlookInstallation, open_tab: Open) -> None:
    """Also when they change while it is open (Mailbox 1.14); without them it follows the system."""
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, {}, mode="read", **installation.signed_in()))
    page = tab.pane.locator("html")
    expect(page).to_have_attribute("data-color-scheme", "auto")
    for colour, scheme in (("#1f1f1f", "dark"), ("#ffffff", "light")):
        tab.page.evaluate(TELL_OF_COLOUR, colour)
        expect(page).to_have_attribute("data-color-scheme", scheme)


def test_a_message_is_shown_in_place_of_its_notice(installation: OutlookInstallation, open_tab: Open) -> None:
    """Where Outlook can (Mailbox 1.16) and somebody is signed in in the pane; before that the notice stays."""
    before = installation.notices()
    installation.write_to_anna("I stället", loa=Loa.ONE)
    html = installation.notice(before)
    found = re.search(r"/c/([0-9a-f-]{36})", html)
    assert found
    installation.link()
    item = {"subject": "Notis", "html": html, "header": found[1]}
    notice = Outlook(PANE, item, mode="read", runtime=guard_page(installation), **installation.signed_in())
    tab = open_tab()
    tab.open(replace(notice, pane=False))
    tab.page.wait_for_function("() => window.outlook.completed")
    assert tab.state()["completed"] == {"allowEvent": False}
    tab.open(replace(notice, runtime=""))
    expect(tab.pane.get_by_role("link", name="Öppna meddelande")).to_be_visible()
    tab.open(notice)
    expect(tab.page.locator("#text")).to_contain_text("Hej! Det gäller I stället.")
    assert tab.state()["item"]["html"] == html, "what lies in the mailbox is the notice"


@pytest.mark.feature("C3")
def test_an_administrator_downloads_both_manifests(
    installation: OutlookInstallation, open_tab: Open, look: Callable[[Page], None]
) -> None:
    """From Min organisation to the steps, and two files."""
    page = open_tab().page
    page.complaints = []  # type: ignore[attr-defined]
    page.goto(f"https://{OURS}/organisation/settings")
    page.get_by_role("button", name=re.compile("Lösenord", re.IGNORECASE)).click()
    page.get_by_label("E-post").fill("eva@habo.example")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.get_by_role("link", name="Manifesten och hur de installeras").click()
    expect(page.get_by_text(installation.entra.client_id).first).to_be_visible()
    look(page)
    for words, name in (
        ("Hämta paketet (JSON)", "budkavle-outlook.zip"),
        ("Hämta manifestet (XML)", "budkavle-outlook.xml"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=words).click()
        assert download.value.suggested_filename == name
    for path in ("about", "outlook/open", "outlook/tab"):
        page.goto(f"https://{OURS}/plugin/outlook/{path}")
        look(page)
