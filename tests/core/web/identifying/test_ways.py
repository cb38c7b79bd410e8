"""The ways to show who one is: which are offered, in which order, and that a page begins nothing by itself."""

import pytest
from tests.core.web.identifying.windows import PASSWORD, Peer
from tests.core.web.jar import Jar

from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


def test_all_ways_are_shown_the_surest_first(jar: Jar) -> None:
    """With their level in words; and the page that was wanted goes with each."""
    page = jar.ask("GET", "/sign-in?next=/m/x").text
    places = [page.index(word) for word in ('value="redirect"', 'value="password"', "Tillitsnivå 3", "Tillitsnivå 2")]
    assert places[0] < places[1]
    assert places[2] < places[3]
    assert 'name="next" value="/m/x"' in page
    assert "evil" not in jar.ask("GET", "/sign-in?next=https://evil.example").text
    assert jar.ask("GET", "/sign-in?way=gone").status_code == 404
    assert jar.ask("POST", "/sign-in/begin", way="gone").status_code == 404


def test_the_way_used_last_is_marked(jar: Jar, case_worker: SampleUser) -> None:
    """In the browser that signed in by it, and it stands out; before that no way is marked."""
    before = jar.ask("GET", "/sign-in").text
    assert "Senast använd" not in before
    done = jar.ask("POST", "/sign-in/begin", way="password", email=case_worker.email, password=PASSWORD)
    assert done.status_code == 303
    jar.cookies = {name: value for name, value in jar.cookies.items() if name == "way"}
    (marked,) = [button for button in jar.ask("GET", "/sign-in").text.split("<button")[1:] if "Senast använd" in button]
    assert 'value="password"' in marked
    assert 'data-variant="primary"' in marked


def test_opening_a_page_begins_nothing(
    jar: Jar, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scanner of mails, or a browser that fetches ahead, starts no order at anybody's app; only a pressed button."""
    begun: list[str] = []
    own = Peer.start
    monkeypatch.setattr(Peer, "start", lambda self, *rest: [begun.append(self.name), own(self, *rest)][1])
    for path in ("/sign-in", "/sign-in?way=app", "/sign-in?way=redirect", "/sign-in/flow"):
        jar.ask("GET", path)
        jar.ask("HEAD", path)
    assert begun == []
    assert jar.cookies.get("flow", "") == ""
    assert jar.ask("GET", "/sign-in/begin?way=app").status_code >= 400
    assert jar.ask("POST", "/sign-in/begin", site="cross-site", way="app").status_code == 403
    assert begun == []
    jar.ask("POST", "/sign-in/begin", way="app")
    assert begun == ["app"]


def test_the_password_alone_is_asked_for_at_once(jar: Jar, case_worker: SampleUser) -> None:
    """Its fields stand on the first page; what is wrong is said there, and the wanted page is kept."""
    page = jar.ask("GET", "/sign-in?way=password&next=/account").text
    assert 'name="password"' in page
    typed = {"way": "password", "next": "/account", "email": case_worker.email}
    wrong = jar.ask("POST", "/sign-in/begin", **typed, password="fel")
    assert "stämmer inte" in wrong.text
    done = jar.ask("POST", "/sign-in", email=case_worker.email, password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    other = jar.ask("POST", "/sign-in/begin", **typed, password=PASSWORD)
    assert (other.status_code, other.headers["location"]) == (303, "/account")
