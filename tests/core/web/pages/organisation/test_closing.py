"""Closing an account hands its mailboxes over, and nobody loses the last administrator or their own rights unasked."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from budkavle.accounts import mailboxes, user_list, users
from budkavle.approvals import approve, list_approvals
from budkavle.cases import actions
from budkavle.identification import administration
from budkavle.model.errors import BudkavleError, Conflict, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.fixture
def root(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    return browse(administrator)


def url(user: SampleUser, deed: str) -> str:
    return f"/organisation/users/{user.id}/{deed}"


def members(organisation: SampleOrganisation, mailbox: FunctionMailbox) -> dict[str, bool]:
    found = in_work(organisation.platform, organisation.system, mailboxes.members, mailbox.id)
    return {member.name: member.administrator for member in found}


@pytest.mark.feature("O2")
def test_who_takes_over_gets_the_mailboxes_and_cases_are_let_go(
    organisation: SampleOrganisation,
    platform: Platform,
    mailbox: FunctionMailbox,
    mailbox_administrator: SampleUser,
    outsider: SampleUser,
    colleague: SampleUser,
    root: Browser,
) -> None:
    """One successor for all, and another for one mailbox; with the same rights as the closed account had."""
    leaving = mailbox_administrator
    other = organisation.add_mailbox("Elevhälsan", leaving)
    case_id = organisation.arrive()
    in_work(platform, leaving, actions.take, case_id)
    assert "Elevhälsan" in root.get(url(leaving, "close")).text
    typed = {"successor": outsider.email.upper(), f"successor.{other.id}": colleague.email}
    answer = root.post(url(leaving, "close"), **typed)
    assert answer.headers["location"].endswith("?said=closed")
    assert members(organisation, mailbox)[outsider.name] is True
    assert leaving.name not in members(organisation, mailbox)
    assert members(organisation, other) == {colleague.name: False}
    assert in_work(platform, outsider, actions.take, case_id).holder == outsider.name
    assert not in_work(platform, organisation.system, users.user, leaving.id).active


@pytest.mark.feature("O2")
def test_a_wrong_successor_closes_nothing(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    platform: Platform,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    outsider: SampleUser,
    root: Browser,
) -> None:
    in_work(platform, organisation.system, administration.close, outsider.id)
    for email in ("nobody@habo.example", other_organisation.case_worker.email, case_worker.email, outsider.email):
        refused = root.post(url(case_worker, "close"), successor=email)
        assert refused.status_code == 422
        assert "Ingen användare med ett öppet konto" in refused.text
    assert in_work(platform, organisation.system, users.user, case_worker.id).active
    assert case_worker.name in members(organisation, mailbox)


@pytest.mark.feature("O2")
def test_the_personal_inbox_takes_a_second_administrator(
    organisation: SampleOrganisation,
    platform: Platform,
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
    root: Browser,
) -> None:
    """Nobody reads it before another one has said yes; then for ninety days, without answering."""
    second = organisation.add_user("Andra Administratören", Role.ADMIN)
    refused = root.post(url(case_worker, "successor"), reader=colleague.email, reason="Slutat")
    assert refused.status_code == 422
    assert "Stäng det först" in refused.text
    root.post(url(case_worker, "close"))
    asked = root.post(url(case_worker, "successor"), reader=colleague.email, reason="Slutat")
    assert asked.headers["location"].endswith("?said=asked")
    with pytest.raises(NotFound):
        in_work(platform, colleague, mailboxes.mailbox, case_worker.personal_id)
    (request,) = in_work(platform, second, list_approvals)
    with pytest.raises(BudkavleError):
        in_work(platform, administrator, approve, request.id)
    in_work(platform, second, approve, request.id)
    do_job(platform, "outbox.budkavle.approved.budkavle")
    standing = in_work(platform, colleague, mailboxes.mailbox, case_worker.personal_id)
    assert (standing.member, standing.may_answer, standing.since) == (True, False, None)
    assert standing.until is not None
    assert "mailbox.successor-set" in organisation.log_kinds()


@pytest.mark.feature("OX5")
def test_own_rights_are_not_lost_unasked(
    organisation: SampleOrganisation, platform: Platform, administrator: SampleUser, root: Browser
) -> None:
    """A page says what one loses; only its button does it."""
    organisation.add_user("Andra Administratören", Role.ADMIN)
    for deed, fields in (("role", {"role": "user"}), ("close", {})):
        asked = root.post(url(administrator, deed), **fields)
        assert asked.status_code == 200
        assert "Du förlorar:" in asked.text
        found = in_work(platform, organisation.system, users.user, administrator.id)
        assert (found.role, found.active) == (Role.ADMIN, True)
    done = root.post(url(administrator, "role"), role="user", sure="1")
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert in_work(platform, organisation.system, users.user, administrator.id).role is Role.USER


@pytest.mark.feature("OX5")
@pytest.mark.parametrize("deed", ["close", "role"])
def test_two_administrators_at_once_leave_one(
    organisation: SampleOrganisation, platform: Platform, administrator: SampleUser, deed: str
) -> None:
    """Each takes the other's rights in a transaction of its own at the same moment; one of them is refused."""
    second = organisation.add_user("Andra Administratören", Role.ADMIN)
    start, ends = Barrier(2), []

    def take(actor: SampleUser, whose: SampleUser) -> None:
        start.wait()
        try:
            with platform.work(actor) as work:
                if deed == "close":
                    users.update_user(work, whose.id, active=False)
                else:
                    users.update_user(work, whose.id, role=Role.USER)
            ends.append("done")
        except Conflict:
            ends.append("refused")

    threads = [Thread(target=take, args=pair) for pair in ((administrator, second), (second, administrator))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "refused"]
    assert in_work(platform, organisation.system, user_list.count_users).administrators == 1


@pytest.mark.feature("OX5")
def test_the_sheet_says_who_the_last_administrator_is(
    organisation: SampleOrganisation, administrator: SampleUser, root: Browser
) -> None:
    page = root.get(f"/organisation/users/{administrator.id}").text
    assert "Organisationens enda administratör." in page
    refused = root.post(url(administrator, "close"))
    assert refused.status_code == 409
    organisation.add_user("Andra Administratören", Role.ADMIN)
    page = root.get(f"/organisation/users/{administrator.id}").text
    assert "Administratörer i organisationen: 2." in page


@pytest.mark.parametrize("deed", ["close", "successor"])
def test_only_administrators_of_the_organisation_close(
    browse: Callable[..., Browser],
    root: Browser,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    other_administrator: SampleUser,
    deed: str,
) -> None:
    for person in (case_worker, mailbox_administrator):
        assert browse(person).post(url(case_worker, deed)).status_code == 403
        assert browse(person).get(url(case_worker, "close")).status_code == 403
    assert root.post(url(other_administrator, deed)).status_code in {404, 422}
    assert root.get(url(other_administrator, "close")).status_code == 404
