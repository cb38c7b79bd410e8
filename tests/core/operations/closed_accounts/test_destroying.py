"""What a closed account keeps of its person is destroyed after the organisation's days; the name stays."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.core.operations.closed_accounts.closed import account, closed_since

from budkavle.accounts import preferences, search_users, user_list, users
from budkavle.accounts.closed_accounts.due import last_day
from budkavle.accounts.closed_accounts.refusing import DESTROYED
from budkavle.accounts.closed_accounts.settings import ClosedAccountSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions
from budkavle.identification import administration, identities
from budkavle.identification.identities import PERSONNUMMER
from budkavle.identification.mail_links import invitations
from budkavle.messaging import case_view, saved_drafts
from budkavle.model.errors import Conflict
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import NewIdentity
from budkavle.model.times import ZONE
from budkavle.operations import Destroyed, clock
from budkavle.operations.closed_accounts import destroying
from budkavle.operations.destruction import CLEAN_UP
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Work
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

NUMBER = "191212121212"
Close = Callable[[SampleUser, float], None]
LEFT = """
SELECT (SELECT count(*) FROM identities WHERE user_id = :id) + (SELECT count(*) FROM kept_drafts WHERE user_id = :id)
    + (SELECT count(*) FROM notice_choices WHERE user_id = :id) + (SELECT count(*) FROM reads WHERE user_id = :id)
    + (SELECT count(*) FROM memberships WHERE user_id = :id AND mailbox_id <> :own) AS n
"""


def left(organisation: SampleOrganisation, user: SampleUser) -> int:
    """Return how many rows there are that are only the person's."""
    return int(organisation.rows(LEFT, id=user.id, own=user.personal_id)[0].n)


def invited(organisation: SampleOrganisation, user: SampleUser, ends: datetime) -> None:
    """Let there be an invitation that nobody has used."""
    organisation.rows(
        "INSERT INTO invitations (organisation_id, user_id, hash, sent_at, expires_at)"
        " VALUES (:organisation, :id, 'x', now(), :ends)"
        " ON CONFLICT (organisation_id, user_id) DO UPDATE SET expires_at = :ends",
        organisation=organisation.id,
        id=user.id,
        ends=ends,
    )


@pytest.fixture
def used(organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox) -> SampleUser:
    """A case worker who has signed in, chosen, read and written."""
    platform, system = organisation.platform, organisation.system
    case_id = organisation.arrive("Begäran")
    in_work(platform, case_worker, actions.take, case_id)
    in_work(platform, case_worker, actions.mark_read, case_id)
    in_work(platform, case_worker, preferences.prefer, "signature", "Hälsningar Kim")
    in_work(platform, case_worker, saved_drafts.save, uuid4(), {"subject": ["Hej"], "mailbox": [str(mailbox.id)]})
    in_work(platform, system, administration.set_personnummer, case_worker.id, NUMBER)
    in_work(platform, case_worker, identities.link, NewIdentity("totp", "app", "Min telefon", b"secret", "Kim"))
    organisation.rows(
        "INSERT INTO notice_choices (organisation_id, mailbox_id, user_id, way, pace)"
        " VALUES (:organisation, :mailbox, :id, 'mail', 'daily')",
        organisation=organisation.id,
        mailbox=mailbox.id,
        id=case_worker.id,
    )
    return case_worker


@pytest.mark.feature("O2", "Y6")
def test_all_that_is_only_the_persons_goes_and_the_name_stays(
    organisation: SampleOrganisation, used: SampleUser, administrator: SampleUser, close: Close, told: list[Destroyed]
) -> None:
    """From the core at once, and from plugins by the outbox; who did what is still known by name."""
    platform, email, slots = organisation.platform, used.email, "SELECT count(*) AS n FROM doomed_slots"
    close(used, 367)
    assert left(organisation, used) > 5
    doomed = organisation.rows(slots)[0].n
    assert destroying.destroy_old(platform) == 1
    assert destroying.destroy_old(platform) == 0
    row = account(organisation, used)
    assert left(organisation, used) == 0
    assert (row.password_hash, row.preferences, row.name, row.active) == (None, {}, used.name, False)
    assert email not in str(row)
    assert organisation.rows(slots)[0].n > doomed, "the draft's key is still there"
    do_job(platform, f"outbox.{CLEAN_UP}keeper")
    assert [destroyed.user_ids for destroyed in told] == [(used.id,)]
    names = in_work(platform, administrator, user_list.names_of, [used.id])
    assert names == {used.id: used.name}
    assert in_work(platform, administrator, users.user, used.id).email == ""
    (box,) = organisation.rows("SELECT name, owner_id FROM mailboxes WHERE id = :id", id=used.personal_id)
    assert (box.name, box.owner_id) == (used.name, used.id)


@pytest.mark.feature("O2")
def test_an_account_that_fails_holds_up_no_other(
    organisation: SampleOrganisation,
    used: SampleUser,
    colleague: SampleUser,
    close: Close,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stays whole, the job says that it has failed, and the next run tries it again."""
    close(used, 368)
    close(colleague, 367)
    forget = destroying.forget_notices

    def fails(work: Work, user_ids: list[UUID]) -> None:
        if used.id in user_ids:
            raise LookupError
        forget(work, user_ids)

    before = left(organisation, used)
    with monkeypatch.context() as patch:
        patch.setattr(destroying, "forget_notices", fails)
        with pytest.raises(LookupError):
            destroying.destroy_old(organisation.platform)
    assert (left(organisation, used), left(organisation, colleague)) == (before, 0)
    assert destroying.destroy_old(organisation.platform) == 1
    assert left(organisation, used) == 0


@pytest.mark.feature("O2", "L1")
def test_the_event_log_says_so_without_what_was_destroyed(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """The entry names the account; and the log is whole."""
    email = used.email
    close(used, 367)
    destroying.destroy_old(organisation.platform)
    (entry,) = organisation.log_entries("user.destroyed")
    assert str(used.id) in entry
    assert email not in entry
    assert NUMBER not in entry
    assert json.loads(entry)["facts"] == {}
    assert verify(organisation.platform.database, organisation.platform.vault, organisation.id) is not None


@pytest.mark.parametrize(("days", "goes"), [(365, False), (366, True)])
def test_it_goes_the_night_after_the_last_day(
    organisation: SampleOrganisation, used: SampleUser, close: Close, days: int, goes: bool
) -> None:
    """By the calendar in Sweden: the whole last day it can be opened again."""
    close(used, 0)
    noon = datetime.combine(datetime.now(ZONE).date(), time(12), ZONE)
    closed_since(organisation, used, noon - timedelta(days=days))
    assert destroying.destroy_due(organisation.platform, noon) == int(goes)
    assert (last_day(noon - timedelta(days=days), 365) < noon.date()) is goes


@pytest.mark.feature("O2")
def test_it_never_opens_again_and_takes_nothing_new(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """Neither by an administrator, an invitation, a number nor a password; what to do is said."""
    platform, system = organisation.platform, organisation.system
    close(used, 367)
    destroying.destroy_old(platform)
    destroyed = in_work(platform, system, users.user, used.id)
    for act, *more in (
        (administration.reopen, used.id),
        (administration.set_personnummer, used.id, NUMBER),
        (administration.change_role, used.id, "admin"),
        (users.set_password, used.id, "fyra helt olika saker"),
        (invitations.invite, destroyed),
    ):
        with pytest.raises(Conflict, match=DESTROYED[:40]):
            in_work(platform, system, act, *more)
    with pytest.raises(IntegrityError, match="stays closed"):  # as the last release would, beside this one
        organisation.rows("UPDATE users SET active = true WHERE id = :id", id=used.id)
    assert left(organisation, used) == 0


@pytest.mark.feature("O2")
def test_who_comes_back_gets_a_new_account(organisation: SampleOrganisation, used: SampleUser, close: Close) -> None:
    """The address and the number are free; nobody finds the old account by them, or chooses it in a list."""
    platform, system, email = organisation.platform, organisation.system, used.email
    close(used, 367)
    destroying.destroy_old(platform)
    again = in_work(platform, system, users.create_user, email=email, name=used.name)
    in_work(platform, system, administration.set_personnummer, again.id, NUMBER)
    with_the_name = in_work(platform, system, search_users, used.name)
    assert [user.id for user in with_the_name] == [again.id]
    assert [user.id for user in identities.accounts(platform, PERSONNUMMER, NUMBER)] == [again.id]
    assert in_work(platform, system, administration.find_by_email, email).id == again.id


def test_an_account_that_was_opened_again_counts_anew(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """Opening forgets when it was closed; the next closing is a new one."""
    platform, system = organisation.platform, organisation.system
    close(used, 367)
    in_work(platform, system, administration.reopen, used.id)
    assert account(organisation, used).closed_at is None
    assert destroying.destroy_old(platform) == 0
    in_work(platform, system, administration.close, used.id)
    assert account(organisation, used).closed_at > datetime.now(UTC) - timedelta(hours=1)
    assert destroying.destroy_old(platform) == 0
    assert left(organisation, used) > 0


def test_an_invited_account_stays_until_its_invitation_is_withdrawn(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """It counts from when the job sees it, where it was never open."""
    platform = organisation.platform
    close(used, 367)
    invited(organisation, used, datetime.now(UTC))
    assert destroying.destroy_old(platform) == 0
    organisation.rows("UPDATE users SET closed_at = NULL WHERE id = :id", id=used.id)
    in_work(platform, organisation.system, invitations.withdraw, used.id)
    assert destroying.destroy_old(platform) == 0
    assert account(organisation, used).closed_at is not None


@pytest.mark.parametrize(("days", "goes"), [(365, False), (366, True)])
def test_an_invitation_that_nobody_used_keeps_an_account_no_longer_than_others(
    organisation: SampleOrganisation, used: SampleUser, close: Close, days: int, goes: bool
) -> None:
    """The days count from its end too, and it goes with the rest."""
    noon = datetime.combine(datetime.now(ZONE).date(), time(12), ZONE)
    close(used, 900)
    invited(organisation, used, noon - timedelta(days=days))
    assert destroying.destroy_due(organisation.platform, noon) == int(goes)
    assert len(organisation.rows("SELECT 1 FROM invitations WHERE user_id = :id", id=used.id)) == int(not goes)


def test_the_days_of_an_account_that_never_opened_count_from_the_end_of_its_invitation(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """The job notes it."""
    close(used, 0)
    for ends, is_counted in ((datetime.now(UTC) + timedelta(days=1), False), (datetime.now(UTC), True)):
        organisation.rows("UPDATE users SET closed_at = NULL WHERE id = :id", id=used.id)
        invited(organisation, used, ends)
        destroying.destroy_old(organisation.platform)
        assert (account(organisation, used).closed_at is not None) is is_counted


def test_the_organisations_number_holds_from_the_night_after_it_was_chosen(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """So that it can be taken back the same day; the change is in the event log."""
    platform = organisation.platform
    close(used, 40)
    in_work(platform, organisation.system, write_settings, ClosedAccountSettings, {"retention_days": 30})
    assert destroying.destroy_old(platform) == 0
    organisation.rows("UPDATE settings SET changed_at = changed_at - interval '2 days'")
    assert destroying.destroy_old(platform) == 1
    assert "settings.changed" in organisation.log_kinds()


def test_nothing_goes_while_the_clock_is_doubted(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """A clock that has run ahead destroys nothing."""
    platform = organisation.platform
    close(used, 367)
    assert clock.believed_now(platform) is not None
    back = "UPDATE clocks SET booted_at = booted_at - interval '3 days', believed_at = believed_at - interval '3 days'"
    with platform.database.transaction(None) as connection:
        connection.execute(text(back))
    assert destroying.destroy_old(platform) == 0
    clock.believe(platform)
    assert destroying.destroy_old(platform) == 1


def test_what_a_restored_database_brings_back_is_destroyed_anew(
    organisation: SampleOrganisation, used: SampleUser, close: Close
) -> None:
    """When it was closed lies in the same row, so the job finds it due again."""
    platform, email = organisation.platform, used.email
    close(used, 367)
    (row,) = organisation.rows("SELECT row_to_json(i)::text AS row FROM identities i WHERE provider = 'totp'")
    assert destroying.destroy_old(platform) == 1
    back = "UPDATE users SET email = :email, destroyed_at = NULL WHERE id = :id"
    organisation.rows(back, email=email, id=used.id)
    organisation.rows("INSERT INTO identities SELECT * FROM json_populate_record(NULL::identities, :row)", row=row.row)
    assert left(organisation, used) == 1
    assert destroying.destroy_old(platform) == 1
    assert left(organisation, used) == 0
    assert account(organisation, used).email != email


def test_a_case_that_the_person_has_taken_part_in_is_read_as_before(
    organisation: SampleOrganisation, used: SampleUser, colleague: SampleUser, close: Close
) -> None:
    """Its history names the person."""
    (case,) = organisation.cases(colleague)
    close(used, 367)
    destroying.destroy_old(organisation.platform)
    view = in_work(organisation.platform, colleague, case_view.case, case.id)
    assert used.name in str(view)
