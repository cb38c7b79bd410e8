"""The marks of session and network address: shown at what somebody has done in the web, and asked for."""

import csv
import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.core.web.pages.events.log_pages import Browse, ask, lines

from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web import browser_sessions

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
MARK = re.compile(r'<a class="event-mark" href="([^"]+)" aria-label="(Session|Adress) (\w{8}): [^"]+">')
HOME, AWAY = "192.0.2.7", "198.51.100.7"
READ = "Ett ärende lästes"


def ways(page: Any) -> dict[tuple[str, str], str]:
    """Return the ways to the same session and the same address on a page, by their kind and mark."""
    return {(kind, mark): html.unescape(url) for url, kind, mark in MARK.findall(page.text)}


def read(browser: Browser, organisation: SampleOrganisation) -> None:
    """Open a case that nobody has opened yet: the same one is not told again within a minute."""
    assert browser.get(f"/c/{organisation.arrive()}").status_code == 200


@pytest.mark.feature("O12")
def test_what_a_person_does_in_the_web_is_found_by_person(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """The server reads who it was from the entry's own text, whose marks stand behind it."""
    read(browse(case_worker), organisation)
    assert READ in ask(browse(administrator), person=case_worker.email)


@pytest.mark.feature("O12")
def test_the_same_session_and_the_same_address_are_a_click_away(
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mark leads to what has it, of each kind; neither the cookie nor the address stands there."""
    admin, ada, other = browse(administrator), browse(case_worker), browse(case_worker)
    for browser, address in ((ada, HOME), (ada, HOME), (other, HOME), (ada, AWAY)):
        monkeypatch.setattr(browser_sessions, "network_address", lambda request, address=address: address)
        read(browser, organisation)
    page = admin.get("/events?kind=cases")
    found = ways(page)
    sessions = [url for (kind, _), url in found.items() if kind == "Session"]
    addresses = [url for (kind, _), url in found.items() if kind == "Adress"]
    assert sorted(lines(admin.get(url)).count(READ) for url in sessions) == [1, 3]
    assert sorted(lines(admin.get(url)).count(READ) for url in addresses) == [1, 3]
    for word in (ada.cookie.partition(".")[2], HOME, AWAY):
        assert word not in page.text
    assert not ways(admin.get("/events?kind=mailboxes")), "what a system did has none"


def test_the_file_has_the_marks(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Whole, in columns of their own; an export of one session says so in the log."""
    read(browse(case_worker), organisation)
    admin = browse(administrator)
    (url,) = [url for (kind, _), url in ways(admin.get("/events?kind=cases")).items() if kind == "Session"]
    fields = dict(pair.split("=") for pair in url.partition("?")[2].split("&"))
    text = admin.post("/events/export", format="csv", **fields).content.decode("utf-8-sig")
    head, *rows = csv.reader(text.splitlines(), delimiter=";")
    assert head[-2:] == ["Session", "Nätverksadress (märke)"]
    assert {row[-2] for row in rows} == {fields["session_mark"]}
    assert all(re.fullmatch("[0-9a-f]{16}", row[-1]) for row in rows)
    (entry,) = organisation.log_entries("events.exported")
    assert fields["session_mark"] in entry


SHORT, LONG = (422, "minst åtta av dess tecken"), (422, "högst 31 dagar")
ASKED: tuple[tuple[dict[str, str], tuple[int, str]], ...] = (
    ({"session_mark": "kort", "since": "2026-11-01", "until": "2026-11-02"}, SHORT),
    ({"address_mark": "0123456789abcdef0", "since": "2026-11-01", "until": "2026-11-02"}, SHORT),
    ({"address_mark": "01234567"}, LONG),
    ({"session_mark": "01234567", "since": "2026-11-01"}, LONG),
    ({"session_mark": "01234567", "since": "2026-10-01", "until": "2026-11-01"}, LONG),
    ({"session_mark": "01234567", "since": "2026-10-02", "until": "2026-11-01"}, (200, "Inget i loggen stämmer")),
)
"""The fields of a search, with the status and a sentence of the answer."""


@pytest.mark.parametrize("path", ["/events", "/administration/events"])
def test_a_mark_is_looked_for_in_a_month_at_most(
    path: str, browse: Browse, administrator: SampleUser, root: Any
) -> None:
    """The log has no index by it."""
    browser = browse(administrator if path == "/events" else root)
    for fields, (status, sentence) in ASKED:
        answer = browser.get(f"{path}?{urlencode(fields)}")
        assert answer.status_code == status, fields
        assert sentence in answer.text, fields
