"""Messages disappear after the days of their mailbox or organisation: which, when, and what is left of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions, mailbox_deletion
from budkavle.messaging import case_view
from budkavle.model.errors import NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import File
from budkavle.model.people import Actor
from budkavle.model.times import ZONE
from budkavle.operations import clock, message_retention
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PDF = File("a.pdf", "application/pdf", b"%PDF-1.7")


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Sequence[Any]:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def keep_days(
    organisation: SampleOrganisation, actor: Actor, days: int | None, mailbox: FunctionMailbox | None = None
) -> None:
    """Choose a number of days, some days ago."""
    changes = None if days is None else {"retention_days": days}
    settings_type = MailboxMessageSettings if mailbox else MessageSettings
    mailbox_id = mailbox.id if mailbox else None
    in_work(organisation.platform, actor, write_settings, settings_type, changes, mailbox_id=mailbox_id)
    rows(organisation, "UPDATE settings SET changed_at = changed_at - interval '2 days' RETURNING 1")


def came(organisation: SampleOrganisation, case_id: UUID, at: datetime) -> None:
    query = "UPDATE messages SET kept_from = :at, created_at = :at WHERE case_id = :case RETURNING id"
    rows(organisation, query, at=at, case=case_id)


def ago(organisation: SampleOrganisation, case_id: UUID, days: float) -> None:
    came(organisation, case_id, datetime.now(UTC) - timedelta(days=days))


def is_there(organisation: SampleOrganisation, reader: Actor, case_id: UUID) -> bool:
    try:
        in_work(organisation.platform, reader, case_view.case, case_id)
    except NotFound:
        return False
    return True


@pytest.mark.feature("G1", "G2", "G3")
def test_messages_disappear_after_the_days_of_the_organisation(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """With keys, bytes and texts; with 0, which is the usual value, nothing does."""
    old, young = organisation.arrive("Gammalt", files=(PDF,), evidence=b"x" * 100_000), organisation.arrive("Nytt")
    ago(organisation, old, 32)
    ago(organisation, young, 29)
    assert message_retention.destroy_old(platform) == 0
    keep_days(organisation, administrator, 30)
    assert message_retention.destroy_old(platform) == 1
    assert message_retention.destroy_old(platform) == 0
    assert (is_there(organisation, case_worker, old), is_there(organisation, case_worker, young)) == (False, True)
    assert [case.id for case in organisation.cases(case_worker)] == [young]
    (row,) = rows(organisation, "SELECT * FROM messages WHERE case_id = :case", case=old)
    assert (row.state, row.head, row.body, row.evidence, row.evidence_blob) == ("DELETED", b"", b"", None, None)
    assert row.destroyed_at is not None
    assert rows(organisation, "SELECT 1 FROM content_keys WHERE owner_id = :id", id=row.id) == []
    assert list(platform.blobs.names(organisation.id)) == []
    assert organisation.case_events(old)[-1] == "destroyed"


@pytest.mark.feature("G4", "G5", "Y6")
@pytest.mark.parametrize(
    ("of_organisation", "of_mailbox", "goes"),
    [(30, 0, True), (30, 60, False), (60, 30, True), (0, 30, True), (30, None, True), (0, 0, False), (60, 0, False)],
)
def test_the_mailboxs_own_number_wins_where_it_is_not_0(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    of_organisation: int,
    of_mailbox: int | None,
    goes: bool,
) -> None:
    """None is a mailbox for which nothing has been chosen."""
    case_id = organisation.arrive()
    ago(organisation, case_id, 40)
    keep_days(organisation, administrator, of_organisation)
    if of_mailbox is not None:
        keep_days(organisation, administrator, of_mailbox, mailbox)
    assert message_retention.destroy_old(platform) == int(goes)
    assert is_there(organisation, case_worker, case_id) is not goes


@pytest.mark.feature("Y6")
@pytest.mark.parametrize("state", ["open", "closed", "binned", "of a deleted mailbox", "sent"])
def test_it_covers_every_state(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
    state: str,
) -> None:
    """Open, closed and binned cases, those of deleted mailboxes, and what was sent."""
    case_id = organisation.send(case_worker).case_id if state == "sent" else organisation.arrive()
    if state in {"closed", "binned"}:
        in_work(platform, case_worker, actions.close if state == "closed" else actions.bin_case, case_id)
    if state == "of a deleted mailbox":
        in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
        in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=1)
    ago(organisation, case_id, 40)
    keep_days(organisation, administrator, 30)
    if state == "sent":
        assert message_retention.destroy_old(platform) == 0, "what is on its way waits"
        rows(organisation, "UPDATE deliveries SET state = 'ACKNOWLEDGED' RETURNING id")
    assert message_retention.destroy_old(platform) == 1
    assert rows(organisation, "SELECT 1 FROM content_keys") == []
    assert message_retention.destroy_old(platform) == 0


@pytest.mark.feature("G1")
@pytest.mark.parametrize(
    ("kept_from", "now", "goes"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, tzinfo=ZONE), datetime(2026, 3, 31, 23, 59, 59, tzinfo=ZONE), False),
        (datetime(2026, 3, 1, 0, 0, tzinfo=ZONE), datetime(2026, 3, 31, 23, 59, 59, tzinfo=ZONE), False),
        (datetime(2026, 3, 1, 23, 59, 59, tzinfo=ZONE), datetime(2026, 4, 1, 0, 0, tzinfo=ZONE), True),
        (datetime(2026, 3, 2, 0, 0, tzinfo=ZONE), datetime(2026, 4, 1, 0, 0, tzinfo=ZONE), False),
        # 23.30 in Sweden is another day by UTC, both in summer and in winter.
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), datetime(2026, 7, 30, 23, 30, tzinfo=UTC), False),
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), datetime(2026, 7, 31, 22, 0, tzinfo=UTC), True),
        (datetime(2026, 9, 30, 21, 59, tzinfo=UTC), datetime(2026, 10, 30, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 9, 30, 21, 59, tzinfo=UTC), datetime(2026, 10, 30, 23, 0, tzinfo=UTC), True),
    ],
)
def test_days_are_those_of_the_calendar_in_sweden(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    kept_from: datetime,
    now: datetime,
    goes: bool,
) -> None:
    """A message is there for its day and thirty whole days more, also where the clocks are changed in between."""
    came(organisation, organisation.arrive(), kept_from)
    keep_days(organisation, administrator, 30)
    rows(organisation, "UPDATE settings SET changed_at = '2026-01-01' RETURNING 1")
    assert message_retention.destroy_due(platform, now) == int(goes)


@pytest.mark.feature("G1", "G4")
def test_a_number_holds_from_the_night_after_it_was_chosen(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """So there is time to take it back, also where a mailbox gives up its own number."""
    ago(organisation, organisation.arrive(), 40)
    for changes, of_mailbox in (({"retention_days": 30}, None), ({"retention_days": 90}, mailbox), (None, mailbox)):
        settings_type = MailboxMessageSettings if of_mailbox else MessageSettings
        mailbox_id = of_mailbox.id if of_mailbox else None
        in_work(platform, administrator, write_settings, settings_type, changes, mailbox_id=mailbox_id)
        assert message_retention.destroy_due(platform, datetime.now(UTC)) == 0
    tomorrow = datetime.combine(datetime.now(ZONE).date() + timedelta(days=1), datetime.min.time(), ZONE)
    assert message_retention.destroy_due(platform, tomorrow) == 1


def test_what_nobody_could_ever_read_goes_too(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """A message that is held since its receipt could not be handed over, in a case that counts nothing."""
    case_id = organisation.arrive()
    ago(organisation, case_id, 40)
    rows(organisation, "UPDATE messages SET state = 'HELD' RETURNING 1")
    rows(organisation, "UPDATE cases SET messages = 0, incoming = 0, has_incoming = false RETURNING 1")
    keep_days(organisation, administrator, 30)
    assert message_retention.destroy_old(platform) == 1
    assert rows(organisation, "SELECT 1 FROM content_keys") == []
    assert message_retention.destroy_old(platform) == 0


@pytest.mark.feature("G3")
def test_only_the_old_messages_of_a_case_go(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """The case goes on with the others, and says of what kind the others were, and when."""
    case_id = organisation.arrive("Ansökan")
    (first,) = rows(organisation, "SELECT id FROM messages")
    ago(organisation, case_id, 40)
    second = organisation.send(case_worker, "Beslutsbrev", reply_to=first.id)
    keep_days(organisation, administrator, 30)
    assert message_retention.destroy_old(platform) == 1
    view = in_work(platform, case_worker, case_view.case, case_id)
    assert [threaded.message.id for threaded in view.thread] == [second.id]
    assert [(gone.id, gone.direction, gone.transport) for gone in view.times.destroyed] == [(first.id, "in", "fake")]
    assert view.times.gone_dates == {second.id: second.created_at.astimezone(ZONE).date() + timedelta(days=31)}


def test_nothing_is_destroyed_while_the_clock_is_doubted(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Neither by days nor from the bin; an operator's word ends the doubt."""
    case_id = organisation.arrive()
    ago(organisation, case_id, 40)
    keep_days(organisation, administrator, 30)
    assert clock.believed_now(platform) is not None
    back = "UPDATE clocks SET booted_at = booted_at - interval '3 days', believed_at = believed_at - interval '3 days'"
    with platform.database.transaction(None) as connection:
        connection.execute(text(back))
    assert message_retention.destroy_old(platform) == 0
    assert clock.is_doubted(platform)
    clock.believe(platform)
    assert not clock.is_doubted(platform)
    assert message_retention.destroy_old(platform) == 1
    assert not is_there(organisation, case_worker, case_id)
