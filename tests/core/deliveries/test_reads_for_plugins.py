"""What plugins ask the core about deliveries and messages; other organisations see nothing of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from budkavle.accounts import organisations
from budkavle.deliveries.delivery_facts import Fact, note
from budkavle.deliveries.delivery_history import delivery_histories
from budkavle.deliveries.delivery_queries import (
    SentFilter,
    delivery_states,
    sent_deliveries,
    unopened_deliveries,
    waiting_deliveries,
)
from budkavle.deliveries.failure_explanation import explain_failure
from budkavle.deliveries.recall import mark_recalled
from budkavle.messaging import sending
from budkavle.messaging.message_list import (
    MessageFilter,
    answerable_message,
    existing_messages,
    messages_named,
    messages_since,
)
from budkavle.model.errors import NotFound, Permanent
from budkavle.model.messages import Direction, Purpose
from budkavle.model.receipts import Reason, Receipt
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.storage import audit
from budkavle.storage.events import signed
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due

D = DeliveryState
ELSEWHERE = uuid4()
"""Another organisation of the installation."""


@pytest.fixture
def sent(platform, organisation, case_worker, mailbox, draft):
    """The id of a delivery that waits for its receipt."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    return organisation.rows("SELECT id FROM deliveries")[0].id


@pytest.fixture
def wanted(mailbox):
    return MessageFilter([mailbox.id], ["fake"])


@pytest.fixture
def here(platform, organisation):
    """Ask as a plugin of this organisation does: the function, and what it takes beside the unit of work."""

    def ask(function, *args, **named):
        with platform.work(system_actor(organisation.id)) as work:
            return function(work, *args, **named)

    return ask


@pytest.fixture
def elsewhere(platform, organisation):
    """Ask the same in another organisation."""

    def ask(function, *args, **named):
        with platform.work(system_actor(ELSEWHERE)) as work:
            return function(work, *args, **named)

    return ask


def now():
    return datetime.now(UTC)


@pytest.mark.feature("PL2")
def test_waiting_deliveries_are_those_of_a_transport_that_wait_for_their_receipt(organisation, sent, here, elsewhere):
    """By the time that they have waited; what has been answered waits no more."""
    assert [one.id for one in here(waiting_deliveries, "fake", before=now())] == [sent]
    assert here(waiting_deliveries, "other", before=now()) == []
    assert here(waiting_deliveries, "fake", before=now() - timedelta(hours=1)) == []
    assert here(waiting_deliveries, "fake", before=now(), since=now()) == []
    assert elsewhere(waiting_deliveries, "fake", before=now()) == []
    here(sending.receipt, Receipt(organisation.id, "fake", str(sent), D.ACKNOWLEDGED, now()))
    assert here(waiting_deliveries, "fake", before=now()) == []


@pytest.mark.feature("PL2")
def test_unopened_deliveries_are_those_of_every_transport_whose_readers_open_them(
    organisation, fake_transport, mailbox, sent, here, elsewhere
):
    """With the message and its mailbox; a transport that only answers with receipts has no readers."""
    assert here(waiting_deliveries, None, before=now()) == []
    fake_transport.capabilities = replace(fake_transport.capabilities, family="secure")
    (one,) = here(waiting_deliveries, None, before=now())
    (message,) = organisation.rows("SELECT id FROM messages")
    assert (one.id, one.transport, one.message_id, one.mailbox_id) == (sent, "fake", message.id, mailbox.id)
    assert here(waiting_deliveries, None, before=now() - timedelta(days=7)) == []
    assert elsewhere(waiting_deliveries, None, before=now()) == []
    here(sending.receipt, Receipt(organisation.id, "fake", str(sent), D.ACKNOWLEDGED, now()))
    assert here(waiting_deliveries, None, before=now()) == []


@pytest.mark.feature("PL2")
def test_states_of_deliveries(organisation, sent, here, elsewhere):
    """What is no delivery of the organisation's is left out."""
    assert here(delivery_states, [sent, uuid4()]) == {sent: D.WAITING_FOR_RECEIPT}
    assert here(delivery_states, []) == {}
    assert elsewhere(delivery_states, [sent]) == {}


@pytest.mark.feature("PL2")
def test_what_a_transport_has_sent(
    platform, organisation, case_worker, mailbox, receipt_to_send, sent, here, elsewhere, draft
):
    """The latest first, without what nothing has been done about; a receipt names what it answers."""
    wide = SentFilter(now() - timedelta(hours=1), now() + timedelta(hours=1))
    (one,) = here(sent_deliveries, "fake", wide)
    assert (one.id, one.purpose, one.state, one.answers) == (sent, Purpose.MESSAGE, D.WAITING_FOR_RECEIPT, "")
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    assert [one.id for one in here(sent_deliveries, "fake", wide)] == [sent]
    here(sending.accept, organisation.incoming("theirs", receipt=receipt_to_send()))
    deliver_due(platform)
    latest, *_ = found = here(sent_deliveries, "fake", wide)
    assert (len(found), latest.purpose, latest.answers) == (3, Purpose.RECEIPT, "theirs")
    assert len(here(sent_deliveries, "fake", wide, limit=1)) == 1
    narrow = SentFilter(wide.since, wide.before, only=[sent], answers="theirs")
    assert {one.id for one in here(sent_deliveries, "fake", narrow)} == {sent, latest.id}
    assert here(sent_deliveries, "fake", SentFilter(wide.since, wide.since)) == []
    assert here(sent_deliveries, "fake", SentFilter(wide.since, wide.before, only=[], answers="others")) == []
    assert elsewhere(sent_deliveries, "fake", wide) == []


@pytest.mark.feature("PL2")
def test_the_history_of_a_delivery(organisation, sent, here, elsewhere):
    """Its steps in order, its receipts as they came, and the reasons of the rejection that counted."""
    reason = Reason("AR", "Saknas", "Mottagaren finns inte.")
    receipt = Receipt(organisation.id, "fake", str(sent), D.REJECTED, now(), receipt_id="1", reasons=(reason,))
    assert here(sending.receipt, receipt)
    late = Receipt(organisation.id, "fake", str(sent), D.ACKNOWLEDGED, now(), receipt_id="2")
    assert not here(sending.receipt, late)
    history = here(delivery_histories, [sent])[sent]
    assert [one.state for one in history.events] == organisation.timeline(sent)
    assert [(one.state, one.applied) for one in history.receipts] == [(D.REJECTED, True), (D.ACKNOWLEDGED, False)]
    assert history.rejection == (reason,)
    nothing = elsewhere(delivery_histories, [sent])[sent]
    assert (nothing.events, nothing.receipts, nothing.rejection) == ((), (), ())


@pytest.mark.feature("PL2", "M12")
def test_a_failure_is_explained(platform, organisation, fake_transport, case_worker, mailbox, draft, here, elsewhere):
    """The sender reads the new sentence, the log says that it was changed, and nothing else has moved."""
    fake_transport.failures.append(Permanent("Inget svar."))
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    (row,) = organisation.rows("SELECT id, state FROM deliveries")
    before = organisation.timeline(row.id)
    with platform.database.listen() as listener:
        with platform.database.transaction(organisation.id) as connection:
            platform.database.notify(connection, {"o": organisation.id, "k": "mark"})  # behind what the worker tells
        while not any('"mark"' in payload for payload in listener.wait(10)):
            pass
        assert here(explain_failure, row.id, "Ring mottagaren.")
        told = [json.loads(payload) for payload in listener.wait(10) if payload]
    assert [(one["d"], one["k"]) for one in told] == [(str(row.id), "state")]
    (after,) = organisation.rows("SELECT state, failure FROM deliveries")
    assert (after.state, after.failure) == ("SEND_FAILURE", "Ring mottagaren.")
    assert organisation.timeline(row.id) == before
    (entry, *_) = audit.entries(platform.database, organisation.id)
    assert (entry.kind, entry.thing, entry.actor) == ("delivery.explained", str(row.id), "fake")


@pytest.mark.feature("PL2")
def test_only_a_failure_of_ones_own_is_explained(organisation, sent, here, elsewhere):
    """A delivery that waits for its receipt has nothing to be explained, nor has another organisation's."""
    assert not here(explain_failure, sent, "Ring.")
    organisation.rows("UPDATE deliveries SET state = 'SEND_FAILURE', failure = 'Inget svar.' RETURNING id")
    assert not elsewhere(explain_failure, sent, "Ring.")
    assert organisation.rows("SELECT failure FROM deliveries")[0].failure == "Inget svar."


@pytest.mark.feature("PL2")
def test_messages_since_a_mark(organisation, sent, wanted, here, elsewhere):
    """What went and what came, in order, page by page; by mailbox, transport, state and time."""
    came = [here(sending.accept, organisation.incoming(f"r{number}")).message_id for number in range(3)]
    pages, mark = [], None
    while page := here(messages_since, wanted, mark, limit=2):
        pages.append([one.id for one in page])
        mark = page[-1].mark
    assert pages == [[sent, came[0]], [came[1], came[2]]]
    first, second, *_ = here(messages_since, wanted)
    assert (first.direction, first.state, first.place) == (Direction.OUT, "WAITING_FOR_RECEIPT", 0)
    assert (second.direction, second.state, second.remote_id) == (Direction.IN, "RECEIVED", "r0")

    def listed(**changes):
        values = {"mailboxes": wanted.mailboxes, "transports": wanted.transports, **changes}
        return [one.id for one in here(messages_since, MessageFilter(**values))]

    assert listed(states=[(Direction.IN, "RECEIVED")]) == came
    assert listed(states=[]) == []
    assert listed(mailboxes=[uuid4()]) == []
    assert listed(transports=["other"]) == []
    assert listed(since=now() + timedelta(hours=1)) == []
    assert listed(until=now() - timedelta(hours=1)) == []
    assert elsewhere(messages_since, wanted) == []


@pytest.mark.feature("PL2")
def test_a_held_message_is_not_listed(platform, organisation, receipt_to_send, mailbox, wanted, here, elsewhere):
    """Its receipt has not gone, so it has not been taken yet."""
    held = here(sending.accept, organisation.incoming("r1", receipt=receipt_to_send())).message_id
    assert here(messages_since, wanted) == here(messages_named, wanted, "r1") == []
    assert here(answerable_message, mailbox.id, "r1") is None
    Worker(platform).work_once()
    assert [one.id for one in here(messages_since, wanted)] == [held]


@pytest.mark.feature("PL2")
def test_a_message_by_name(organisation, mailbox, sent, wanted, here, elsewhere):
    """By the id in the list, or by what its sender calls it; an answer names it in the same ways."""
    came = here(sending.accept, organisation.incoming("r1")).message_id
    assert [one.id for one in here(messages_named, wanted, str(sent))] == [sent]
    assert [one.id for one in here(messages_named, wanted, "r1")] == [came]
    assert [one.id for one in here(messages_named, wanted, str(came))] == [came]
    assert here(messages_named, wanted, "r2") == elsewhere(messages_named, wanted, "r1") == []
    (message,) = organisation.rows("SELECT message_id FROM deliveries")
    assert here(answerable_message, mailbox.id, str(sent)) == message.message_id
    assert here(answerable_message, mailbox.id, "r1") == came
    assert here(answerable_message, uuid4(), "r1") is None
    assert elsewhere(answerable_message, mailbox.id, "r1") is None
    assert here(existing_messages, [sent, came, uuid4()]) == {sent, came}
    assert elsewhere(existing_messages, [sent, came]) == here(existing_messages, []) == set()


@pytest.mark.feature("PL2")
def test_an_organisation_by_its_short_name(platform, organisation):
    """Commands name it so."""
    assert organisations.organisation_by_slug(platform, "habo") == organisation.organisation
    with pytest.raises(NotFound, match="kisa"):
        organisations.organisation_by_slug(platform, "kisa")


@pytest.mark.feature("PL2", "Z10")
def test_signed_entries_of_the_log(platform, organisation, case_worker, sent, elsewhere):
    """Each has its bytes, its place in the chain, and the organisation's signature."""
    since = now() - timedelta(hours=1)
    with platform.work(system_actor(organisation.id)) as work:
        audit.record(work, "proof.tried", sent, case_worker, sha256="abc")
        work.flush()
        entries = signed.signed_entries(work, [str(sent)], since, "thing")
        by_fact = signed.signed_entries(work, ["abc"], since, "sha256")
        assert signed.signed_entries(work, [str(sent)], now() + timedelta(hours=1), "thing") == []
        assert signed.signed_entries(work, ["ab"], since, "sha256") == []
    assert entries[-1:] == by_fact
    assert all(str(sent) in one.entry for one in entries)
    assert elsewhere(signed.signed_entries, [str(sent)], since, "thing") == []


@pytest.mark.feature("PL2")
def test_unopened_deliveries_are_those_that_nobody_has_opened(organisation, sent, here, elsewhere):
    """What is no delivery of the organisation's is left out, and what has been opened too."""
    assert here(unopened_deliveries, [sent, uuid4()]) == {sent}
    assert here(unopened_deliveries, []) == frozenset()
    assert elsewhere(unopened_deliveries, [sent]) == frozenset()
    here(note, sent, Fact.OPENED)
    assert here(unopened_deliveries, [sent]) == frozenset()


@pytest.mark.feature("PL2", "R3")
def test_a_message_that_came_in_is_marked_as_recalled_by_its_transport(platform, organisation, here, elsewhere):
    """Once, by the id that its sender gave it; another transport's or organisation's stays as it is."""
    accepted = acting.accept(platform, organisation.incoming(remote_id="theirs"))
    state = "SELECT state FROM messages WHERE direction = 'in'"
    assert not here(mark_recalled, "other", "theirs")
    assert not here(mark_recalled, "fake", "another")
    assert not elsewhere(mark_recalled, "fake", "theirs")
    assert organisation.rows(state)[0].state == "RECEIVED"
    assert here(mark_recalled, "fake", "theirs")
    assert not here(mark_recalled, "fake", "theirs")
    assert organisation.rows(state)[0].state == "RECALLED"
    (entry,) = organisation.rows("SELECT entry FROM audit_log WHERE kind = 'message.recalled'")
    assert json.loads(entry.entry)["thing"] == str(accepted.message_id)


def test_a_message_of_ours_is_not_marked_as_recalled(organisation, sent, here):
    """Only what has come in: a message that was sent may have the same id at its peer."""
    (message,) = organisation.rows("SELECT id FROM messages WHERE direction = 'out'")
    assert not here(mark_recalled, "fake", str(message.id))
    assert not here(mark_recalled, "fake", str(sent))
