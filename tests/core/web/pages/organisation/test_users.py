"""The page of a user, for administrators: closing, roles, one-time passwords, and what waits to be confirmed."""

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import select, text, update

from budkavle.accounts import mailboxes, users
from budkavle.accounts.passwords import ONCE_FOR
from budkavle.identification import (
    account_methods,
    administration,
    flow,
    identities,
    providers,
    second_factor,
    sessions,
)
from budkavle.model.errors import NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import NewIdentity, User
from budkavle.plugins.protocols.identity_provider import Failed, ProviderTraits
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
ANNA, EVA = "199001012385", "198108222384"
PASSWORD = "en lång mening om vintern"


SURE = ProviderTraits(Loa.THREE, asserts_personnummer=True)


@pytest.fixture
def eid(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way to level 3 beside the password."""
    own, made = providers.providers, FakeIdentityProvider(name="eid", label="E-legitimation", traits=SURE)
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), "eid": made})


@pytest.fixture
def root(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    """The administrator's browser, at level 3."""
    return sure(browse, administrator)


def sure(browse: Callable[..., Browser], user: User) -> Browser:
    """A browser in which somebody has just shown who they are, at level 3."""
    made = browse(user)
    platform = made.client.app.state.platform
    made.cookie = sessions.start(platform, flow.SignedIn(user, Loa.THREE, "eid", "/"))
    made.csrf = sessions.find(platform, made.cookie).csrf
    return made


def url(user: User, deed: str = "") -> str:
    return f"/organisation/users/{user.id}" + (f"/{deed}" if deed else "")


def done(answer: Any) -> str:
    """What the page says after a redirect that saved something."""
    assert answer.status_code == 303, answer.text
    where: str = answer.headers["location"]
    return where.partition("?said=")[2]


def age(organisation: SampleOrganisation, browser: Browser) -> None:
    """Let it be twenty minutes since the browser's user showed who they are."""
    ago = tables.sessions.c.identified_at - text("interval '20 minutes'")
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.sessions).values(identified_at=ago))


def is_out(organisation: SampleOrganisation, browser: Browser) -> bool:
    try:
        sessions.find(organisation.platform, browser.cookie)
    except NotSignedIn:
        return True
    return False


LIST = "/organisation/users"
DEEDS = ("personnummer", "role", "password", "end-sessions", "close", "open", "methods/{}/remove", "methods/{}/confirm")


@pytest.mark.parametrize("deed", DEEDS)
def test_it_takes_the_highest_level_and_a_fresh_identification(
    eid: None,
    browse: Callable[..., Browser],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    root: Browser,
    deed: str,
) -> None:
    """A password does not do where there is an e-identification, and one of twenty minutes ago does not either."""
    system = system_actor(organisation.id)
    in_work(platform, system, administration.set_personnummer, case_worker.id, ANNA)
    (one,) = in_work(platform, case_worker, identities.linked)
    path = url(case_worker, deed.format(one.id))
    low = browse(administrator)
    with platform.database.transaction(organisation.id) as connection:
        before = connection.execute(select(tables.users).order_by(tables.users.c.id)).all()
    age(organisation, root)
    for browser in (low, root):
        led = browser.post(path, personnummer=EVA, role="admin")
        assert led.status_code == 303
        assert led.headers["location"].startswith("/step-up?loa=3")
        page = browser.get(url(case_worker)).text
        assert "Innan du ändrar kontot" in page
        assert 'method="post"' not in page.split("<main")[1].split("</main")[0]
    with platform.database.transaction(organisation.id) as connection:
        assert connection.execute(select(tables.users).order_by(tables.users.c.id)).all() == before
    assert in_work(platform, case_worker, identities.linked) == [one]


def test_where_there_is_only_the_password_it_is_enough(
    browse: Callable[..., Browser], organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Nobody is locked out where no way gives more; but it has to be fresh."""
    low = browse(administrator)
    assert done(low.post(url(case_worker, "end-sessions"))) == "ended"
    age(organisation, low)
    for path in (url(case_worker, "end-sessions"), "/organisation/methods"):
        assert low.post(path, login_methods=["password"]).headers["location"].startswith("/step-up?loa=2")


@pytest.mark.feature("O2")
def test_an_account_is_closed_and_opened(
    browse: Callable[..., Browser],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    root: Browser,
) -> None:
    """At once: its sessions end and nobody signs in; what it was and had is there when it is opened again."""
    ada, elsewhere = browse(case_worker), browse(case_worker)
    assert done(root.post(url(case_worker, "close"))) == "closed"
    assert is_out(organisation, ada)
    assert password(organisation, case_worker).signed_in is None
    assert case_worker.email not in root.get("/organisation/users").text
    assert case_worker.email in root.get("/organisation/users?state=closed").text
    assert "Öppna kontot igen" in root.get(url(case_worker)).text
    assert done(root.post(url(case_worker, "open"))) == "opened"
    assert is_out(organisation, elsewhere), "what has ended does not come back"
    assert password(organisation, case_worker).signed_in is not None
    names = [one.name for one in in_work(platform, administrator, mailboxes.members, mailbox.id)]
    assert case_worker.name in names
    assert "Kontot för Ada Ahl öppnades igen" in root.get("/events").text


@pytest.mark.feature("Q3")
def test_roles_and_the_last_administrator(
    browse: Callable[..., Browser], administrator: SampleUser, case_worker: SampleUser, root: Browser
) -> None:
    """A role holds at once; the last administrator neither closes nor demotes themselves, and nobody gives more."""
    for deed in ("close", "role"):
        refused = root.post(url(administrator, deed), role="user")
        assert refused.status_code == 409
        assert "minst en administratör" in refused.text
    assert root.post(url(case_worker, "role"), role="platform").status_code == 403
    assert root.post(url(case_worker, "role"), role="king").status_code == 422
    ada = browse(case_worker)
    assert ada.get("/organisation").status_code == 403
    assert done(root.post(url(case_worker, "role"), role="admin")) == "role"
    assert ada.get("/organisation").status_code == 200
    assert done(root.post(url(administrator, "role"), role="user", sure="1")) == ""
    assert root.get("/organisation").status_code == 403


@pytest.mark.feature("O2")
def test_a_one_time_password_is_shown_once_and_changed_when_it_is_used(
    browse: Callable[..., Browser],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    root: Browser,
) -> None:
    """It signs the user out, opens nothing by itself, and is worth nothing once another has been chosen."""
    ada = browse(case_worker)
    given = one_time(root.post(url(case_worker, "password")))
    assert is_out(organisation, ada)
    assert given not in root.get(url(case_worker)).text
    assert password(organisation, case_worker).signed_in is None, "the old one is gone"
    turn = password(organisation, case_worker, given)
    assert turn.signed_in is None
    for typed, fault in (
        ({"password": "kort", "again": "kort"}, "tecken"),
        ({"password": "en ny lång mening", "again": "en annan"}, "två gånger"),
        ({"password": given, "again": given}, "annat lösenord"),
    ):
        turn = flow.advance(platform, turn.flow, "b", typed)
        assert turn.signed_in is None
        assert any(fault in one.error for one in turn.step.fields)  # type: ignore[union-attr]
    new = "en ny lång mening "
    turn = flow.advance(platform, turn.flow, "b", {"password": new, "again": new})
    assert turn.signed_in is not None
    assert turn.signed_in.loa is Loa.TWO
    assert password(organisation, case_worker, given).signed_in is None
    assert password(organisation, case_worker, new).signed_in is not None


def test_a_one_time_password_ends(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, root: Browser
) -> None:
    """After a day, and when another has been given meanwhile: an open flow does not bring the first one back."""
    first = one_time(root.post(url(case_worker, "password")))
    turn = password(organisation, case_worker, first)
    second = one_time(root.post(url(case_worker, "password")))
    new = "en ny lång mening"
    late = flow.advance(platform, turn.flow, "b", {"password": new, "again": new})
    assert late.signed_in is None
    assert password(organisation, case_worker, new).signed_in is None
    with platform.database.transaction(organisation.id) as connection:
        past = tables.users.c.password_until - text("interval '25 hours'")
        connection.execute(update(tables.users).values(password_until=past))
    over = password(organisation, case_worker, second)
    assert "gäller inte längre" in over.step.message  # type: ignore[union-attr]


@pytest.mark.feature("ZS1")
def test_the_sheet_says_when_an_invitation_or_a_one_time_password_ends(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, root: Browser
) -> None:
    """Until when it holds, and afterwards that it is over; of an account that has neither, nothing."""
    in_work(organisation.platform, organisation.system, users.keep_password, case_worker.id, "a b c d e", ONCE_FOR)
    in_work(organisation.platform, organisation.system, users.update_user, colleague.id, active=False)
    row = "INSERT INTO invitations VALUES (:home, :user, 'x', NULL, now(), now() + interval '7 days')"
    organisation.rows(row, home=organisation.id, user=colleague.id)
    assert "Engångslösenord, gäller till" in root.get(url(case_worker)).text
    assert "inbjudan gäller till" in root.get(url(colleague)).text
    organisation.rows("UPDATE users SET password_until = now() WHERE password_until IS NOT NULL")
    organisation.rows("UPDATE invitations SET expires_at = now()")
    assert "Engångslösenordet gick ut" in root.get(url(case_worker)).text
    assert "inbjudan gick ut" in root.get(url(colleague)).text
    organisation.rows("UPDATE users SET password_until = NULL WHERE password_until IS NOT NULL")
    assert "Engångslösenord" not in root.get(url(case_worker)).text.partition("Ge ett engångslösenord")[0]


def test_a_thief_between_password_and_code_is_thrown_out_too(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, root: Browser
) -> None:
    """Whoever knew the old password does not get to choose the new one."""
    key = second_factor.new_key()
    second_factor.switch_on(platform, case_worker.user, key, pyotp.TOTP(key).now())
    codes = in_work(platform, case_worker, second_factor.make_recovery_codes, case_worker.user)
    thief = password(organisation, case_worker)
    given = one_time(root.post(url(case_worker, "password")))
    turn = flow.advance(platform, thief.flow, "b", {"code": codes[0]})
    assert isinstance(turn.step, Failed)
    turn = password(organisation, case_worker, given)
    turn = flow.advance(platform, turn.flow, "b", {"code": codes[1]})
    new = "en ny lång mening"
    assert flow.advance(platform, turn.flow, "b", {"password": new, "again": new}).signed_in is not None


def test_a_browser_goes_through_the_change(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser, root: Browser
) -> None:
    """The page asks for the new password in place of letting in, and spaces in it count."""
    given = one_time(root.post(url(case_worker, "password")))
    jar = Jar(browse(None))
    page = jar.post("/sign-in/begin", way="password", email=case_worker.email, password=given)
    assert "Välj ett eget" in page.text
    assert page.text.count('autocomplete="new-password"') == 2
    answer = jar.post("/sign-in", password=" en ny lång mening ", again=" en ny lång mening ")
    assert answer.status_code == 303, answer.text
    assert password(organisation, case_worker, " en ny lång mening ").signed_in is not None


def test_what_waits_is_listed_and_confirmed(
    eid: None, browse: Callable[..., Browser], platform: Platform, case_worker: SampleUser, root: Browser
) -> None:
    """With the name that the identification says; the person sees it too, and the way is worth more afterwards."""
    actor = case_worker.at(Loa.TWO)
    in_work(
        platform,
        actor,
        identities.link,
        NewIdentity(identities.PERSONNUMMER, EVA, "E-legitimation", name="Eva Testdotter"),
    )
    assert "Ada Ahl" in root.get("/organisation/users").text.split('class="list-search"')[0]
    page = root.get(url(case_worker)).text
    assert "Eva Testdotter" in page
    assert "namnet skiljer sig" in page
    assert "Räknas som tillitsnivå 2" in page
    assert "Räknas som tillitsnivå 2" in browse(case_worker).get("/account/methods").text
    (one,) = in_work(platform, actor, identities.linked)
    assert done(root.post(url(case_worker, f"methods/{one.id}/confirm"))) == "confirmed"
    assert "Bekräfta" not in root.get(url(case_worker)).text.split("<main")[1]
    assert 'class="list-search"' in root.get("/organisation/users").text
    assert "Väntar på bekräftelse" not in root.get("/organisation/users").text
    assert in_work(platform, actor, account_methods.reaching, Loa.THREE).linked != []


@pytest.mark.feature("O2", "OX1")
def test_many_that_wait_are_confirmed_at_once(
    eid: None,
    browse: Callable[..., Browser],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    administrator: SampleUser,
    root: Browser,
) -> None:
    """Those that are ticked, all or none; what the administrator has entered has no box, and a low level no button."""
    waiting = f"{LIST}/waiting"

    def form(page: str) -> str:
        return page.partition('action="/organisation/users/waiting"')[2].partition("</form>")[0]

    for person, number in ((case_worker, EVA), (colleague, ANNA)):
        in_work(platform, person.at(Loa.TWO), identities.link, NewIdentity(identities.PERSONNUMMER, number, "E-leg"))
    other = organisation.outsider
    in_work(platform, administrator.at(Loa.THREE), administration.set_personnummer, other.id, "19121212-1212")
    page = root.get(waiting).text
    boxes = re.findall(r'name="method" value="([^"]+)"', page)
    assert len(boxes) == 2
    assert form(page).count(" checked") == 0
    assert form(root.get(f"{waiting}?tick=1").text).count(" checked") == 2
    in_work(platform, administrator.at(Loa.TWO), identities.link, NewIdentity(identities.PERSONNUMMER, "1", "E-leg"))
    left = root.get(waiting).text.partition("Väntar på en annan administratör")
    assert all(f"{person.name}, {person.email}" in left[2] for person in (other, administrator))
    assert f"{administrator.name}, {administrator.email}" not in left[0]
    low = browse(administrator)
    assert "Bekräfta de förkryssade" not in low.get(waiting).text
    assert "Bekräfta de förkryssade" in page
    assert low.post(waiting, method=boxes).headers["location"].startswith("/step-up?loa=3")
    assert browse(case_worker).get(waiting).status_code == 403
    assert browse(case_worker).post(waiting, method=boxes).status_code == 403
    assert root.post(waiting).status_code == 422
    (own,) = in_work(platform, other, identities.linked)
    assert root.post(waiting, method=[*boxes, str(own.id)]).status_code == 403
    assert root.post(waiting, method=[*boxes, str(uuid4())]).status_code == 409
    stale = sure(browse, administrator)
    age(organisation, stale)
    assert stale.post(waiting, method=boxes).headers["location"].startswith("/step-up?loa=3")
    assert organisation.log_kinds().count("user.method-confirmed") == 0
    root = sure(browse, administrator)
    assert root.post(waiting, method=boxes).headers["location"] == f"{LIST}?said=many-confirmed"
    assert organisation.log_kinds().count("user.method-confirmed") == 2
    assert re.findall(r'name="method"', root.get(waiting).text) == []


def test_the_person_sees_a_number_that_waits_on_every_page(
    eid: None,
    browse: Callable[..., Browser],
    platform: Platform,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    root: Browser,
) -> None:
    """Wherever they are: a line leads to where it can be taken away, which they can before it opens anything."""
    ada = browse(case_worker)
    assert "Kontrollera ditt konto" not in ada.get("/").text + ada.get("/account").text
    assert done(root.post(url(case_worker, "personnummer"), personnummer=ANNA, reason="Visade körkort")) == "saved"
    for path in (f"/m/{mailbox.id}", "/account", "/compose"):
        assert "Kontrollera ditt konto" in ada.get(path).text
    assert "börjar gälla" in ada.get("/account/methods").text
    assert "En annan administratör kan bekräfta det" in root.get(url(case_worker)).text
    (one,) = in_work(platform, case_worker, identities.linked)
    assert root.post(url(case_worker, f"methods/{one.id}/confirm")).status_code == 403
    assert done(ada.post(f"/account/methods/{one.id}/remove")) == "removed"
    assert in_work(platform, case_worker, identities.linked) == []


@pytest.mark.feature("ZS12")
def test_a_number_is_entered_with_a_reason(
    eid: None, organisation: SampleOrganisation, platform: Platform, case_worker: SampleUser, root: Browser
) -> None:
    """Without one nothing is stored; it stands in the event log, where whoever looks afterwards finds why."""
    for reason in ("", "   "):
        refused = root.post(url(case_worker, "personnummer"), personnummer=ANNA, reason=reason)
        assert refused.status_code == 422
        assert 'id="reason-error"' in refused.text
        assert "vilken legitimation du har sett" in refused.text
        assert f'value="{ANNA}"' in refused.text, "the number is not typed twice"
    assert in_work(platform, case_worker, identities.linked) == []
    assert done(root.post(url(case_worker, "personnummer"), personnummer=ANNA, reason="Visade körkort")) == "saved"
    (entry,) = organisation.log_entries("user.number-set")
    assert '"reason":"Visade körkort"' in entry
    assert "Visade körkort" in root.get("/events").text


def test_a_rise_in_level_offers_no_linking(
    eid: None, browse: Callable[..., Browser], platform: Platform, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Neither where nothing is linked nor where it is not confirmed; it says whom to ask."""
    ada, root = browse(case_worker), browse(administrator)
    page = ada.get("/step-up?loa=3&next=/account").text
    assert "skriva in ditt personnummer" in page
    assert "/account/methods" not in page.split("<main")[1]
    assert "<form" not in page.split("<main")[1].split("</main")[0]
    assert "budkavle user personnummer" in root.get("/step-up?loa=3&next=/account").text
    in_work(
        platform,
        case_worker.at(Loa.TWO),
        identities.link,
        NewIdentity(identities.PERSONNUMMER, EVA, "E-legitimation"),
    )
    assert "ingen har bekräftat att den är din" in ada.get("/step-up?loa=3&next=/account").text


def test_changing_how_one_signs_in_makes_nobody_fresh(
    browse: Callable[..., Browser], platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Whoever has found an open browser does not keep it open for changes by making some."""
    ada = browse(case_worker)
    identity_id = in_work(platform, case_worker.at(Loa.TWO), identities.link, NewIdentity("away", "s", "Borta"))
    ago = tables.sessions.c.identified_at - text("interval '10 minutes'")
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.sessions).values(identified_at=ago))
    before = sessions.find(platform, ada.cookie).identified_at
    for path, typed in (
        (f"/account/methods/{identity_id}/remove", {}),
        ("/account/password", {"old": PASSWORD, "password": "en ny lång mening", "again": "en ny lång mening"}),
    ):
        answer = ada.post(path, **typed)
        assert answer.status_code == 303, answer.text
        ada.cookie = answer.headers["set-cookie"].partition("budkavle=")[2].partition(";")[0].strip('"')
        found = sessions.find(platform, ada.cookie)
        assert found.identified_at == before
        ada.csrf = found.csrf


def password(organisation: SampleOrganisation, user: User, word: str = PASSWORD) -> flow.Turn:
    begun = flow.begin(organisation.platform, "password", "b", hints={"ip": "192.0.2.1"})
    return flow.advance(organisation.platform, begun.flow, "b", {"email": user.email, "password": word})


def one_time(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    found = re.search(r'<code class="key">([^<]+)</code>', answer.text)
    assert found
    return html.unescape(found[1])


class Jar:
    """A browser of nobody, with its cookies."""

    def __init__(self, browser: Browser) -> None:
        self.client, self.cookies = browser.client, dict[str, str]()

    def post(self, path: str, **fields: str) -> Any:
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.client.cookies.clear()
        answer = self.client.post(path, data=fields, headers=headers, follow_redirects=False)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer
