"""The status for a recipient, in the words of the transport that the message was sent by."""

from budkavle.cases.inbox import SentTo
from budkavle.plugins.protocols.transport import SaysStates
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import NONE, Meaning, OwnWords, standing


def is_secure(visitor: Visitor, transport: str) -> bool:
    """Tell whether readers of a transport's messages must identify."""
    carrier = visitor.platform.plugins.transports.get(transport)
    return bool(carrier and carrier.capabilities.family)


def own_words(visitor: Visitor, transport: str) -> OwnWords:
    """Return a transport's own texts for the states of deliveries; empty if it has none, or if its plugin is off."""
    carrier: object = visitor.platform.plugins.transports.get(transport)
    return carrier.state_words if isinstance(carrier, SaysStates) else NONE


def shown(visitor: Visitor, to: SentTo) -> Meaning:
    """Return the status for a recipient, in the words of the transport that it was sent by."""
    transport = to.recipient.transport
    return standing(to, secure=is_secure(visitor, transport), overrides=own_words(visitor, transport))
