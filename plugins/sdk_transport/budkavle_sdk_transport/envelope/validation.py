"""Validation of an XHE envelope: its schema, its rules, and that it says the same as the message in it."""

from typing import Final

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.envelope.rules import envelope_rules
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import NS_XENC
from budkavle_sdk_transport.formats.schema_validation import validate
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.sdk_message import SdkMessage

_HEADER: Final = "/sdk:messagePayload/sdk:message/sdk:messageHeader"
_SEALED: Final = f'<xenc:EncryptedData xmlns:xenc="{NS_XENC}"></xenc:EncryptedData>'.encode()
"""In place of an encrypted payload, which no rule looks into."""


def check_envelope(root: etree._Element) -> list[Finding]:
    """Return what is wrong with an XHE envelope; empty when it is valid. The payload is not looked into."""
    return validate(root, budkavle_schemas.ENVELOPE, envelope_rules)


def check_unsealed(envelope: Envelope) -> list[Finding]:
    """Return what would be wrong with the envelope of an encrypted message, before the message is put into it."""
    return check_envelope(parse(build_envelope(envelope, _SEALED)))


def check_mirroring(envelope: Envelope, message: SdkMessage) -> list[Finding]:
    """Return where an envelope does not say the same as its message (Innehållsspecifikation 3.2 and 4.3.2)."""
    mirrored = (
        ("SDK-Mirror-messageId", f"{_HEADER}/sdk:messageId", message.message_id, envelope.id, "ID"),
        (
            "SDK-Mirror-sender",
            f"{_HEADER}/sdk:sender/sdk:senderID/sdk:extension",
            message.sender.organisation,
            envelope.sender,
            "FromParty",
        ),
        (
            "SDK-Mirror-recipient",
            f"{_HEADER}/sdk:recipient/sdk:recipientID/sdk:extension",
            message.recipient.organisation,
            envelope.recipient,
            "ToParty",
        ),
        (
            "SDK-Mirror-function",
            f"{_HEADER}/sdk:recipient/sdk:attention/sdk:subOrganization/sdk:organizationId/sdk:extension",
            message.recipient.function,
            envelope.handling_service_id,
            "HandlingServiceID",
        ),
    )
    return [
        Finding(Cause.BV, Detail.SECURITY, path, f"The value is not the envelope's {name}.", rule)
        for rule, path, inner, outer, name in mirrored
        # An envelope may leave the function out (XHE 2.2, 0..1): then there is nothing that it could differ from.
        if inner.strip() != outer and (outer or rule != "SDK-Mirror-function")
    ]
