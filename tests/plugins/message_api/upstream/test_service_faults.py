"""A service that loses answers, gives up, refuses or leads astray: nothing is sent twice."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.plugins.message_api.upstream.message_service import (
    HABO,
    Server,
    poll,
    send_message,
    sent_messages,
    state_of_sent,
)

from budkavle import DeliveryState, Reason
from budkavle.messaging.sending import retry
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due, do_job
from budkavle_message_api.access import clients
from budkavle_message_api.upstream import connections


def test_a_message_is_not_sent_twice(client: Any, server: Server) -> None:
    """Where the answer to a POST was lost, the next try finds the message there."""
    transport = client.platform.plugins.transports["message_service"]
    lost, post = [True], transport._clients.of(client.habo.organisation.id).post

    def losing(body: bytes) -> str:
        name: str = post(body)
        if lost.pop() if lost else False:
            from budkavle import Temporary

            raise Temporary("Svaret kom inte fram.")
        return name

    transport._clients.of(client.habo.organisation.id).post = losing
    first = send_message(client)
    deliver_due(client.platform)
    assert state_of_sent(client) is DeliveryState.WAITING_FOR_RETRY
    _hurry(client)
    deliver_due(client.platform)
    assert state_of_sent(client) is DeliveryState.SEND_ENQUEUED
    assert server.statuses() == ["READY_TO_SEND"]
    deliver_due(server.platform)
    server.answer(first, DeliveryState.ACKNOWLEDGED)
    poll(client)
    assert state_of_sent(client) is DeliveryState.ACKNOWLEDGED


@pytest.mark.parametrize("deletes", [True, False])
def test_what_the_service_gave_up_is_not_waited_for_again(client: Any, server: Server, deletes: bool) -> None:
    """The service has the message still, or knows its id: "försök igen" ends at once, and says what to do."""
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    connections.save(client.host, client.habo.admin, service.url, service.token_url, service.client_id, deletes=deletes)
    first = send_message(client)
    deliver_due(client.platform)
    deliver_due(server.platform)
    server.answer(first, DeliveryState.SEND_FAILURE, Reason("", "Accesspunkten gav upp."))
    poll(client)
    assert "Accesspunkten gav upp." in sent_messages(client)[0].recipients[0].failure
    in_work(client.platform, client.habo.member, retry, first)
    deliver_due(client.platform)
    poll(client)
    assert state_of_sent(client) is DeliveryState.SEND_FAILURE
    assert "ett nytt" in sent_messages(client)[0].recipients[0].failure or deletes
    assert len(server.statuses()) == 1


def test_what_may_not_be_deleted_there_keeps_nothing_else(client: Any, server: Server) -> None:
    """A message that the service refuses to delete is told of, and the others are deleted all the same."""
    first = send_message(client)
    deliver_due(client.platform)
    organisation_id = client.habo.organisation.id
    connections.exchange(
        client.host, organisation_id, connections.Exchanged("out", str(first), first, connections.CLOSING)
    )
    server.arrive()
    do_job(client.platform, "message_api.poll")
    assert server.removed() == 1
    service = connections.of(client.host, organisation_id)
    assert service is not None
    assert "kan tas bort" in service.failure


def _hurry(api: Any) -> None:
    from sqlalchemy import text

    with api.platform.database.transaction(api.habo.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET due_at = now()"))


def test_faults_are_temporary_or_permanent(client: Any, server: Server) -> None:
    """A refusal ends the delivery with the service's words; a client that is shut out waits and is told of it."""
    own = server.platform.plugins.host("message_api")
    admin = system_actor(server.organisation_id, "Admin")
    (known,) = clients.listed(own, admin)
    send_message(client, subject="x" * 200)
    (server.platform.settings.data.parent / "book.json").write_text(
        json.dumps(
            [{"address": asdict(HABO), "organisation": str(server.organisation_id), "mailbox": str(_mailbox(server))}]
        ),
        "utf-8",
    )
    deliver_due(client.platform)
    assert state_of_sent(client) is DeliveryState.SEND_FAILURE
    assert "finns inte i adressboken" in sent_messages(client)[0].recipients[0].failure
    clients.remove(own, admin, known.id)
    in_work(client.platform, client.habo.member, retry, sent_messages(client)[0].recipients[0].delivery_id)
    deliver_due(client.platform)
    assert state_of_sent(client) is DeliveryState.WAITING_FOR_RETRY
    do_job(client.platform, "message_api.poll")
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    assert "släpper inte in oss" in service.failure
    from budkavle_message_api import health

    (told,) = health.check(client.host, client.habo.organisation.id)
    assert not told.ok


def test_a_service_that_leads_inside_is_not_asked(client: Any, server: Server) -> None:
    """As one that was kept before the installation refused it: what is sent waits, and what to do is told."""
    client.platform.settings = replace(client.platform.settings, private_addresses=())
    send_message(client)
    deliver_due(client.platform)
    assert state_of_sent(client) is DeliveryState.WAITING_FOR_RETRY
    do_job(client.platform, "message_api.poll")
    service = connections.of(client.host, client.habo.organisation.id)
    assert service is not None
    assert "private_addresses" in service.failure
    assert not server.platform.plugins.transports["sdk"].carried


def _mailbox(server: Server) -> UUID:
    from budkavle.accounts import all_mailboxes

    return in_work(server.platform, system_actor(server.organisation_id), all_mailboxes)[0].id
