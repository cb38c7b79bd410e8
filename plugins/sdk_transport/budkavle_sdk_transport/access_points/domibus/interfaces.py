"""The names of the two interfaces of Domibus's web-service plugin, and of what it pushes to.

Sources: WebServicePlugin.wsdl and BackendService.wsdl of Domibus 5; Digg's example of a submission for the older one.
"""

from dataclasses import dataclass
from typing import Final

NS_SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
NS_EBMS: Final = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
NS_XOP: Final = "http://www.w3.org/2004/08/xop/include"
NS_PUSH: Final = "eu.domibus"
"""What the access point pushes in."""

SOAP_TYPE: Final = "application/soap+xml"

INITIATOR: Final = f"{NS_EBMS}initiator"
RESPONDER: Final = f"{NS_EBMS}responder"
DEFAULT_MPC: Final = f"{NS_EBMS}defaultMPC"
PARTY_TYPE: Final = "urn:fdc:digg.se:edelivery:transportprofile:as4:partytype:ap"
"""AS4-transportprofil 2.3.1, rules d and k to o."""
ORIGINAL_SENDER: Final = "originalSender"
FINAL_RECIPIENT: Final = "finalRecipient"
PAYLOAD_ID: Final = "cid:message"
PAYLOAD_TYPE: Final = "text/xml"
"""As the network's P-mode has them (payloadProfiles)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One of the two.

    Attributes:
        namespace: Of the elements in the body.
        filters: Whether what is pending can be asked for by recipient.
        keeps: Whether a message can be retrieved without being marked as downloaded.
    """

    namespace: str
    filters: bool
    keeps: bool


INTERFACES: Final = {
    "wsplugin": Interface("http://eu.domibus.wsplugin/", filters=True, keeps=True),
    "backend": Interface("http://org.ecodex.backend/1_1/", filters=False, keeps=False),
}
PUSHED: Final = Interface(NS_PUSH, filters=False, keeps=False)
"""What the access point pushes: its messages have the names of the third namespace, ebMS header and all."""
