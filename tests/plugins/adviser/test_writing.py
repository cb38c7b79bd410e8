"""The adviser on the page for writing: it is read first, and then one may send all the same."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Loa, Platform
from budkavle.cases import list_sent
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.web.app import create_app

NUMBER = "19811218-9876"


class Page:
    """The worker's page, and what is sent from it to the administrator."""

    def __init__(self, organisation: SampleOrganisation, client: TestClient[Any]) -> None:
        self.organisation, self.client = organisation, client
        person = organisation.case_worker
        cookie = sessions.start(organisation.platform, SignedIn(person.user, Loa.TWO, "password", "/"))
        self.csrf = sessions.find(organisation.platform, cookie).csrf
        client.cookies.set("budkavle", cookie)
        client.headers.update({"sec-fetch-site": "same-origin", "accept": "text/html"})
        self.box = person.personal_id

    def press(self, button: str, **fields: str) -> Any:
        base = {
            "mailbox": str(self.box),
            "kind": "secure",
            "subject": "Hej",
            "body": f"Det gäller {NUMBER}.",
            "loa": "1",
        }
        data = {"csrf": self.csrf, **base, "recipients": "secure:root@habo.example", button: "1", **fields}
        return self.client.post("/compose", data=data, follow_redirects=False)

    def sent(self) -> int:
        return len(in_work(self.organisation.platform, self.organisation.case_worker, list_sent, self.box).items)


@pytest.fixture
def page(platform: Platform, organisation: SampleOrganisation) -> Iterator[Page]:
    with TestClient(create_app(platform)) as client:
        yield Page(organisation, client)


@pytest.mark.feature("Z5", "A4")
def test_advice_is_read_before_it_is_sent(page: Page) -> None:
    """The first press shows it and sends nothing; the second sends. What was typed stays."""
    shown = page.press("send").text
    assert "Då krävs minst tillitsnivå 2" in shown
    assert "Skicka ändå" in shown
    assert NUMBER in shown
    assert page.sent() == 0
    advised = re.search(r'name="advised" value="([0-9a-f]+)"', shown)
    assert advised
    assert page.press("send", advised=advised[1]).status_code == 303
    assert page.sent() == 1


@pytest.mark.feature("Z5")
def test_new_advice_is_read_too(page: Page) -> None:
    """Having seen one piece of advice lets no other through."""
    advised = re.search(r'name="advised" value="([0-9a-f]+)"', page.press("send").text)
    assert advised
    again = page.press("send", advised=advised[1], open_text=NUMBER)
    assert again.status_code == 200
    assert "okrypterad och får inte innehålla personnummer" in again.text
    assert page.sent() == 0


@pytest.mark.feature("Z5")
def test_a_higher_level_needs_no_advice(page: Page) -> None:
    """It goes at once; the preview says nothing either."""
    assert "Då krävs minst" not in page.press("preview", loa="2").text
    assert "Då krävs minst" in page.press("preview").text
    assert page.press("send", loa="2").status_code == 303
