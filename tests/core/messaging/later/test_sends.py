"""Sending later: never early, never twice, with the rights of then, and a draft again where it cannot be sent."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.cases import attachments, inbox
from budkavle.cases.owned import orphans
from budkavle.messaging import saved_drafts
from budkavle.messaging.later import sends
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model import sources
from budkavle.model.errors import Conflict, Invalid, NotFound, TooMany
from budkavle.model.messages import Address, Draft
from budkavle.model.sources import Sources
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")
JOB = "outbox.budkavle.later"


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Any:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def sent(organisation: SampleOrganisation) -> int:
    return len(rows(organisation, "SELECT 1 FROM messages WHERE direction = 'out' AND state IS NULL"))


def schedule(organisation: SampleOrganisation, writer: SampleUser, **more: Any) -> UUID:
    """Let a message wait for an hour; return its draft."""
    draft_id = more.pop("draft_id", None) or uuid4()
    at = more.pop("at", None) or datetime.now(UTC) + timedelta(hours=1)
    draft = Draft((TO,), "Kallelse", "Välkommen.", **more)
    saved = SavedForm(draft_id, {"subject": ["Kallelse"], "mailbox": [str(organisation.mailbox.id)]})
    in_work(organisation.platform, writer, sends.send_later, organisation.mailbox.id, draft, at, saved)
    return draft_id


def let_time_pass(organisation: SampleOrganisation) -> None:
    """Make what waits due, as if its time had come, and let a worker look."""
    rows(
        organisation,
        "UPDATE kept_drafts SET send_at = now() - interval '1 second' WHERE send_as IS NOT NULL RETURNING 1",
    )
    work_off(organisation)


def work_off(organisation: SampleOrganisation) -> None:
    rows(organisation, "UPDATE outbox SET due_at = now() WHERE queue = 'budkavle.later' RETURNING 1")
    do_job(organisation.platform, JOB)


def why(organisation: SampleOrganisation, writer: SampleUser) -> str:
    (draft,) = in_work(organisation.platform, writer, saved_drafts.load_all)
    assert draft.get("subject") == "Kallelse"
    return draft.failure


@pytest.mark.feature("E13")
def test_it_is_sent_once_when_its_time_has_come(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Not before, though a worker looks; until then there is no message and no case, and only its writer sees it."""
    schedule(organisation, case_worker)
    work_off(organisation)
    assert sent(organisation) == 0
    assert in_work(organisation.platform, case_worker, inbox.sent, organisation.mailbox.id).items == []
    assert in_work(organisation.platform, case_worker, saved_drafts.load_all) == []
    assert len(in_work(organisation.platform, case_worker, sends.load_waiting)) == 1
    assert in_work(organisation.platform, colleague, sends.load_waiting) == []
    for _ in range(2):
        let_time_pass(organisation)
    assert sent(organisation) == 1
    assert in_work(organisation.platform, case_worker, sends.load_waiting) == []
    assert in_work(organisation.platform, case_worker, saved_drafts.load_all) == []
    ((entry,), (told,)) = (organisation.log_entries(f"message.{kind}") for kind in ("sent", "scheduled"))
    assert json.loads(entry)["actor"]["id"] == str(case_worker.user_id)
    assert json.loads(entry)["thing"] == json.loads(told)["thing"]


@pytest.mark.feature("E13")
def test_what_is_taken_back_is_a_draft_and_never_sent(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """By its writer alone, until it has been sent; another time may be chosen, and the first one does nothing then."""
    draft_id = schedule(organisation, case_worker)
    with pytest.raises(Conflict):
        in_work(organisation.platform, colleague, sends.cancel, draft_id)
    with pytest.raises(Conflict):
        in_work(organisation.platform, case_worker, saved_drafts.save, draft_id, {"subject": ["Ändrat"]})
    with pytest.raises(NotFound):
        in_work(organisation.platform, case_worker, saved_drafts.load, draft_id)
    in_work(organisation.platform, case_worker, sends.cancel, draft_id)
    let_time_pass(organisation)
    assert sent(organisation) == 0
    assert why(organisation, case_worker) == ""
    later = schedule(organisation, case_worker)
    let_time_pass(organisation)
    assert sent(organisation) == 1
    with pytest.raises(Conflict):
        in_work(organisation.platform, case_worker, sends.cancel, later)


@pytest.mark.feature("E13")
def test_the_rights_of_then_count(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Who has left the mailbox sends nothing: the draft is there again, and says why."""
    schedule(organisation, case_worker)
    in_work(
        organisation.platform, organisation.system, mailboxes.remove_members, organisation.mailbox.id, [case_worker.id]
    )
    let_time_pass(organisation)
    assert sent(organisation) == 0
    assert why(organisation, case_worker)
    assert len(organisation.log_entries("message.not_scheduled")) == 1


@pytest.mark.feature("E13")
def test_a_mailbox_that_has_come_to_need_a_yes_sends_nothing_by_itself(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """And no time may be chosen there."""
    schedule(organisation, case_worker)
    rows(
        organisation,
        "UPDATE mailboxes SET needs_approval = true WHERE id = :id RETURNING 1",
        id=organisation.mailbox.id,
    )
    let_time_pass(organisation)
    assert sent(organisation) == 0
    assert "godkännas" in why(organisation, case_worker)
    with pytest.raises(Conflict):
        schedule(organisation, colleague)


@pytest.mark.feature("E13")
def test_a_closed_account_sends_nothing(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """What its owner had planned stays unsent, and the event log says so."""
    schedule(organisation, case_worker)
    rows(organisation, "UPDATE users SET active = false WHERE id = :id RETURNING 1", id=case_worker.id)
    let_time_pass(organisation)
    assert sent(organisation) == 0
    assert len(organisation.log_entries("message.not_scheduled")) == 1


@pytest.mark.feature("E13")
def test_a_thread_that_has_gone_on_stops_it(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """An answer is not sent past what its writer has not seen."""
    case_id = organisation.arrive()
    (message,) = rows(organisation, "SELECT id, conversation_id FROM messages WHERE case_id = :id", id=case_id)
    schedule(organisation, case_worker, reply_to=message.id, extra={"seen": str(message.id)})
    organisation.arrive("Mer", conversation_id=message.conversation_id)
    let_time_pass(organisation)
    assert sent(organisation) == 0
    assert "nytt meddelande" in why(organisation, case_worker)


@pytest.mark.feature("E13")
def test_a_time_lies_ahead_and_not_too_far(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """And what no message may have is told when the time is chosen."""
    now = datetime.now(UTC)
    for at in (now - timedelta(minutes=1), now + sends.FURTHEST + timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            schedule(organisation, case_worker, at=at)
        assert "later" in refused.value.fields
    draft = Draft((), "Kallelse", "Välkommen.")
    saved = SavedForm(uuid4(), {"subject": ["Kallelse"]})
    with pytest.raises(Invalid):
        in_work(
            organisation.platform,
            case_worker,
            sends.send_later,
            organisation.mailbox.id,
            draft,
            now + timedelta(hours=1),
            saved,
        )


@pytest.mark.feature("E13")
@pytest.mark.parametrize("wrong", [timedelta(minutes=-30), timedelta(minutes=30)])
def test_the_time_is_by_the_clock_of_the_database(
    organisation: SampleOrganisation, case_worker: SampleUser, wrong: timedelta
) -> None:
    """The host's may be wrong: a worker looks when the time has come, and a time that has not been may be chosen."""

    class Wrong(Sources):
        def now(self) -> datetime:
            return super().now() + wrong

    with sources.replaced(Wrong()):
        schedule(organisation, case_worker, at=datetime.now(UTC) + timedelta(minutes=20))
    (waits,) = rows(organisation, "SELECT due_at - now() AS time FROM outbox WHERE queue = 'budkavle.later'")
    assert timedelta(minutes=19) < waits.time <= timedelta(minutes=20)


@pytest.mark.feature("E13")
def test_its_files_are_kept_until_then(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Longer than other uploads that nobody sends; they go with the message."""
    platform = organisation.platform
    kept, left = (attachments.store(platform, case_worker, name, "text/plain", [b"ett"]) for name in ("a.txt", "b.txt"))
    schedule(organisation, case_worker, attachments=(kept.id,))
    organisation.rows("UPDATE attachments SET created_at = created_at - interval '100 days'")
    assert orphans.remove_orphans(platform) == 1
    let_time_pass(organisation)
    assert sent(organisation) == 1
    (file,) = rows(organisation, "SELECT id FROM attachments WHERE message_id IS NOT NULL")
    assert file.id == kept.id != left.id


@pytest.mark.feature("E13")
def test_another_time_takes_the_place_of_the_first(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """What was planned first neither sends the message nor stops it."""
    draft_id = schedule(organisation, case_worker)
    in_work(organisation.platform, case_worker, sends.cancel, draft_id)
    schedule(organisation, case_worker, draft_id=draft_id)
    assert len(rows(organisation, "SELECT 1 FROM outbox WHERE queue = 'budkavle.later'")) == 2
    let_time_pass(organisation)
    let_time_pass(organisation)
    assert sent(organisation) == 1
    assert organisation.log_entries("message.not_scheduled") == []
    assert in_work(organisation.platform, case_worker, saved_drafts.load_all) == []


@pytest.mark.feature("E13")
def test_a_writer_who_has_looked_up_too_many_waits(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    fake_directory: FakeDirectory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The hour goes by, and the message is sent without anybody's doing; it is no draft meanwhile."""
    schedule(organisation, case_worker)
    with monkeypatch.context() as patch:
        patch.setattr(fake_directory, "find", refuse)
        let_time_pass(organisation)
    assert sent(organisation) == 0
    assert in_work(organisation.platform, case_worker, saved_drafts.load_all) == []
    let_time_pass(organisation)
    assert sent(organisation) == 1


def refuse(*_: object) -> None:
    """Answer as an address book does to somebody who has asked too much."""
    raise TooMany("Vänta en stund.")
