"""The guard asks before an ordinary mail goes that should be secure."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.outlook.outlook_tab import OURS, PANE, OutlookInstallation, OutlookTab, draft, guard_page

from budkavle_outlook.simulator.outlook import Outlook

Open = Callable[..., OutlookTab]
Inside = Callable[[OutlookTab], None]
NUMBER = "19811218-9876"


@pytest.mark.feature("C3", "C4", "Z5")
def test_an_ordinary_mail_that_should_be_secure(
    installation: OutlookInstallation, open_tab: Open, inside: Inside
) -> None:
    """Outlook asks the guard before it sends; the alert names who has an account, and leads to the pane."""
    installation.link()
    tab = open_tab()
    item = draft(installation.bo.email, html=f"<p>Numret är {NUMBER}.</p>")
    tab.open(Outlook(PANE, item, runtime=guard_page(installation), **installation.signed_in()))
    expect(tab.pane.get_by_text("Bo Al")).to_be_visible()
    tab.page.get_by_role("button", name="Skicka", exact=True).click()
    alert = tab.page.get_by_role("dialog")
    expect(alert).to_contain_text("Mejlet innehåller ett personnummer.")
    expect(alert).to_contain_text(f"De här mottagarna kan få ett säkert meddelande: {installation.bo.email}.")
    assert not tab.state()["sent"]
    alert.get_by_role("button", name="Skicka säkert").click()
    tab.pane.get_by_role("radio", name="Tillitsnivå 3").check()
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    tab.page.wait_for_function("() => window.outlook.closed")
    state = tab.state()
    assert (state["sent"], state["discarded"]) == (False, True)


@pytest.mark.feature("C3", "Z5")
def test_the_guard_needs_neither_session_nor_server(installation: OutlookInstallation, open_tab: Open) -> None:
    """Loaded once, it warns by the same rules when the server is gone, in English; harmless mails go."""
    tab = open_tab()
    item = draft("maria@exempel.example", html="<p>Hej!</p>")
    tab.open(Outlook(PANE, item, runtime=guard_page(installation), pane=False, language="en-GB"))
    send = tab.page.get_by_role("button", name="Skicka", exact=True)
    send.click()
    tab.page.wait_for_function("() => window.outlook.sent")
    tab.context.route(f"https://{OURS}/**", lambda route: route.abort())
    tab.page.evaluate("() => { window.outlook.sent = false; window.outlook.item.html = 'Diagnosen bifogas.'; }")
    send.click()
    alert = tab.page.get_by_role("dialog")
    expect(alert).to_contain_text("The mail may contain sensitive information (diagnos…).")
    assert not tab.state()["sent"]
    alert.get_by_role("button", name="Skicka ändå").click()
    assert tab.state()["sent"]
    # The browser tells of what this test has cut off.
    tab.complaints[:] = [complaint for complaint in tab.complaints if "ERR_FAILED" not in complaint]
