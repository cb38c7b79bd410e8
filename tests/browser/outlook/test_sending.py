"""A draft in Outlook is sent by the pane, once, and nothing of it is left in the mailbox."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.outlook.outlook_tab import OURS, PANE, PDF, OutlookInstallation, OutlookTab, draft

from budkavle_outlook.simulator.outlook import Outlook, attachment, cloud_attachment

Open = Callable[..., OutlookTab]
Inside = Callable[[OutlookTab], None]
PNG = b"\x89PNG\r\n\x1a\n\0\xff bild"


@pytest.mark.feature("C2", "C3", "C4", "C5", "C6", "X1")
def test_from_a_draft_in_outlook_to_the_guests_phone(
    installation: OutlookInstallation, open_tab: Open, inside: Inside, chromium: Browser
) -> None:
    """Written in Outlook, sent by the pane, gone from the mailbox; read by its link on a phone, files and all."""
    to = f"maria.{uuid4().hex[:8]}@exempel.example"
    files = [attachment("beslut å.pdf", PDF), attachment("bild.png", PNG, inline=True), cloud_attachment("delad.docx")]
    tab = open_tab()
    tab.open(Outlook(PANE, draft(to, attachments=files)))
    expect(tab.pane.get_by_role("heading", name="Logga in")).to_be_visible()
    inside(tab)
    tab.sign_in()
    expect(tab.pane.get_by_text("Saknar konto")).to_be_visible()
    expect(tab.pane.get_by_text("delad.docx följer inte med")).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("radio", name="Tillitsnivå 3").check()
    expect(tab.pane.get_by_label("Personnummer")).to_be_visible()
    tab.pane.get_by_role("radio", name="Tillitsnivå 1").check()
    tab.pane.get_by_role("button", name="Förhandsgranska").click()
    expect(tab.pane.get_by_text("Öppnar länken i notisen och läser")).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    tab.page.wait_for_function("() => window.outlook.closed")
    state = tab.state()
    assert state["discarded"], "nothing of it stays in the mailbox"
    link = re.search(r"https://\S+/l/\S+", installation.mail(to))
    assert link
    phone = chromium.new_context(viewport={"width": 360, "height": 740}, locale="sv-SE", ignore_https_errors=True)
    maria = phone.new_page()
    maria.goto(link[0])
    maria.get_by_role("button", name="Läs meddelandet").click()
    expect(maria.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")
    expect(maria.get_by_text("Välkommen på torsdag.")).to_be_visible()
    for name, content in (("beslut å.pdf", PDF), ("bild.png", PNG)):
        with maria.expect_download() as loading:
            maria.get_by_role("link", name=f"Ladda ner {name}").click()
        assert loading.value.path().read_bytes() == content
    assert maria.get_by_text("delad.docx").count() == 0
    phone.close()


@pytest.mark.feature("C2", "C4", "C5")
def test_where_outlook_cannot_discard_the_draft_is_emptied(
    installation: OutlookInstallation, open_tab: Open, inside: Inside
) -> None:
    """Mailbox 1.8, signed in by Outlook's own token: advice first, then sent, and one line is left and saved."""
    installation.link()
    tab = open_tab()
    item = draft(installation.bo.email, html="<p>Numret är 19121212-1212.</p>", attachments=[attachment("a.pdf", PDF)])
    tab.open(Outlook(PANE, item, version="1.8", **installation.signed_in()))
    expect(tab.pane.get_by_text("Bo Al")).to_be_visible()
    assert tab.state()["asked"][0]["scope"] == f"api://{OURS}/{installation.entra.client_id}/access_as_user"
    send = tab.pane.get_by_role("button", name="Kryptera och skicka")
    send.click()
    expect(tab.pane.get_by_role("alert")).to_contain_text("Välj hur säkert mottagaren ska legitimera sig.")
    inside(tab)
    assert tab.state()["item"]["subject"] == "Kallelse till möte", "nothing is touched before it is sent"
    tab.pane.get_by_role("radio", name="Tillitsnivå 1").check()
    send.click()
    expect(tab.pane.locator("#advice .notice").first).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("button", name="Kryptera och skicka ändå").click()
    expect(tab.pane.get_by_text("Innehållet är borttaget ur utkastet")).to_be_visible()
    inside(tab)
    state = tab.state()
    line = "Skickat som säkert meddelande. Utkastet kan kastas."
    empty: dict[str, Any] = {"to": [], "cc": [], "bcc": [], "attachments": []}
    assert state["item"] == {**empty, "subject": line, "html": line}
    assert (state["saved"], state["closed"]) == (1, False)


LOSE = """\
() => {
  const real = window.fetch;
  window.fetch = async (address, ...more) => {
    const answer = await real(address, ...more);
    if (!String(address).startsWith("/compose")) return answer;
    window.fetch = real;
    throw new TypeError("the answer is lost");
  };
}"""


def sent_by(installation: OutlookInstallation) -> int:
    """How many messages Anna has sent from her own inbox."""
    query = "SELECT id FROM messages WHERE direction = 'out' AND mailbox_id = :box"
    return len(installation.organisation.rows(query, box=installation.anna.personal_id))


@pytest.mark.feature("C4")
def test_a_send_that_fails_keeps_everything_and_the_next_sends_once(
    installation: OutlookInstallation, open_tab: Open
) -> None:
    """The answer is lost on its way: the draft is whole, its file does not go again, and one message has been sent."""
    installation.link()
    tab = open_tab()
    subject = f"Tappat {uuid4().hex[:6]}"
    item = draft(installation.bo.email, subject=subject, attachments=[attachment("a.pdf", PDF)])
    tab.open(Outlook(PANE, item, **installation.signed_in()))
    tab.pane.get_by_role("radio", name="Tillitsnivå 2").check()
    uploads: list[str] = []
    tab.page.on("request", lambda request: uploads.append(request.url) if "/attachments" in request.url else None)

    before = sent_by(installation)
    tab.frame.evaluate(LOSE)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    expect(tab.pane.get_by_text("Allt finns kvar i utkastet.")).to_be_visible()
    state = tab.state()
    assert (state["item"]["subject"], len(state["item"]["attachments"]), state["closed"]) == (subject, 1, False)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    tab.page.wait_for_function("() => window.outlook.closed")
    assert len(uploads) == 1
    assert sent_by(installation) == before + 1


def test_a_draft_that_cannot_be_thrown_away_is_told_of(installation: OutlookInstallation, open_tab: Open) -> None:
    """The message is sent; who wrote it must know that the contents are still in the mailbox."""
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, draft(installation.bo.email), version="1.8", refuses="body.set", **installation.signed_in()))
    tab.pane.get_by_role("radio", name="Tillitsnivå 2").check()
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    expect(tab.pane.get_by_role("alert")).to_contain_text("Utkastet gick inte att ta bort ur Outlook.")


ASKED = """\
() => {
  const real = window.fetch;
  window.fetch = async (...given) => {
    const answer = await real(...given);
    if (!answer.headers.get("hx-redirect")) return answer;
    return new Response(null, { headers: { "hx-redirect": "/approvals/00000000-0000-0000-0000-000000000000" } });
  };
}
"""
"""What a mailbox answers whose messages a colleague approves; the inbox that the pane sends from never does."""


def test_what_waits_for_a_colleague_is_not_called_sent(installation: OutlookInstallation, open_tab: Open) -> None:
    """The heading, which has the focus, says what it waits for."""
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, draft(installation.bo.email), version="1.8", refuses="body.set", **installation.signed_in()))
    tab.pane.get_by_role("radio", name="Tillitsnivå 2").check()
    tab.frame.evaluate(ASKED)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    expect(tab.pane.get_by_role("heading", name="Meddelandet väntar på godkännande")).to_be_focused()
    expect(tab.pane.get_by_text("Meddelandet är skickat")).to_be_hidden()
    expect(tab.pane.get_by_text("En kollega godkänner det innan det går iväg.").first).to_be_visible()
