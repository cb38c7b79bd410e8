"""How far a recipient has come, in the words of the transport that the message was sent by."""

from budkavle.cases.inbox import SentTo
from budkavle.plugins.protocols.transport import SaysStates
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import NONE, Meaning, OwnWords, standing


def is_secure(visitor: Visitor, transport: str) -> bool:
    """Tell whether a transport's messages are of the kind whose readers identify."""
    carrier = visitor.platform.plugins.transports.get(transport)
    return bool(carrier and carrier.capabilities.family)


def own_words(visitor: Visitor, transport: str) -> OwnWords:
    """Return what a transport says of its deliveries' states; nothing where its plugin is off."""
    carrier: object = visitor.platform.plugins.transports.get(transport)
    return carrier.state_words if isinstance(carrier, SaysStates) else NONE


def shown(visitor: Visitor, to: SentTo) -> Meaning:
    """Return how far a recipient has come, in the words of the transport that it was sent by."""
    transport = to.recipient.transport
    return standing(to, secure=is_secure(visitor, transport), overrides=own_words(visitor, transport))
