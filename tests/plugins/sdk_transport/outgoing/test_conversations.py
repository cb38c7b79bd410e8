"""Messages that belong together, and one message that comes twice at once."""

from threading import Barrier
from typing import Any

import pytest

from budkavle import Platform
from budkavle_sdk_transport.incoming.receiving import Receiver
from budkavle_sdk_transport.network import Network


@pytest.mark.feature("SD9")
def test_completions_are_one_conversation(region: Any, peer: Any, sdk_worker: Any) -> None:
    """SAD 5.3.7.7: each refers to the first message and keeps its conversation; in whatever order they come."""
    first = peer.message(texts=("Först",))
    chain = [
        peer.message(texts=(words,), conversation_id=first.message_id, ref_to_message_id=first.message_id)
        for words in ("Komplettering 1", "Komplettering 2", "Komplettering 3")
    ]
    for message in (chain[0], first, *chain[1:]):
        peer.submit(peer.seal(message))
        sdk_worker.settle()
    (case,) = region.cases()
    assert [one.message.body for one in case.thread] == [
        "Komplettering 1",
        "Först",
        "Komplettering 2",
        "Komplettering 3",
    ]
    assert {one.message.ref_to for one in case.thread} == {None, first.message_id}


@pytest.mark.feature("SD9")
def test_many_functions_at_once_are_messages_of_their_own(
    municipality: Any, region: Any, sdk_worker: Any, point: Any, stranger: Any
) -> None:
    """Each function gets its own message with its own id, in one conversation, and is receipted by itself."""
    municipality.send(region.address(0), region.address(1), stranger)
    sdk_worker.settle()
    assert sorted(municipality.states()) == ["ACKNOWLEDGED", "ACKNOWLEDGED", "WAITING_FOR_RECEIPT"]
    sent = [one for one in point.taken if one.sender == municipality.participant.participant]
    assert len({one.transport_id for one in sent}) == 3
    assert len({one.conversation_id for one in sent}) == 1


@pytest.mark.feature("SD9")
def test_a_completion_refers_to_what_each_recipient_got(municipality: Any, region: Any, sdk_worker: Any) -> None:
    """Of a message to several functions, each knows its own message only (SAD 5.3.7.7 and 5.3.7.8)."""
    both = (region.address(0), region.address(1))
    municipality.send(*both)
    sdk_worker.settle()
    (row,) = municipality.organisation.rows("SELECT id FROM messages")
    municipality.send(*both, body="Komplettering", reply_to=row.id)
    sdk_worker.settle()
    for box in (0, 1):
        completion, first = sorted(region.messages(box), key=lambda one: one.body != "Komplettering")
        assert completion.ref_to == first.remote_id
        assert completion.conversation_id == first.conversation_id
        assert completion.case_id == first.case_id


@pytest.mark.feature("SD3", "SD4")
def test_a_double_that_is_opened_at_the_same_time_is_told_so(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any, parts: Network, point: Any
) -> None:
    """Two parcels with one message, opened at once: one is accepted and the other is a double; nobody is told a lie."""
    xhe = peer.seal(peer.message())
    for _ in range(2):
        peer.submit(xhe)
    point.meeting = Barrier(2)
    host = platform.plugins.host("sdk")
    Receiver(host, host.settings, parts.memberships, point, parts.certificates).fetch()
    sdk_worker.deliver()
    assert sorted(one.accepted for one in peer.read_receipts()) == [False, True]
    assert len(region.messages()) == 1
