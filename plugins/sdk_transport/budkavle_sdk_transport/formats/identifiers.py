"""The names of the federation: namespaces, document types, schemes and codes.

Sources: Digg Kodlistor (tekniska specifikationer; gemensamma koder) 2022-01-31, Kuverteringsprofil XHE 1.0,
Meddelandekvittens 1.0 and SDK Innehållsspecifikation meddelande 1.5.2.
"""

from typing import Final

NS_MESSAGE: Final = "urn:riv:infrastructure:messaging:MessageWithAttachments:3"
NS_XHE: Final = "http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope"
NS_XHA: Final = "http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents"
NS_XHB: Final = "http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents"
NS_XHEXT: Final = "http://docs.oasis-open.org/bdxr/ns/XHE/1/ExtensionComponents"
NS_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
NS_XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
NS_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
NS_CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
NS_CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

PREFIXES: Final[dict[str, str]] = {
    NS_MESSAGE: "sdk",
    NS_XHE: "xhe",
    NS_XHA: "xha",
    NS_XHB: "xhb",
    NS_XHEXT: "ext",
    NS_DS: "ds",
    NS_XENC: "xenc",
    NS_UBL: "ubl",
    NS_CAC: "cac",
    NS_CBC: "cbc",
}
"""The prefixes in which findings name their paths, whatever prefixes the document itself uses."""

SCHEME: Final = "iso6523-actorid-upis"
"""Identification scheme of participants, ``0203:digg.se`` and the like."""
DOCUMENT_SCHEME: Final = "busdox-docid-qns"
DOCUMENT_MESSAGE: Final = (
    "urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc"
)
DOCUMENT_RECEIPT: Final = (
    "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse"
    "##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc"
)
PROCESS: Final = "bdx:noprocess"
PROCESS_SCHEME: Final = "urn:fdc:digg.se:edelivery:process"
FEDERATION_SDK: Final = "urn:fdc:digg.se:edelivery:federation:sdk"
FEDERATION_TEST: Final = "urn:fdc:digg.se:edelivery:federation:test"

XHE_VERSION: Final = "1.0"
XHE_CUSTOMIZATION: Final = "urn:fdc:digg.se:edelivery:xhe:1"
RECEIPT_CUSTOMIZATION: Final = "urn:fdc:digg.se:edelivery:messagetype:response:1"
ROOT_MESSAGE: Final = f"Q{{{NS_MESSAGE}}}messagePayload"
"""The XHE DocumentTypeCode of an SDK message: the root element as an XPath EQName."""
ROOT_RECEIPT: Final = f"Q{{{NS_UBL}}}ApplicationResponse"

FUNCTIONAL_ADDRESS: Final = "urn:riv:infrastructure:messaging:functionalAddress"
"""Root of a functional address; its extension is opaque and never parsed."""

CERTPUB_EXTENSION: Final = "urn:fdc:digg.se:edelivery:xml-extension:smp-certpub:1.0"
CERTPUB_SIGNING: Final = "urn:fdc:digg.se:edelivery:certpub:signing-cert"
CERTPUB_ENCRYPTION: Final = "urn:fdc:digg.se:edelivery:certpub:encryption-cert"

REFERENCE_DIARY: Final = "dnr"
"""Innehållsspecifikation 4.3.2.3."""

MAX_MESSAGE_BYTES: Final = 30 * 10**6
"""Innehållsspecifikation 4.3.3.3: a message with its files must not exceed 30 MB."""
