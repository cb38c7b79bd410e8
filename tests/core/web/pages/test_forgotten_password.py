"""A forgotten password: a link by mail, the choice of a new one, and what an onlooker learns of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.accounts.users import keep_password, update_user
from budkavle.identification import rate_limit
from budkavle.identification.account_secrets import GuessOrigin, check_password
from budkavle.identification.mail_links import new_passwords
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.notices import Notice, NoticeKind
from budkavle.model.people import User
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import do_job

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
JOB = f"outbox.{new_passwords.QUEUE}"
OLD, NEW = "en lång mening om vintern", "en annan mening om sommaren"
SAME_SITE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """What is sent by mail, by a notifier that takes everything."""
    sent: list[Notice] = []
    monkeypatch.setattr(new_passwords, "notice_kinds", lambda platform: frozenset({NoticeKind.MAIL}))
    monkeypatch.setattr(new_passwords, "notify", lambda work, notice: sent.append(notice))
    return sent


@pytest.fixture
def ada(organisation: SampleOrganisation) -> User:
    """Somebody who signs in with a password."""
    return organisation.add_user("Ada Ny", email="ada.ny@habo.example", password=OLD).user


@pytest.fixture
def guest(browse: Callable[..., Browser]) -> Browser:
    return browse(None)


def post(guest: Browser, path: str, **fields: str) -> Any:
    return guest.client.post(path, data=fields, headers=SAME_SITE, follow_redirects=False)


def ask(guest: Browser, email: str) -> Any:
    return post(guest, "/forgotten-password", email=email)


def link_for(guest: Browser, organisation: SampleOrganisation, mails: list[Notice], email: str) -> str:
    """Ask for a link and return its path."""
    assert ask(guest, email).status_code == 200
    do_job(organisation.platform, JOB)
    link = mails[-1].link
    assert link is not None
    return "/" + link.url.partition("://")[2].partition("/")[2]


def allow(organisation: SampleOrganisation, *, by_mail: bool) -> None:
    values = {"new_password_by_mail": by_mail}
    in_work(organisation.platform, organisation.administrator, write_settings, SignInSettings, values)


def has_password(platform: Platform, user: User, password: str) -> bool:
    return check_password(platform, user.email, password, GuessOrigin("192.0.2.7")).holder is not None


@pytest.mark.feature("O2")
def test_an_administrator_sends_a_link_and_sees_no_password(
    browse: Callable[..., Browser], organisation: SampleOrganisation, ada: User, mails: list[Notice]
) -> None:
    """The old password ends, and who has the link chooses the next; where links are off, one is shown."""
    platform = organisation.platform
    root, ada_in = browse(organisation.administrator, Loa.THREE), browse(ada)
    sheet = f"/organisation/users/{ada.id}"
    assert "Skicka en länk för nytt lösenord" in root.get(sheet).text
    answer = root.post(f"{sheet}/password")
    assert answer.status_code == 200
    assert "på väg till ada.ny@habo.example" in answer.text
    assert 'class="key"' not in answer.text
    assert not has_password(platform, ada, OLD)
    assert ada_in.get("/account").status_code != 200
    do_job(platform, JOB)
    (mail,) = mails
    link = mail.link
    assert link is not None
    path = "/" + link.url.partition("://")[2].partition("/")[2]
    assert path not in answer.text
    assert "En administratör" in mail.text
    assert timedelta(hours=23) < mail.expires_at - datetime.now(UTC) <= timedelta(hours=24)
    guest = browse(None)
    assert post(guest, path, password=NEW, again=NEW).status_code == 200
    assert has_password(platform, ada, NEW)
    assert post(guest, path, password=OLD, again=OLD).status_code == 404
    kinds = organisation.log_kinds()
    assert "user.password-link-sent" in kinds
    assert {"user.password-reset", "user.password-forgotten"}.isdisjoint(kinds)
    allow(organisation, by_mail=False)
    assert 'class="key"' in root.post(f"{sheet}/password").text


@pytest.mark.feature("O2")
def test_a_new_password_is_chosen_by_a_link_once(
    guest: Browser, organisation: SampleOrganisation, ada: User, mails: list[Notice]
) -> None:
    """Opening the link changes nothing; the choice ends every session, and the link."""
    platform = organisation.platform
    path = link_for(guest, organisation, mails, " Ada.Ny@Habo.example ")
    assert (mails[0].address, mails[0].about, mails[0].is_secret) == (ada.email, ada.id, True)
    assert path.rpartition("/")[2] not in mails[0].text
    for _ in range(2):
        page = guest.get(path)
        assert (page.status_code, page.headers["referrer-policy"]) == (200, "no-referrer")
        assert ada.name not in page.text
    assert has_password(platform, ada, OLD)
    for wrong in ({"password": NEW, "again": "annat"}, {"password": "kort", "again": "kort"}):
        assert post(guest, path, **wrong).status_code == 422
    done = post(guest, path, password=NEW, again=NEW)
    assert (done.status_code, "set-cookie" in done.headers and "budkavle=" in done.headers["set-cookie"]) == (
        200,
        False,
    )
    assert "Lösenordet är bytt" in done.text
    assert has_password(platform, ada, NEW)
    assert not has_password(platform, ada, OLD)
    assert (guest.get(path).status_code, post(guest, path, password=OLD, again=OLD).status_code) == (404, 404)
    assert {"user.password-forgotten", "user.password-set"} <= set(organisation.log_kinds())


def test_nobody_learns_which_accounts_there_are(
    guest: Browser, organisation: SampleOrganisation, ada: User, mails: list[Notice]
) -> None:
    """The answer is the same for an address without account, and for an account without password."""
    without = organisation.add_user("Bo Utan", email="bo.utan@habo.example").user
    in_work(organisation.platform, organisation.administrator, keep_password, without.id, None)
    answers = [ask(guest, email).text.replace(email, "") for email in (ada.email, without.email, "x@habo.example")]
    assert len({re.sub(r'nonce="[^"]*"', "", text) for text in answers}) == 1
    assert do_job(organisation.platform, JOB) == 3
    assert [mail.address for mail in mails] == [ada.email]
    assert organisation.log_kinds().count("user.password-forgotten") == 1


def test_a_link_that_is_too_old_or_changed_opens_nothing(
    guest: Browser, organisation: SampleOrganisation, ada: User, mails: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one of a closed account, nor one where the organisation has switched this off since."""
    path = link_for(guest, organisation, mails, ada.email)
    token = path.rpartition("/")[2]
    organisation_id, user_id, ends, seal = token.split(".")
    other = organisation.add_user("Eva Ny", email="eva.ny@habo.example", password=OLD).user
    for changed in (
        f"{organisation_id}.{user_id}.{int(ends) + 60}.{seal}",
        f"{organisation_id}.{other.id.hex}.{ends}.{seal}",
        f"{organisation_id}.{user_id}.{ends}.å",
        f"{organisation_id}.{user_id}.{'9' * 5000}.{seal}",
        "a.b.c",
        "",
    ):
        assert guest.get(f"/new-password/{changed}").status_code == 404
    assert guest.get(path).status_code == 200

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(minutes=31)

    with monkeypatch.context() as patch:
        patch.setattr(new_passwords, "datetime", Later)
        assert guest.get(path).status_code == 404
    allow(organisation, by_mail=False)
    assert guest.get(path).status_code == 404
    ask(guest, ada.email)
    do_job(organisation.platform, JOB)
    assert len(mails) == 1
    in_work(
        organisation.platform,
        organisation.administrator,
        write_settings,
        SignInSettings,
        {"new_password_by_mail": True},
    )
    assert guest.get(path).status_code == 200
    in_work(organisation.platform, organisation.administrator, update_user, ada.id, active=False)
    assert guest.get(path).status_code == 404
    with pytest.raises(NotFound):
        new_passwords.choose(organisation.platform, token, NEW)


def test_requests_are_limited_and_an_address_is_asked_for(
    guest: Browser, organisation: SampleOrganisation, ada: User, mails: list[Notice]
) -> None:
    """So nobody fills a mailbox with links."""
    assert "Skriv din e-postadress" in ask(guest, "ada").text
    answers = [ask(guest, ada.email).status_code for _ in range(7)]
    assert answers == [200] * 5 + [422] * 2
    do_job(organisation.platform, JOB)
    assert len(mails) == 5


def test_an_installation_without_organisations_takes_a_request(platform: Platform) -> None:
    """There is no account, and so nobody who gets a link."""
    new_passwords.request(platform, "ada@habo.example")
    assert do_job(platform, JOB) == 0


def test_without_mail_nothing_is_offered(guest: Browser, ada: User) -> None:
    """The sign-in page says nothing of it, and the page tells to ask an administrator."""
    assert "/forgotten-password" not in guest.get("/sign-in").text
    page = guest.get("/forgotten-password")
    assert page.status_code == 404
    assert "administratör" in page.text


def test_the_sign_in_page_leads_there(guest: Browser, ada: User, mails: list[Notice]) -> None:
    """Where a password is asked for."""
    assert 'href="/forgotten-password"' in guest.get("/sign-in").text
    assert "Skicka länken" in guest.get("/forgotten-password").text


def test_asking_for_links_shuts_nobody_out(
    guest: Browser, organisation: SampleOrganisation, ada: User, mails: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are asked for from an address, others there sign in; nor do failed tries stop a link."""
    few = rate_limit.Limit(3, timedelta(minutes=15))
    for name in ("PAIR", "ADDRESS", "NETWORK", "ACCOUNT"):
        monkeypatch.setattr(rate_limit, name, few)
    platform, here = organisation.platform, GuessOrigin("testclient")
    for number in range(6):
        ask(guest, f"x{number}@habo.example")
    assert ask(guest, ada.email).status_code == 422
    assert check_password(platform, ada.email, OLD, here).holder is not None
    other = organisation.add_user("Eva Ny", email="eva.ny@habo.example", password=OLD).user
    for number in range(6):
        check_password(platform, other.email, f"fel lösenord {number}", GuessOrigin("192.0.2.9"))
    assert rate_limit.may_ask(platform, "new password", other.email, "192.0.2.9")


def test_managers_know_each_field(
    guest: Browser, organisation: SampleOrganisation, mails: list[Notice], ada: User
) -> None:
    """Who a link is for, and that both passwords are new, is said to the browser; nothing refuses what is pasted."""
    allow(organisation, by_mail=True)
    assert 'autocomplete="username"' in guest.client.get("/forgotten-password").text
    page = guest.client.get(link_for(guest, organisation, mails, ada.email)).text
    fields = re.findall(r'<input[^>]*type="password"[^>]*>', page)
    assert [re.findall(r'autocomplete="([^"]*)"', field) for field in fields] == [["new-password"]] * 2
    assert "paste" not in page
