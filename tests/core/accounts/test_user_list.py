"""The list of an organisation's users: searched, filtered, sorted, and only the organisation's own."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from budkavle.accounts.user_list import (
    AccountState,
    LastSeen,
    UserFilter,
    UserSort,
    count_users,
    find_listed,
    list_users,
    names_of,
)
from budkavle.cases import mailbox_deletion
from budkavle.identification import flow, identities, rate_limit, sessions
from budkavle.model.errors import Forbidden
from budkavle.model.loa import Loa
from budkavle.model.people import NewIdentity, Role
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def listed(organisation: SampleOrganisation, chosen: UserFilter | None = None, **how: Any) -> list[str]:
    page = in_work(organisation.platform, organisation.administrator, list_users, chosen or UserFilter(), **how)
    assert page.total == len(page.users)
    return [listed.user.name for listed in page.users]


def change(organisation: SampleOrganisation, user: SampleUser, values: str) -> None:
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text(f"UPDATE users SET {values} WHERE id = :id"), {"id": user.id})


def test_search_goes_by_name_address_and_mailbox(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    eva = organisation.add_user("Eva Åström-Ek")
    other_organisation.add_user("Eva Andersson")
    organisation.add_mailbox("Elevhälsan 100%", eva)
    for words in ("eva", "ÅSTRÖM", "ek eva", eva.email.partition("@")[0], "elevhälsan", "100%"):
        assert "Eva Åström-Ek" in listed(organisation, UserFilter(words)), words
        assert "Eva Andersson" not in listed(organisation, UserFilter(words))
    assert listed(organisation, UserFilter("eva zz")) == []
    assert listed(organisation, UserFilter("elev_")) == []


def test_filters_by_role_way_state_and_last_sign_in(organisation: SampleOrganisation) -> None:
    ada, bo, cleo = organisation.case_worker, organisation.colleague, organisation.outsider
    platform = organisation.platform
    in_work(platform, ada, identities.link, NewIdentity("eid", "1", "E-legitimation"))
    sessions.start(platform, flow.SignedIn(ada.user, Loa.TWO, "eid", "/"))
    change(organisation, bo, "signed_in_at = now() - interval '100 days'")
    change(organisation, cleo, "active = false")
    assert listed(organisation, UserFilter(role=Role.ADMIN)) == [organisation.administrator.name]
    assert listed(organisation, UserFilter(way="eid")) == [ada.name]
    assert listed(organisation, UserFilter(states=frozenset({AccountState.CLOSED}))) == [cleo.name]
    assert listed(organisation, UserFilter(seen=LastSeen.WEEK)) == [ada.name]
    assert listed(organisation, UserFilter(seen=LastSeen.OLDER)) == [bo.name]
    assert not {ada.name, bo.name} & set(listed(organisation, UserFilter(seen=LastSeen.NEVER)))


@pytest.mark.parametrize("sort", list(UserSort))
def test_each_order_has_its_opposite(organisation: SampleOrganisation, sort: UserSort) -> None:
    change(organisation, organisation.colleague, "signed_in_at = now()")
    rising = listed(organisation, sort=sort)
    assert listed(organisation, sort=sort, descending=True) == rising[::-1]
    assert len(rising) == 5
    if sort is UserSort.LAST:
        assert rising[-1] == organisation.colleague.name


def test_a_row_says_what_stands_in_other_tables(organisation: SampleOrganisation) -> None:
    ada = organisation.case_worker
    in_work(organisation.platform, ada, identities.link, NewIdentity("eid", "1", "E-legitimation"))
    organisation.add_mailbox("Elevhälsan", ada)
    gone = organisation.add_mailbox("Elevhälsan, gamla", ada)
    in_work(organisation.platform, organisation.administrator, mailbox_deletion.delete_mailbox, gone.id)
    row = in_work(organisation.platform, organisation.administrator, find_listed, ada.id)
    assert row is not None
    assert (row.user.name, row.state, row.mailboxes, list(row.ways)) == (ada.name, AccountState.OPEN, 2, ["eid"])
    assert row.signed_in_at is None


def test_too_many_wrong_tries_show_until_somebody_gets_in(organisation: SampleOrganisation) -> None:
    ada, platform = organisation.case_worker, organisation.platform
    for _ in range(rate_limit.PAIR.failures):
        assert rate_limit.begin(platform, ada.email, "192.0.2.1")
    assert listed(organisation, UserFilter(states=frozenset({AccountState.BLOCKED}))) == []
    assert not rate_limit.begin(platform, ada.email, "192.0.2.1")
    assert not rate_limit.begin(platform, ada.email, "192.0.2.1")
    assert listed(organisation, UserFilter(states=frozenset({AccountState.BLOCKED}))) == [ada.name]
    row = in_work(platform, organisation.administrator, find_listed, ada.id)
    assert row is not None
    assert row.blocked_until is not None
    assert row.blocked_until > datetime.now(UTC)
    rate_limit.succeeded(platform, ada.email, "192.0.2.1")
    assert listed(organisation, UserFilter(states=frozenset({AccountState.BLOCKED}))) == []


def test_counts_and_names(organisation: SampleOrganisation, other_organisation: SampleOrganisation) -> None:
    ada, eve = organisation.case_worker, other_organisation.case_worker
    change(organisation, organisation.outsider, "active = false")
    counts = in_work(organisation.platform, organisation.administrator, count_users)
    assert (counts.open, counts.blocked, counts.invited, counts.closed, counts.administrators) == (4, 0, 0, 1, 1)
    names = in_work(organisation.platform, organisation.administrator, names_of, [ada.id, eve.id])
    assert names == {ada.id: ada.name}
    assert in_work(organisation.platform, organisation.administrator, find_listed, eve.id) is None


@pytest.mark.parametrize(("function", "values"), [(list_users, (UserFilter(),)), (count_users, ()), (names_of, ([],))])
def test_only_administrators_see_all(organisation: SampleOrganisation, function: Any, values: Any) -> None:
    with pytest.raises(Forbidden):
        in_work(organisation.platform, organisation.mailbox_administrator, function, *values)
