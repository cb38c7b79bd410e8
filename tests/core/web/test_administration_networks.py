"""Administration opens from the networks that installation and organisation name; elsewhere its people are users."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shutil import copytree
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from litestar.types import Receive, Send
from msgspec.structs import replace
from structlog.testing import capture_logs
from tests.core.web.asking import PLUGINS, Ask, all_asks, ask

from budkavle.accounts import users
from budkavle.accounts.core_settings import AdministrationSettings, core_sections
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.measures.catalogue import OUTSIDE
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.app import behind, create_app

PROXY, OFFICE, HOME = "192.0.2.1", "10.1.4.7", "198.51.100.9"
NETWORKS = "10.1.0.0/16\n2001:db8:1::/48"
PATH = "/organisation/settings/budkavle.administration"
SENTENCE = "Administrationen öppnas bara från organisationens nätverk."


@dataclass
class Way:
    """Says who has connected, as the server does, and for whom, as a proxy does.

    Attributes:
        peer: Whose connection it is.
        address: The browser's address, as the peer tells it; empty where it tells none.
    """

    app: Any
    peer: str = PROXY
    address: str = OFFICE

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Pass on."""
        if "headers" in scope:
            told = [(b"x-forwarded-for", self.address.encode())] if self.address else []
            scope |= {"client": (self.peer, 4711), "headers": [*scope["headers"], *told]}
        await self.app(scope, receive, send)


@dataclass
class Web:
    """The application behind its proxy, and the browsers before it."""

    platform: Platform
    app: Litestar
    client: TestClient[Any]
    way: Way

    def browser(self, who: SampleUser, address: str = OFFICE) -> Browser:
        """Somebody's browser; from now on all are where this one is."""
        self.way.address = address
        return Browser(self.client, self.platform, who)


@pytest.fixture
def plugins() -> tuple[str, ...]:
    """The plugins that are on."""
    return ()


@pytest.fixture
def platform(
    budkavle_open: Callable[..., Platform],
    budkavle_settings: Settings,
    plugins: tuple[str, ...],
    request: pytest.FixtureRequest,
) -> Platform:
    """An installation behind a proxy that it trusts."""
    if "sdk" in plugins:
        copytree(request.getfixturevalue("federation_keys"), budkavle_settings.data / "plugins/sdk/federation/keys")
    return budkavle_open(enabled=plugins, trusted_proxies=(PROXY,))


@pytest.fixture
def web(platform: Platform) -> Iterator[Web]:
    """Its pages."""
    app = create_app(platform)
    way = Way(behind(app, platform.settings.trusted_proxies))
    served: Any = way
    with TestClient(served, base_url=platform.settings.base_url, raise_server_exceptions=False) as client:
        yield Web(platform, app, client, way)


@pytest.fixture
def limited(organisation: SampleOrganisation) -> SampleOrganisation:
    """The organisation, which has named its networks."""
    in_work(organisation.platform, organisation.system, write_settings, AdministrationSettings, {"networks": NETWORKS})
    return organisation


def of_installation(platform: Platform, *networks: str) -> None:
    platform.settings = replace(platform.settings, administration_networks=networks)


def statuses(browser: Browser, asks: list[Ask]) -> dict[Ask, tuple[int, str]]:
    """What each route answers, as status and page."""
    with capture_logs() as logged:
        answers = {one: ask(browser, one.method, one.path) for one in asks}
    assert [line for line in logged if line["event"] == "web.failed"] == []
    return {one: (answer.status_code, answer.text) for one, answer in answers.items()}


def opens(before: tuple[int, str], after: tuple[int, str]) -> bool:
    """Whether a route answers in another way than before, but by saying why it does not open."""
    return before[0] != after[0] and not (before[0] == 404 and after[0] == 403 and SENTENCE in after[1])


@pytest.mark.feature("ZS1")
@pytest.mark.parametrize("plugins", [PLUGINS])
def test_outside_an_administrator_reaches_what_a_user_does(
    web: Web, limited: SampleOrganisation, outsider: SampleUser, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Every route of core and plugins answers the installation's administrator, at home, as it answers a user."""
    asks = [one for one in all_asks(web.app, limited, case_worker, mailbox) if one.path != "/sign-out"]
    looks = [one for one in asks if one.method == "GET" and one.path != "/live"]
    forms = [one for one in asks if one.method == "POST"]
    as_user = statuses(web.browser(outsider), [*looks, *forms])
    in_work(limited.platform, limited.system, users.update_user, outsider.id, role=Role.PLATFORM)
    at_home = statuses(web.browser(outsider, HOME), [*looks, *forms])
    assert [(one, as_user[one][0], at_home[one][0]) for one in as_user if opens(as_user[one], at_home[one])] == []
    refused = [one for one in looks if as_user[one][0] in {403, 404}]
    opened = [one for one, (status, _) in statuses(web.browser(outsider, OFFICE), refused).items() if status == 200]
    assert len(opened) > 40
    assert [(one, at_home[one][0]) for one in opened if SENTENCE not in at_home[one][1]] == []


@pytest.mark.feature("ZS1")
@pytest.mark.parametrize(
    ("address", "status"),
    [(OFFICE, 200), ("2001:db8:1::7", 200), (HOME, 403), ("2001:db8:2::7", 403), ("", 403), ("kontoret", 403)],
)
def test_an_organisation_names_its_networks(
    web: Web, limited: SampleOrganisation, administrator: SampleUser, address: str, status: int
) -> None:
    """Its administrators get in from them, and from nowhere else; an address that is not known is none of theirs."""
    answer = web.browser(administrator, address).get("/organisation/users")
    assert answer.status_code == status
    assert (SENTENCE in answer.text) is (status == 403)


def test_without_networks_it_opens_from_everywhere(web: Web, administrator: SampleUser) -> None:
    """As it was before anybody named one."""
    assert web.browser(administrator, HOME).get("/organisation/users").status_code == 200
    assert web.browser(administrator, "").get("/organisation/users").status_code == 200


@pytest.mark.feature("ZS1")
def test_the_installation_and_the_organisation_must_both_agree(
    web: Web, limited: SampleOrganisation, administrator: SampleUser
) -> None:
    """What the settings file names holds in every organisation, and none goes beyond it."""
    of_installation(web.platform, "10.1.4.0/24", HOME)
    for address, status in ((OFFICE, 200), (HOME, 403), ("10.1.5.1", 403)):
        assert web.browser(administrator, address).get("/organisation").status_code == status, address
    in_work(web.platform, limited.system, write_settings, AdministrationSettings, None)
    assert web.browser(administrator, HOME).get("/organisation").status_code == 200
    assert web.browser(administrator, "10.1.5.1").get("/organisation").status_code == 403


def test_a_strangers_header_says_nothing(web: Web, limited: SampleOrganisation, administrator: SampleUser) -> None:
    """Only a proxy of ours tells for whom it asks; what a browser writes beside it counts for nothing."""
    browser = web.browser(administrator, OFFICE)
    web.way.peer = HOME
    assert browser.get("/organisation").status_code == 403
    web.way.peer, web.way.address = PROXY, f"{OFFICE}, {HOME}"
    assert browser.get("/organisation").status_code == 403
    web.way.address = OFFICE
    assert browser.get("/organisation").status_code == 200


@pytest.mark.feature("ZS4")
def test_a_refusal_is_an_entry_and_a_figure(
    web: Web, limited: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a minute for each person, whatever page it was; the menu goes on leading to the page that says why."""
    counted = list[tuple[str, ...]]()
    monkeypatch.setattr(OUTSIDE, "made", Counted(counted))
    browser = web.browser(administrator, HOME)
    for path in ("/organisation", "/organisation/users", "/events"):
        assert browser.get(path).status_code == 403
    (entry,) = [json.loads(line) for line in limited.log_entries("administration.refused")]
    assert (entry["thing"], entry["facts"]["path"]) == (str(administrator.id), "/organisation")
    assert HOME not in json.dumps(entry)
    assert limited.log_entries("page.refused") == []
    assert len(counted) == 3
    assert 'href="/organisation"' in browser.get("/account").text


class Counted:
    """Counts as Prometheus' client does."""

    def __init__(self, counted: list[tuple[str, ...]]) -> None:
        self.counted = counted

    def inc(self) -> None:
        """One more."""
        self.counted.append(())


@pytest.mark.feature("ZS1")
def test_nobody_closes_administration_to_themselves(
    web: Web, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """A form without the sender's own network is refused and names their address; nothing of it is stored."""
    browser = web.browser(administrator, OFFICE)
    answer = browser.post(PATH, networks="10.2.0.0/16")
    assert answer.status_code == 422
    assert f"din adress är {OFFICE}" in answer.text
    web.way.address, web.way.peer = "", "testclient"
    assert "inte att se vilken adress du kommer från" in browser.post(PATH, networks="10.2.0.0/16").text
    web.way.address, web.way.peer = OFFICE, PROXY
    assert "10.2.0.0/16" in answer.text  # what was typed stays
    assert kept(organisation) == ""
    assert "kontoret är varken en adress eller ett nätverk" in browser.post(PATH, networks="kontoret").text
    assert browser.post(PATH, networks=NETWORKS).status_code == 303
    assert kept(organisation) == NETWORKS
    assert browser.post(PATH, networks="").status_code == 303


def kept(organisation: SampleOrganisation) -> str:
    return in_work(organisation.platform, organisation.system, read_settings, AdministrationSettings).networks


@pytest.mark.parametrize(
    ("base_url", "proxies", "warns"),
    [("https://x.example", (), True), ("https://x.example", (PROXY,), False), ("http://x.example", (), False)],
)
def test_the_page_warns_where_addresses_are_not_known(
    budkavle_settings: Settings, base_url: str, proxies: tuple[str, ...], warns: bool
) -> None:
    """With https and no trusted proxy everybody has the proxy's address, and a limit would hold nobody."""
    settings = replace(budkavle_settings, base_url=base_url, trusted_proxies=proxies)
    (section,) = [one for one in core_sections(settings) if one.type is AdministrationSettings]
    assert ("alla ser ut att komma från samma adress" in section.help) is warns


def test_a_mailboxs_own_administrator_is_held_by_no_network(
    web: Web, limited: SampleOrganisation, mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Members of a mailbox are work of every day, not administration of the organisation."""
    browser = web.browser(mailbox_administrator, HOME)
    assert browser.get(f"/mailboxes/{mailbox.id}/settings").status_code == 200
    assert browser.get("/organisation").status_code == 403
    assert "Det här får bara organisationens administratörer göra" in browser.get("/organisation").text
