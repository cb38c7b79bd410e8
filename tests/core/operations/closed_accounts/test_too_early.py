"""Nothing goes while somebody waits for the person, or because a clock went back; what stops is in the event log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.core.mailer import Mailer
from tests.core.operations.closed_accounts.closed import account, closed_since

from budkavle.accounts import delegations, users
from budkavle.identification import administration
from budkavle.messaging.later import sends
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.messages import Address, Draft
from budkavle.operations import clock
from budkavle.operations.closed_accounts import destroying
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

Close = Callable[[SampleUser, float], None]
TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")


@pytest.fixture
def organisation(build_organisation: Callable[..., SampleOrganisation]) -> SampleOrganisation:
    """An organisation whose installation sends mail."""
    return build_organisation(notifiers=(Mailer(),))


@pytest.fixture
def closed(organisation: SampleOrganisation) -> SampleUser:
    """Somebody whose account was closed so long ago that it is due."""
    user = organisation.add_user("Nina Ek")
    in_work(organisation.platform, organisation.system, administration.close, user.id)
    closed_since(organisation, user, datetime.now(UTC) - timedelta(days=367))
    return user


@pytest.mark.parametrize("end", ["withdrawn", "restored"])
def test_an_account_whose_invitation_ends_counts_anew(
    organisation: SampleOrganisation, closed: SampleUser, end: str
) -> None:
    """Its person was asked back: the days since the first closing have not passed since anybody wanted it closed."""
    platform, system = organisation.platform, organisation.system
    in_work(platform, system, administration.invite_again, closed.id)
    if end == "withdrawn":
        in_work(platform, system, administration.withdraw_invitation, closed.id)
    else:
        organisation.rows("DELETE FROM invitations WHERE user_id = :id RETURNING 1", id=closed.id)
    assert destroying.destroy_old(platform) == 0
    row = account(organisation, closed)
    assert row.closed_at > datetime.now(UTC) - timedelta(hours=1)
    assert row.destroyed_at is None


def test_an_invitation_writes_the_accounts_row(organisation: SampleOrganisation, closed: SampleUser) -> None:
    """So that the job, where it is just about to hold the account, sees that it is due no longer."""
    before = organisation.rows("SELECT xmin::text AS x FROM users WHERE id = :id", id=closed.id)
    in_work(organisation.platform, organisation.system, administration.invite_again, closed.id)
    assert organisation.rows("SELECT xmin::text AS x FROM users WHERE id = :id", id=closed.id) != before


@pytest.mark.parametrize("how", ["closed", "found"])
def test_a_clock_that_went_back_makes_no_account_older(organisation: SampleOrganisation, how: str) -> None:
    """An account that is closed meanwhile counts from the last moment that was believed, as messages do."""
    platform, user = organisation.platform, organisation.case_worker
    clock.believe(platform)
    with platform.database.transaction(None) as connection:
        ahead = "UPDATE clocks SET believed_at = believed_at + interval '500 days' RETURNING believed_at"
        believed = connection.execute(text(ahead)).scalar_one()
    in_work(platform, organisation.system, administration.close, user.id)
    if how == "found":
        organisation.rows("UPDATE users SET closed_at = NULL WHERE id = :id RETURNING 1", id=user.id)
        assert destroying.destroy_due(platform, believed) == 0
    assert account(organisation, user).closed_at == believed


def test_what_waited_for_its_time_and_whose_inboxes_were_read_is_in_the_event_log(
    organisation: SampleOrganisation,
) -> None:
    """A directory closes an account and lets it keep both; neither vanishes without a word."""
    platform, user, box = organisation.platform, organisation.case_worker, organisation.mailbox.id
    soon, saved = datetime.now(UTC) + timedelta(days=100), SavedForm(uuid4(), {"mailbox": [str(box)]})
    in_work(platform, user, sends.send_later, box, Draft((TO,), "Kallelse", "Hej"), soon, saved)
    in_work(platform, organisation.colleague, delegations.delegate, user.id, datetime.now(UTC) + timedelta(days=3))
    in_work(platform, organisation.system, users.update_user, user.id, active=False)  # as a directory does
    closed_since(organisation, user, datetime.now(UTC) - timedelta(days=367))
    assert destroying.destroy_old(platform) == 1
    (stopped,) = organisation.log_entries("message.not_scheduled")
    assert str(box) in stopped
    (ended,) = organisation.log_entries("delegation.ended")
    assert str(user.id) in ended
    assert str(organisation.colleague.personal_id) in ended
