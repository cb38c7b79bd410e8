"""One-time passwords: shown once, changed when they are used, and over after a day."""

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import text, update
from tests.core.web.pages.organisation.users.browsers import is_out, password, url

from budkavle.accounts import users
from budkavle.accounts.passwords import ONCE_FOR
from budkavle.identification import flow, second_factor
from budkavle.model.loa import Loa
from budkavle.plugins.protocols.identity_provider import Failed
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


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


@pytest.mark.parametrize("hours", [-48, 48])
def test_it_ends_by_the_clock_of_the_database(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: Any, hours: int
) -> None:
    """Whatever the clock of the host says."""
    wrong = type("Wrong", (datetime,), {"now": lambda zone=None: datetime.now(zone) + timedelta(hours=hours)})
    monkeypatch.setattr(users, "datetime", wrong)
    in_work(platform, organisation.system, users.keep_password, case_worker.id, "a b c d e", ONCE_FOR)
    user = in_work(platform, organisation.system, users.user, case_worker.id)
    assert not users.password_kept(platform, user).over
    organisation.rows("UPDATE users SET password_until = now() WHERE password_until IS NOT NULL")
    assert users.password_kept(platform, user).over


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
