"""Long lists of mailboxes and of their users, the last administrator, favourites, and mailboxes that come back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.cases.counts import MOST_SENDERS, MOST_SHOWN
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
LARGEST_PAGE = 100_000
"""Bytes."""


def _insert_many(organisation: SampleOrganisation, member: SampleUser, many: int) -> None:
    """Make mailboxes and memberships by SQL, as many as nobody would wait for."""
    organisation.rows(
        "INSERT INTO mailboxes (organisation_id, id, kind, name, description, created_at)"
        " SELECT :organisation, gen_random_uuid(), 'function', 'Enhet ' || lpad(n::text, 4, '0'),"
        " 'En enhet med en beskrivning som är ungefär så lång som de brukar vara', now()"
        " FROM generate_series(1, :many) AS n",
        organisation=organisation.id,
        many=many,
    )
    organisation.rows(
        "INSERT INTO memberships (organisation_id, mailbox_id, user_id)"
        " SELECT organisation_id, id, :member FROM mailboxes WHERE name LIKE 'Enhet %'",
        member=member.id,
    )
    _count_rows(organisation)


def _count_rows(organisation: SampleOrganisation) -> None:
    """Let the planner know how many rows there are, as autovacuum does; it takes the tables for empty otherwise."""
    with organisation.platform.database.owner() as owner, owner.begin() as connection:
        connection.execute(text("ANALYZE users, mailboxes, memberships"))


def _names(page: str) -> list[str]:
    return re.findall(r'<td class="name"><a href="[^"]+">([^<]+)</a>', page)


def _next(page: str) -> str:
    (url,) = re.findall(r'<a rel="next"\s+href="([^"]+)"', page)
    return str(url).replace("&amp;", "&")


@pytest.mark.feature("O14")
def test_three_thousand_mailboxes_are_a_page_at_a_time(
    admin: Any, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Fifty a page in the order of their names, found by a word, sorted by users; never more than 100 kB."""
    _insert_many(organisation, case_worker, 3000)
    first = admin.get("/mailboxes").text
    assert len(_names(first)) == 50
    assert len(first.encode()) < LARGEST_PAGE
    assert "1 till 50 av 3\N{NO-BREAK SPACE}002" in first
    second = admin.get(_next(first)).text
    assert _names(first)[-1] < _names(second)[0]
    assert _names(admin.get("/mailboxes?q=enhet+2999").text) == ["Enhet 2999"]
    assert _names(admin.get("/mailboxes?sort=-members").text)[0] == "Socialnämnden"
    assert _names(admin.get("/mailboxes?show=empty").text) == ["Byggnadsnämnden"]
    assert len(_names(admin.get("/mailboxes?show=headless").text)) == 50
    assert "Ingen brevlåda hittades" in admin.get("/mailboxes?q=finns+inte").text


@pytest.mark.feature("F1", "F3")
def test_a_member_of_very_many_mailboxes_has_a_short_navigation(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Some are shown, the others are a search away, and every page stays small."""
    _insert_many(organisation, case_worker, 3000)
    ada = browse(case_worker)
    page = ada.get(f"/m/{mailbox.id}").text
    assert len(page.encode()) < LARGEST_PAGE
    shown = set(re.findall(r'href="/m/([0-9a-f-]{36})"', page))
    assert len(shown) == MOST_SHOWN + 1
    assert str(mailbox.id) in shown
    assert "Alla 3\N{NO-BREAK SPACE}001 brevlådor" in page
    assert "Hantera funktionsbrevlådor" in page
    found = ada.get("/mailboxes?show=mine&q=enhet+2998").text
    assert re.findall(r'<td class="name"><a href="/m/[^"]+">([^<]+)</a>', found) == ["Enhet 2998"]
    written = ada.get("/compose").text
    assert len(written.encode()) < LARGEST_PAGE
    assert written.count("<option value=") >= MOST_SENDERS
    assert "Öppna en annan för att skriva från den." in written
    other = organisation.rows("SELECT id FROM mailboxes WHERE name = 'Enhet 2998'")[0].id
    assert f'<option value="{other}" selected>' in ada.get(f"/compose?mailbox={other}").text


@pytest.mark.feature("F1", "M4")
def test_a_message_is_written_from_any_of_one_s_mailboxes(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """All stand to choose from, though the navigation shows some; nothing is said of others."""
    _insert_many(organisation, case_worker, MOST_SHOWN + 10)
    written = browse(case_worker).get(f"/compose?mailbox={mailbox.id}").text
    rows = organisation.rows("SELECT id FROM mailboxes WHERE kind = 'function' AND name LIKE 'Enhet%'")
    assert len(rows) == MOST_SHOWN + 10
    assert all(f'<option value="{row.id}"' in written for row in rows)
    assert "fler brevlådor än" not in written


@pytest.mark.feature("F3")
def test_a_favourite_stays_in_the_navigation(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """One press on its star in the list, which leads back to the list; another one takes it away."""
    _insert_many(organisation, case_worker, MOST_SHOWN + 10)
    ada = browse(case_worker)
    (row,) = organisation.rows("SELECT id FROM mailboxes WHERE name = 'Enhet 0030'")
    in_navigation = f'href="/m/{row.id}"'
    assert in_navigation not in ada.get(f"/m/{mailbox.id}").text
    back = "/mailboxes?show=mine&q=0030"
    done = ada.post(f"/mailboxes/{row.id}/favourite", favourite="1", back=back)
    assert done.headers["location"] == back
    assert in_navigation in ada.get(f"/m/{mailbox.id}").text
    away = ada.post(f"/mailboxes/{row.id}/favourite", favourite="", back="https://annan.example/")
    assert away.headers["location"] == "/mailboxes?show=mine"
    assert in_navigation not in ada.get(f"/m/{mailbox.id}").text


@pytest.mark.feature("F5", "F11")
def test_the_users_of_a_mailbox_are_searched_and_paged(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Thousands of them: fifty a page, found by name or address, administrators first if asked for."""
    organisation.rows(
        "WITH made AS (INSERT INTO users (organisation_id, id, email, name, role, created_at)"
        " SELECT :organisation, gen_random_uuid(), 'p' || n || '@habo.example', 'Person ' || lpad(n::text, 4, '0'),"
        " 'user', now() FROM generate_series(1, 2000) AS n RETURNING id)"
        " INSERT INTO memberships (organisation_id, mailbox_id, user_id) SELECT :organisation, :mailbox, id FROM made",
        organisation=organisation.id,
        mailbox=mailbox.id,
    )
    _count_rows(organisation)
    cleo, url = browse(mailbox_administrator), f"/mailboxes/{mailbox.id}/users"
    page = cleo.get(url).text
    assert len(page.encode()) < LARGEST_PAGE
    assert page.count('name="user"') - page.count('type="hidden" name="user"') == 50
    assert "1 till 50 av 2\N{NO-BREAK SPACE}003" in page
    assert "Person 0047" in page
    assert "Person 0048" in cleo.get(_next(page)).text
    assert "Person 1999" in cleo.get(f"{url}?q=p1999@").text
    assert "Ingen användare hittades" in cleo.get(f"{url}?q=finns+inte").text
    by_role = cleo.get(f"{url}?sort=role").text
    assert by_role.index("Cleo Dahl") < by_role.index("Ada Ahl")
    assert "cleo<wbr>@habo" not in cleo.get(f"{url}?sort=-role").text
    asked = cleo.post(f"{url}/remove")
    assert "Kryssa för" in asked.text
    assert f"{url}?after=" in asked.text


@pytest.mark.feature("F11", "Q5")
@pytest.mark.parametrize("path", ["remove", "administrator"])
def test_the_last_administrator_does_not_go_unasked(
    browse: Callable[..., Any],
    platform: Platform,
    administrator: SampleUser,
    mailbox_administrator: SampleUser,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    path: str,
) -> None:
    """Neither by removal nor by becoming an ordinary user; with another administrator nothing is asked."""
    root, url = browse(administrator), f"/mailboxes/{mailbox.id}/users/{path}"
    sent = {"user": str(mailbox_administrator.id), "administrator": "0", "confirmed": "1"}

    def administers(user: SampleUser) -> bool:
        members = in_work(platform, administrator, mailboxes.members, mailbox.id)
        return any(member.administrator for member in members if member.user_id == user.id)

    asked = root.post(url, **sent)
    assert asked.status_code == 200
    assert 'name="headless" value="1"' in asked.text
    assert administers(mailbox_administrator)
    in_work(platform, administrator, mailboxes.set_administrator, mailbox.id, case_worker.id, administrator=True)
    assert root.post(url, **sent).status_code == 303
    assert not administers(mailbox_administrator)
    last = {**sent, "user": str(case_worker.id)}
    assert root.post(url, **last).status_code == 200
    assert root.post(url, **last, headless="1").status_code == 303
    assert not administers(case_worker)


@pytest.mark.feature("F8")
def test_a_deleted_mailbox_is_listed_and_restored(
    admin: Any,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
) -> None:
    """With the day on which it is destroyed; afterwards its page says that it is back."""
    in_work(organisation.platform, administrator, delete_mailbox, other_mailbox.id)
    page = admin.get("/mailboxes/deleted").text
    assert "Byggnadsnämnden" in page
    assert f"/mailboxes/{other_mailbox.id}/restore" in page
    done = admin.post(f"/mailboxes/{other_mailbox.id}/restore")
    assert done.headers["location"] == f"/mailboxes/{other_mailbox.id}?said=restored"
    assert "Brevlådan är återställd" in admin.get(done.headers["location"]).text
    assert admin.post(f"/mailboxes/{other_mailbox.id}/restore").status_code == 404
    in_work(organisation.platform, administrator, delete_mailbox, other_mailbox.id)
    in_work(organisation.platform, administrator, mailboxes.create_mailbox, "Byggnadsnämnden")
    refused = admin.post(f"/mailboxes/{other_mailbox.id}/restore")
    assert refused.status_code == 409
    assert "Byt namn på den först" in refused.text


def test_a_favourite_of_somebody_else_is_not_found(
    browse: Callable[..., Any], outsider: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The star marks one's own mailboxes alone."""
    assert browse(outsider).post(f"/mailboxes/{mailbox.id}/favourite", favourite="1").status_code == 404
