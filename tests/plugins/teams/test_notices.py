"""Activity notices: who is told, what Microsoft gets to know, and what happens when it refuses."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from tests.docs.api_fields import check_fields
from tests.plugins.teams.conftest import BASE, Browser, section

from budkavle import FunctionMailbox, Loa, Platform, Role, SystemActor
from budkavle.accounts import write_settings
from budkavle.cases.member_news.choices import choose
from budkavle.identification import NewIdentity, link_identity
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sessions import start
from budkavle.model.notices import Pace
from budkavle.testing import SampleOrganisation, SampleUser, system_actor
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import SettingsSectionContract
from budkavle.testing.working import do_job
from budkavle.web.app import create_app
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_teams.app_package import manifest
from budkavle_teams.deep_links import case_page, page_path
from budkavle_teams.notices.section import ActivityNotices
from budkavle_teams.simulator.graph import ActivityGraph

PATH = "/plugin/teams/notices"
CATALOG = "11111111-aaaa-4bbb-8ccc-222222222222"


@dataclass
class Noticed:
    """An installation whose organisation has switched notices on; Anna and Bo are members of Registrator."""

    platform: Platform
    organisation: SampleOrganisation
    entra: Entra
    graph: ActivityGraph
    anna: SampleUser
    bo: SampleUser
    mailbox: FunctionMailbox
    client: TestClient[Any]

    def link(self, user: SampleUser, name: str) -> None:
        """Link somebody's account in Teams."""
        subject = f"{self.entra.tenant}.{self.entra.people[name]}"
        in_work(self.platform, user.at(Loa.TWO), link_identity, NewIdentity("teams", subject, "Microsoft Teams"))

    def inside(self, user: SampleUser, name: str) -> Browser:
        """Open the app in Teams as somebody who is linked."""
        browser = Browser(TestClient(app=self.client.app, base_url=BASE))
        browser.enter(self.entra.token(self.entra.people[name]))
        return browser

    def outside(self, user: SampleUser) -> Browser:
        """Sign somebody in outside of Teams."""
        browser = Browser(TestClient(app=self.client.app, base_url=BASE))
        browser.cookies["__Host-budkavle"] = start(self.platform, SignedIn(user.user, Loa.TWO, "password", "/"))
        return browser

    def choose(self, user: SampleUser, name: str, *mailboxes: UUID) -> None:
        """Let Teams tell somebody, inside Teams, of these mailboxes at once."""
        self.link(user, name)
        browser = self.inside(user, name)
        csrf = browser.field(browser.get(PATH), "csrf")
        fields = {"csrf": csrf, "token": self.entra.token(self.entra.people[name])}
        assert browser.post(PATH, fields).headers["location"] == f"{PATH}?said=on"
        chosen = {mailbox: {"teams": Pace.AT_ONCE} for mailbox in mailboxes}
        in_work(self.platform, user, choose, chosen, None)
        do_job(self.platform, "core.member-news")

    def tell(self) -> int:
        """Send what is due."""
        do_job(self.platform, "core.member-news")
        return do_job(self.platform, "outbox.teams.activities")

    def feed(self, name: str) -> list[dict[str, Any]]:
        """What somebody sees in Teams under Aktivitet."""
        return self.graph.feed.get(self.entra.people[name], [])

    def faults(self) -> list[str]:
        """Why notices have not come through."""
        return [row.fault for row in self.organisation.rows("SELECT fault FROM teams_people ORDER BY user_id")]


@pytest.fixture
def entra(tenant: Entra) -> Entra:
    """The tenant, with Anna and Bo."""
    tenant.status, tenant.asked, tenant.keys = 200, 0, tenant.keys[:1]
    tenant.people = {"anna": str(uuid4()), "bo": str(uuid4())}
    return tenant


@pytest.fixture
def noticed(budkavle_open: Callable[..., Platform], entra: Entra) -> Iterator[Noticed]:
    """The installation, with Graph beside it."""
    with ActivityGraph(entra, {}).serving() as graph:
        plugins = section(entra)
        plugins["teams"]["graph_url"] = graph.url
        platform = budkavle_open(enabled=("teams",), base_url=BASE, plugins=plugins, private_addresses=("127.0.0.0/8",))
        host = platform.plugins.host("teams")
        graph.manifest = manifest(BASE, host.settings.tenants[0], "Habo kommun")
        graph.installed = set(entra.people.values())
        organisation = SampleOrganisation.create(platform, "Habo kommun")
        admin = organisation.add_user("Eva", Role.ADMIN, email="eva@habo.example")
        anna, bo = (organisation.add_user(name, email=f"{name.lower()}@habo.example") for name in ("Anna", "Bo"))
        mailbox = organisation.add_mailbox("Registrator", anna, bo)
        values = {"on": True, "client_secret": entra.client_secret, "catalog_id": CATALOG}
        in_work(platform, admin, write_settings, ActivityNotices, values)
        with TestClient(app=create_app(platform), base_url=BASE) as client:
            yield Noticed(platform, organisation, entra, graph, anna, bo, mailbox, client)


def test_nobody_is_told_who_has_not_chosen(noticed: Noticed) -> None:
    """Quiet by default, also for those who let Teams tell them; and who has chosen it but has not let Teams."""
    noticed.choose(noticed.anna, "anna")
    in_work(noticed.platform, noticed.bo, choose, {noticed.mailbox.id: {"teams": Pace.AT_ONCE}}, None)
    do_job(noticed.platform, "core.member-news")
    noticed.organisation.arrive("Orosanmälan")
    assert noticed.tell() == 0
    assert noticed.graph.asked == 0


@pytest.mark.feature("C1", "M3")
def test_who_has_chosen_is_told_where_and_never_what(noticed: Noticed) -> None:
    """The mailbox's name and that it is new; a link that opens the case; nothing of the message goes to Microsoft."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    case_id = noticed.organisation.arrive("Orosanmälan Kalle")
    noticed.tell()
    (told,) = noticed.feed("anna")
    check_fields("Activity notice", told)
    assert told["topic"]["value"] == "Nytt meddelande i Registrator"
    assert told["templateParameters"] == [{"name": "news", "value": "Nytt meddelande i Registrator"}]
    link = urlsplit(told["topic"]["webUrl"])
    assert link.path == f"/l/entity/{CATALOG}/messages"
    page = json.loads(parse_qs(link.query)["context"][0])["subEntityId"]
    assert page == case_page(case_id)
    assert page_path(page) == f"/c/{case_id}"
    assert not any(word in json.dumps(told) for word in ("Orosanmälan", "Kalle", "Region"))
    assert noticed.feed("bo") == []


def test_a_later_notice_of_a_case_takes_the_first_ones_place(noticed: Noticed) -> None:
    """One line for each case; of several cases at once one line, which leads to the mailbox."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    for _ in range(2):
        noticed.organisation.arrive(conversation_id="samma")
        noticed.tell()
    assert len(noticed.feed("anna")) == 1
    for subject in ("Ett", "Två"):
        noticed.organisation.arrive(subject)
    noticed.tell()
    told = noticed.feed("anna")[-1]
    assert told["topic"]["value"] == "Nya meddelanden i Registrator: 2"
    page = json.loads(parse_qs(urlsplit(told["topic"]["webUrl"]).query)["context"][0])["subEntityId"]
    assert page_path(page) == f"/m/{noticed.mailbox.id}"


def test_who_may_not_open_the_mailbox_any_more_is_not_told(noticed: Noticed) -> None:
    """Neither who has left it, nor who has unlinked the account, nor who has a closed account."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    noticed.choose(noticed.bo, "bo", noticed.mailbox.id)
    noticed.organisation.arrive()
    do_job(noticed.platform, "core.member-news")
    noticed.organisation.rows("DELETE FROM memberships WHERE user_id = :id", id=noticed.anna.id)
    noticed.organisation.rows("DELETE FROM identities WHERE user_id = :id", id=noticed.bo.id)
    assert do_job(noticed.platform, "outbox.teams.activities") == 2
    assert noticed.organisation.rows("SELECT 1 FROM outbox WHERE queue = 'teams.activities'") == [], "nor later"
    assert noticed.graph.asked == 0


def test_microsoft_that_is_busy_is_asked_again_when_it_says(noticed: Noticed) -> None:
    """By `Retry-After`, and not before; the notice comes then."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    noticed.organisation.arrive()
    noticed.graph.status, noticed.graph.retry_after = 429, "120"
    noticed.tell()
    (row,) = noticed.organisation.rows(
        "SELECT attempt, extract(epoch FROM due_at - now()) AS pause FROM outbox WHERE queue = 'teams.activities'"
    )
    assert 100 < row.pause <= 121
    noticed.graph.status = 0
    assert noticed.tell() == 0, "not before its time"
    noticed.organisation.rows("UPDATE outbox SET due_at = now()")
    noticed.tell()
    assert len(noticed.feed("anna")) == 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("not-installed", "inte installerad hos dig"), ("no-consent", "saknar behörighet"), ("denied", "hemlighet")],
)
def test_a_refusal_is_told_on_the_page_and_in_health_and_not_tried_again(
    noticed: Noticed, capsys: pytest.CaptureFixture[str], fault: str, sentence: str
) -> None:
    """Each with what to do; the log has the reason as a word."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    noticed.organisation.arrive("Orosanmälan")
    if fault == "not-installed":
        noticed.graph.installed = set()
    elif fault == "no-consent":
        noticed.graph.consent = False
    else:
        noticed.entra.app_tokens.clear()
        noticed.entra.client_secret = "en annan"
    noticed.tell()
    assert noticed.faults() == [fault]
    assert noticed.organisation.rows("SELECT 1 FROM outbox WHERE queue = 'teams.activities'") == []
    assert sentence in noticed.outside(noticed.anna).get(PATH, Browser.TOP).text
    checked = noticed.platform.plugins.health_checks["teams.tenants"].check(noticed.organisation.id)
    assert [(each.ok, each.notable, bool(each.remedy)) for each in checked] == [  # type: ignore[union-attr]
        (fault == "not-installed", fault == "not-installed", True)
    ]


def test_a_refusal_is_forgotten_when_a_notice_comes_through(noticed: Noticed) -> None:
    """The page and health say that all is well again."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    noticed.graph.installed = set()
    noticed.organisation.arrive()
    noticed.tell()
    noticed.graph.installed = set(noticed.entra.people.values())
    noticed.organisation.arrive()
    noticed.tell()
    assert noticed.faults() == [""]
    assert "kom fram" in noticed.outside(noticed.anna).get(PATH, Browser.TOP).text


def test_nothing_is_asked_for_where_the_organisation_has_it_off(noticed: Noticed) -> None:
    """Switched off again, the page is gone, and what waits is not sent."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    noticed.organisation.arrive()
    do_job(noticed.platform, "core.member-news")
    admin = noticed.organisation.add_user("Ulla", Role.ADMIN, email="ulla@habo.example")
    in_work(noticed.platform, admin, write_settings, ActivityNotices, {"on": False})
    noticed.tell()
    noticed.organisation.arrive()
    noticed.tell()
    assert noticed.graph.asked == 0
    assert noticed.outside(noticed.anna).get(PATH, Browser.TOP).status_code == 404


def test_one_lets_teams_tell_inside_teams(noticed: Noticed) -> None:
    """Outside nobody knows which account in Teams it is; what is typed there by hand is refused."""
    noticed.link(noticed.anna, "anna")
    browser = noticed.outside(noticed.anna)
    page = browser.get(PATH, Browser.TOP).text
    assert "https://teams.microsoft.com/l/entity/" in page
    assert 'name="token"' not in page
    assert "Låt Teams avisera dig först" in browser.get("/account/notices", Browser.TOP).text
    csrf = browser.field(browser.get("/account", Browser.TOP), "csrf")
    assert browser.post(PATH, {"csrf": csrf}, Browser.TOP).status_code == 422
    assert noticed.organisation.rows("SELECT 1 FROM teams_people") == []


def test_a_statement_about_somebody_else_is_refused(noticed: Noticed) -> None:
    """Anna's page with Bo's token, and with a forged one: nothing of it is kept."""
    noticed.link(noticed.anna, "anna")
    noticed.link(noticed.bo, "bo")
    browser = noticed.inside(noticed.anna, "anna")
    csrf = browser.field(browser.get(PATH), "csrf")
    mine = noticed.entra.token(noticed.entra.people["anna"])
    for token in (noticed.entra.token(noticed.entra.people["bo"]), mine[:-6] + "AAAAAA"):
        assert browser.post(PATH, {"csrf": csrf, "token": token}).status_code == 422
    assert noticed.organisation.rows("SELECT 1 FROM teams_people") == []


def test_who_ends_it_is_forgotten(noticed: Noticed) -> None:
    """The account in Teams is kept sealed only as long as it is needed, and both are in the event log."""
    noticed.choose(noticed.anna, "anna", noticed.mailbox.id)
    (row,) = noticed.organisation.rows("SELECT sealed FROM teams_people")
    assert noticed.entra.people["anna"].encode() not in bytes(row.sealed)
    browser = noticed.outside(noticed.anna)
    csrf = browser.field(browser.get(PATH, Browser.TOP), "csrf")
    assert browser.post(PATH, {"csrf": csrf, "end": "1"}, Browser.TOP).status_code == 303
    assert noticed.organisation.rows("SELECT 1 FROM teams_people") == []
    noticed.organisation.arrive()
    assert noticed.tell() == 0
    kinds = [kind for kind in noticed.organisation.log_kinds() if kind.startswith("teams.")]
    assert kinds == ["teams.notices-on", "teams.notices-off"]


def test_a_cases_link_is_for_those_who_may_read_it(noticed: Noticed) -> None:
    """A colleague without the mailbox, and an unknown case, find nothing; the link says no number and no subject."""
    case_id = noticed.organisation.arrive("Orosanmälan")
    stranger = noticed.organisation.add_user("Kim", email="kim@habo.example")
    path = f"/plugin/teams/case-link/{case_id}"
    page = noticed.outside(noticed.anna).get(path, Browser.TOP)
    assert page.status_code == 200
    assert f"https://teams.microsoft.com/l/entity/{CATALOG}/messages" in page.text
    assert "Orosanmälan" not in page.text
    assert noticed.outside(stranger).get(path, Browser.TOP).status_code == 404
    assert noticed.outside(noticed.anna).get(f"/plugin/teams/case-link/{uuid4()}", Browser.TOP).status_code == 404
    assert f'href="{path}"' in noticed.outside(noticed.anna).get(f"/c/{case_id}", Browser.TOP).text


@pytest.mark.parametrize(
    ("page", "path"),
    [("case-" + "0" * 32, "/c/00000000-0000-0000-0000-000000000000"), ("notices", PATH), ("//evil.example", "/")],
)
def test_a_deep_link_leads_to_pages_of_ours_and_nowhere_else(noticed: Noticed, page: str, path: str) -> None:
    """A name that is none of ours is the inbox."""
    browser = noticed.outside(noticed.anna)
    answer = browser.get(f"/plugin/teams/teams/to/{page.replace('/', '%2F')}")
    assert answer.status_code in {303, 404}
    assert answer.headers.get("location", "/") == path


class TestActivityNotices(SettingsSectionContract):
    """What an organisation decides."""

    @pytest.fixture
    def platform(self, budkavle_open: Callable[..., Platform], entra: Entra) -> Platform:
        """An installation where the contract's organisation has the tenant."""
        return budkavle_open(enabled=("teams",), base_url=BASE, plugins=section(entra, organisations=["orten"]))

    @pytest.fixture
    def administrator(self, platform: Platform) -> SystemActor:
        """Somebody who may change it, in the organisation of the tenant."""
        return system_actor(SampleOrganisation.create(platform, "Orten").id)

    @pytest.fixture
    def section(self, platform: Platform) -> Any:
        """The section."""
        return platform.plugins.settings_sections["teams.notices"]

    @pytest.fixture
    def changes(self) -> dict[str, object]:
        """Other values."""
        return {"on": True, "client_secret": "hemligt", "catalog_id": CATALOG}

    @pytest.fixture
    def wrong(self) -> dict[str, object]:
        """Values that are refused."""
        return {"catalog_id": "budkavle"}
