"""The receipt handler of message receipts: what a recipient says of a message of ours.

Source: Digg C3.2.4 Meddelandekvittens 1.0.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from budkavle import DeliveryState, Reason, Receipt
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.formats.identifiers import NS_UBL
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.opening import MOST_REASONS
from budkavle_sdk_transport.message.conversion import NAME
from budkavle_sdk_transport.receipts.message_receipt import read_receipt

ROOT: Final = f"{{{NS_UBL}}}ApplicationResponse"


class MessageReceipts:
    """Reads message receipts: the signed document, which the transport has verified and taken out of its envelope."""

    name = "sdk_message_receipt"
    transport = NAME

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Turn a message receipt into a receipt; None where the words are no such document, or name no message."""
        try:
            root = parse(words)
            if root.tag != ROOT:
                return None
            receipt = read_receipt(root)
        except ValueError:
            return None
        if not receipt.message_id:
            return None
        return Receipt(
            organisation_id=UUID(context["organisation_id"]),
            transport=NAME,
            remote_id=receipt.message_id,
            state=DeliveryState.ACKNOWLEDGED if receipt.accepted else DeliveryState.REJECTED,
            at=receipt.issued_at,
            evidence=words,
            reasons=tuple(_reason(reason) for reason in receipt.reasons[:MOST_REASONS]),
            receipt_id=receipt.id,
            sender=receipt.sender,
        )


def _reason(finding: Finding) -> Reason:
    code = f"{finding.cause} {finding.detail}".strip()
    return Reason(code, texts.reason_of(finding), finding.path[: texts.MOST_WORDS])
