"""The whole way of a deleted mailbox: it is kept for a time, may come back, and is destroyed whole."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from budkavle.accounts import mailboxes
from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions, mailbox_deletion
from budkavle.cases.attachments import store as store_upload
from budkavle.messaging import saved_drafts
from budkavle.model.errors import Conflict, Forbidden, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import File
from budkavle.model.states import CaseState
from budkavle.operations import retention
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PDF = File("a.pdf", "application/pdf", b"%PDF-1.7")


def age(organisation: SampleOrganisation, days: float) -> None:
    """Let days pass for what is in the bin, and for deleted mailboxes."""
    ago = timedelta(days=days)
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.cases).values(binned_at=tables.cases.c.binned_at - ago))
        connection.execute(update(tables.cases).values(closed_at=tables.cases.c.closed_at - ago))
        connection.execute(update(tables.mailboxes).values(deleted_at=tables.mailboxes.c.deleted_at - ago))


@pytest.fixture
def deletable(platform: Platform, administrator: SampleUser, other_mailbox: FunctionMailbox) -> FunctionMailbox:
    """The other mailbox takes what fits no other, so that the first one may be deleted."""
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    return other_mailbox


def _delete(organisation: SampleOrganisation, closing: int = 99) -> None:
    in_work(
        organisation.platform,
        organisation.administrator,
        mailbox_deletion.delete_mailbox,
        organisation.mailbox.id,
        closing=closing,
    )


def _come(organisation: SampleOrganisation, subject: str, **changes: Any) -> UUID:
    """Let a message come to the address of the mailbox that is deleted."""
    return organisation.arrive(subject, mailbox_id=organisation.mailbox.id, **changes)


def _keep_draft(organisation: SampleOrganisation, mailbox_id: UUID) -> UUID:
    draft_id = uuid4()
    fields = {"mailbox": [str(mailbox_id)], "subject": ["Utkast"]}
    in_work(organisation.platform, organisation.case_worker, saved_drafts.save, draft_id, fields)
    return draft_id


def _restore(organisation: SampleOrganisation) -> FunctionMailbox:
    actor = organisation.administrator
    return in_work(organisation.platform, actor, mailbox_deletion.restore_mailbox, organisation.mailbox.id)


@pytest.mark.feature("F8")
def test_all_of_a_deleted_mailbox_is_destroyed(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    deletable: FunctionMailbox,
) -> None:
    """Open, closed and binned cases, files, drafts, settings and members; what it is sending first has its time."""
    _come(organisation, "Öppet", files=(PDF,), evidence=b"bytes")
    closed, binned = _come(organisation, "Stängt", files=(PDF,)), _come(organisation, "Kastat", files=(PDF,))
    in_work(platform, case_worker, actions.close, closed)
    in_work(platform, case_worker, actions.bin_case, binned)
    upload = store_upload(platform, case_worker, "b.pdf", "application/pdf", [b"%PDF-1.7 b"])
    sent = organisation.send(case_worker, attachments=(upload.id,))
    draft, kept_draft = _keep_draft(organisation, mailbox.id), _keep_draft(organisation, deletable.id)
    in_work(platform, organisation.administrator, write_settings, BinSettings, {"bin_days": 10})
    _delete(organisation)
    age(organisation, 9.9)
    assert retention.empty_bin(platform) == 0
    assert _keys(organisation) > 0
    age(organisation, 0.2)
    assert [retention.empty_bin(platform) for _ in range(4)] == [1, 2, 0, 0]
    assert _destroyed_at(organisation) is None, "a delivery is under way"
    assert in_work(platform, case_worker, saved_drafts.load, draft)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(state="ACKNOWLEDGED"))
    assert [retention.empty_bin(platform) for _ in range(2)] == [1, 0]
    assert organisation.case_events(sent.case_id)[-1] == "destroyed"
    assert _destroyed_at(organisation) is not None
    assert _keys(organisation) == 0
    assert list(platform.blobs.names(organisation.id)) == []
    with pytest.raises(NotFound):
        in_work(platform, case_worker, saved_drafts.load, draft)
    assert in_work(platform, case_worker, saved_drafts.load, kept_draft)
    of_mailbox = tables.memberships.c.mailbox_id == mailbox.id
    with platform.database.transaction(organisation.id) as connection:
        assert connection.execute(select(func.count()).where(of_mailbox)).scalar_one() == 0
    assert organisation.log_kinds().count("mailbox.destroyed") == 1
    with pytest.raises(NotFound):
        _restore(organisation)


def _destroyed_at(organisation: SampleOrganisation) -> object:
    (row,) = organisation.rows("SELECT destroyed_at FROM mailboxes WHERE id = :id", id=organisation.mailbox.id)
    return row.destroyed_at


def _keys(organisation: SampleOrganisation) -> int:
    """How many keys of content there are in the organisation."""
    (row,) = organisation.rows("SELECT count(*) AS many FROM content_keys")
    many: int = row.many
    return many


@pytest.mark.feature("F8")
def test_a_deleted_mailbox_comes_back_as_it_was(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    deletable: FunctionMailbox,
) -> None:
    """With its members; what was closed with it is open again, and what was closed before is not."""
    opened, closed = _come(organisation, "Öppet"), _come(organisation, "Stängt")
    in_work(platform, case_worker, actions.take, opened)
    in_work(platform, case_worker, actions.close, closed)
    _delete(organisation)
    (deleted,) = in_work(platform, administrator, mailbox_deletion.deleted_mailboxes)
    assert (deleted.mailbox.name, deleted.messages, deleted.can_be_restored) == ("Socialnämnden", 2, True)
    assert deleted.kept_until - deleted.deleted_at == timedelta(days=30)
    assert _restore(organisation).id == mailbox.id
    assert {case.id for case in organisation.cases(case_worker)} == {opened}
    assert [case.id for case in organisation.cases(case_worker, state=CaseState.CLOSED)] == [closed]
    assert organisation.case_events(opened)[-2:] == ["closed", "reopened"]
    assert "mailbox.restored" in organisation.log_kinds()
    assert in_work(platform, administrator, mailbox_deletion.deleted_mailboxes) == []
    age(organisation, 99)
    assert retention.empty_bin(platform) == 0
    with pytest.raises(NotFound):
        _restore(organisation)


@pytest.mark.feature("F8")
def test_a_mailbox_comes_back_only_in_its_days_and_under_a_free_name(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, deletable: FunctionMailbox
) -> None:
    """Afterwards what was in it may be destroyed at any moment."""
    _come(organisation, "Öppet")
    _delete(organisation)
    other = in_work(platform, administrator, mailboxes.create_mailbox, "socialnämnden")
    with pytest.raises(Conflict, match="samma namn"):
        _restore(organisation)
    in_work(platform, administrator, mailboxes.update_mailbox, other.id, name="Annat")
    age(organisation, 30.1)
    with pytest.raises(Conflict, match="gallras"):
        _restore(organisation)
    (deleted,) = in_work(platform, administrator, mailbox_deletion.deleted_mailboxes)
    assert not deleted.can_be_restored
    assert deletable


@pytest.mark.feature("F9")
@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider", "other_administrator"])
def test_only_administrators_restore_and_see_what_is_deleted(
    platform: Platform,
    organisation: SampleOrganisation,
    deletable: FunctionMailbox,
    request: pytest.FixtureRequest,
    who: str,
) -> None:
    """Nobody else, and an administrator of another organisation sees nothing of it."""
    _delete(organisation)
    actor = request.getfixturevalue(who)
    refused = NotFound if who == "other_administrator" else Forbidden
    with pytest.raises(refused):
        in_work(platform, actor, mailbox_deletion.restore_mailbox, organisation.mailbox.id)
    if who == "other_administrator":
        assert in_work(platform, actor, mailbox_deletion.deleted_mailboxes) == []
    else:
        with pytest.raises(Forbidden):
            in_work(platform, actor, mailbox_deletion.deleted_mailboxes)


@pytest.mark.feature("F8")
def test_what_comes_to_a_deleted_mailbox_is_not_lost(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    deletable: FunctionMailbox,
) -> None:
    """By its own address, in one of its conversations or as an answer, it reaches the mailbox that takes the rest."""
    _come(organisation, "Förut", conversation_id="samtal", remote_id="förut")
    _delete(organisation)
    _come(organisation, "Till adressen")
    organisation.arrive("I samtalet", conversation_id="samtal")
    organisation.arrive("Svaret", ref_to="förut")
    where = organisation.rows("SELECT mailbox_id FROM cases WHERE state = 'open'")
    assert [row.mailbox_id for row in where] == [deletable.id] * 3
    assert administrator


@pytest.mark.feature("F8")
def test_the_content_of_a_mailbox_is_counted(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """For the page that asks before it is deleted."""
    _come(organisation, "Öppet")
    in_work(platform, case_worker, actions.bin_case, _come(organisation, "Kastat"))
    content = in_work(platform, administrator, mailbox_deletion.content, organisation.mailbox.id)
    assert (content.open, content.cases, content.messages) == (1, 2, 2)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, mailbox_deletion.content, organisation.mailbox.id)
