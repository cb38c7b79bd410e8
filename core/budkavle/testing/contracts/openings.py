"""What the core requires of a transport that claims openings: a part of `TransportContract`.

It runs if the transport implements `ClaimsOpening`.
"""

from dataclasses import replace
from uuid import uuid4

from budkavle.model.messages import Address, Direction, Outgoing
from budkavle.model.people import Actor
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.transport import ClaimsOpening, Transport


class OpeningsContract:
    """See the module."""

    def test_it_answers_for_the_messages_that_it_is_asked_about(
        self, transport: Transport, actor: Actor, outgoing: Outgoing
    ) -> None:
        """It returns none for no messages, and for a stranger's message at most that one as recalled."""
        if not isinstance(transport, ClaimsOpening):
            return
        assert outgoing.message is not None
        nobody = Address(transport.name, "qzxw-nobody")
        message = replace(outgoing.message, direction=Direction.IN, sender=nobody, remote_id="qzxw")
        assert set(call(transport.open_messages, actor, [])) == set()
        assert set(call(transport.open_messages, actor, [message])) <= {message.id}

    def test_what_it_hears_of_strangers_is_no_error(self, transport: Transport) -> None:
        """A download or a recall of a message that its other end does not know changes nothing and raises no error."""
        if not isinstance(transport, ClaimsOpening):
            return
        nobody = Address(transport.name, "qzxw-nobody")
        assert call(transport.downloaded, nobody, "qzxw") is None
        assert call(transport.recalled, nobody, uuid4()) is None
