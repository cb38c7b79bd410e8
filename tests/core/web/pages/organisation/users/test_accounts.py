"""Accounts are closed and opened, and roles given, by somebody who has just shown who they are."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text, update
from tests.core.web.pages.organisation.users.browsers import ANNA, EVA, PASSWORD, age, done, is_out, password, url

from budkavle.accounts import mailboxes
from budkavle.identification import administration, identities, sessions
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import NewIdentity
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.views.render import breakable

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


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
    assert breakable(case_worker.email) not in root.get("/organisation/users").text
    assert breakable(case_worker.email) in root.get("/organisation/users?state=closed").text
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
