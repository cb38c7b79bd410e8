"""Messages go both ways through a message service in another process."""

from typing import Any
from uuid import UUID

import pytest
from tests.plugins.message_api.upstream.message_service import (
    HABO,
    KISA,
    PDF,
    Server,
    poll,
    send_message,
    sent_messages,
    state_of_sent,
)

from budkavle import Address, DeliveryState, Draft, Fault, Reason, Reference, Unavailable
from budkavle.accounts.organisations import change_state
from budkavle.cases import CaseFilter, list_cases
from budkavle.messaging import read_case, send
from budkavle.model.states import OrganisationState
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.testing.working import deliver_due, do_job
from budkavle_message_api.upstream import connections


@pytest.mark.feature("MT4")
def test_messages_go_both_ways_through_another_process(client: Any, server: Server) -> None:
    """Sent by POST, followed to its receipt, deleted there; what comes in is fetched once, answered, and deleted."""
    first = send_message(client)
    deliver_due(client.platform)
    assert state_of_sent(client) is DeliveryState.SEND_ENQUEUED
    poll(client)
    assert state_of_sent(client) is DeliveryState.SEND_ENQUEUED
    deliver_due(server.platform)
    (carried,) = server.platform.plugins.transports["sdk"].carried.values()  # type: ignore[attr-defined]
    assert carried.delivery_id == first
    assert (carried.subject, carried.body) == ("Orosanmälan", "Hej!")
    assert [(file.file_name, file.content) for file in carried.files] == [("a.pdf", PDF)]
    poll(client)
    assert state_of_sent(client) is DeliveryState.WAITING_FOR_RECEIPT
    server.answer(first, DeliveryState.ACKNOWLEDGED)
    poll(client)
    assert state_of_sent(client) is DeliveryState.ACKNOWLEDGED
    assert server.removed() == 1
    remote = server.arrive(ref_to=str(first), references=(Reference("dnr", "K 1", "Deras"),), confidential=True)
    poll(client)
    poll(client)
    assert server.removed() == 2
    (case,) = in_work(client.platform, client.habo.member, list_cases, client.habo.mailbox.id, CaseFilter()).items
    thread = in_work(client.platform, client.habo.member, read_case, case.id).thread
    answer = thread[-1].message
    assert [one.depth for one in thread] == [0, 1]
    assert (answer.remote_id, answer.body, answer.confidential) == (remote, "Tack.", True)
    assert answer.sender.organisation_value == KISA.organisation_value
    assert answer.references[0].value == "K 1"


def test_one_organisation_that_cannot_be_polled_does_not_stop_the_others(
    client: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one that works in another installation, which polls for it."""
    other, find = SampleOrganisation.create(client.platform, "Ydre kommun"), connections.of

    def stumble(host: Any, organisation_id: UUID) -> Any:
        if organisation_id == other.id:
            raise Unavailable("Databasen svarar inte.")
        return find(host, organisation_id)

    monkeypatch.setattr(connections, "of", stumble)
    monkeypatch.setattr(connections, "served", lambda _: [other.id, client.habo.organisation.id])
    server.arrive()
    home, active, moved = client.habo.organisation.id, OrganisationState.ACTIVE, OrganisationState.MOVED
    with client.platform.database.transaction(home) as connection:
        assert change_state(connection, home, active, moved, moved_to="https://two.example")
    do_job(client.platform, "message_api.poll")
    inbox = lambda: in_work(client.platform, client.habo.member, list_cases, client.habo.mailbox.id, CaseFilter()).items  # noqa: E731
    assert not inbox()
    with client.platform.database.transaction(home) as connection:
        assert change_state(connection, home, moved, active)
    do_job(client.platform, "message_api.poll")
    assert len(inbox()) == 1


def test_what_the_receiver_rejects_is_told_with_its_reasons(client: Any, server: Server) -> None:
    """The receipt's own words come through two systems; the one that never went is told as that."""
    first = send_message(client)
    deliver_due(client.platform)
    deliver_due(server.platform)
    server.answer(first, DeliveryState.REJECTED, Reason("BV not-found", "Funktionen finns inte.", "/x"))
    poll(client)
    assert state_of_sent(client) is DeliveryState.REJECTED
    assert "Funktionen finns inte. (BV not-found)" in sent_messages(client)[0].recipients[0].failure
    second = send_message(client)
    deliver_due(client.platform)
    deliver_due(server.platform)
    server.answer(second, DeliveryState.SEND_FAILURE, Reason("", "Accesspunkten gav upp."))
    poll(client)
    assert state_of_sent(client) is DeliveryState.SEND_FAILURE


def test_an_organisation_without_service_is_told(client: Any) -> None:
    """The page says it at the mailbox, and the picker finds nobody by that way."""
    from budkavle import Invalid

    to = Address("message_service", HABO.value)
    with pytest.raises(Invalid) as refused:
        in_work(client.platform, client.kisa.member, send, client.kisa.mailbox.id, Draft((to,), "x", "y"))
    assert "mailbox" in refused.value.fields
    directory = client.platform.plugins.directories["message_service"]
    assert directory.search(client.kisa.member, client.kisa.mailbox.id, "social", 5) == []
    (found,) = directory.search(client.habo.member, client.habo.mailbox.id, "inkorg", 5)
    assert found.address.transport == "message_service"
    assert isinstance(Fault("a", "b"), Fault)


def test_what_cannot_be_taken_in_stays_there_and_is_told(client: Any, server: Server) -> None:
    """A message that fits no mailbox waits at the service, with the reason on the health page, until it does."""
    from sqlalchemy import text

    server.arrive()
    with client.platform.database.transaction(client.habo.organisation.id) as connection:
        connection.execute(text("UPDATE mailboxes SET is_default = false"))
    ours = dict(client.directory.ours)
    client.directory.ours.clear()
    do_job(client.platform, "message_api.poll")
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    assert "hör inte till någon brevlåda" in service.failure
    assert server.removed() == 0
    client.directory.ours.update(ours)
    poll(client)
    assert server.removed() == 1
    assert (
        len(in_work(client.platform, client.habo.member, list_cases, client.habo.mailbox.id, CaseFilter()).items) == 1
    )
