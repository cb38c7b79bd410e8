"""Receipts that came when the message had been given up: they count as soon as a person asks again (feature SD6).

The specification does not say what becomes of them. So the message stays where it is until somebody says "försök
igen"; then the recipient's own word is believed instead of sending what it has already.
"""

from uuid import UUID

from budkavle import ActorScope, Host, NotFound
from budkavle.deliveries import Evidence, read_evidence
from budkavle_sdk_transport.envelope.xhe import payload_of, read_envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.receipts.message_receipt import read_receipt


def is_confirmed(host: Host, organisation_id: UUID, delivery_id: UUID) -> bool:
    """Tell whether the one whom a message went to has accepted it, and never said anything else.

    Every receipt was verified when it came; here it is only seen whose it is.
    """
    return acceptances(host, organisation_id, delivery_id) == {True}


def acceptances(host: Host, organisation_id: UUID, delivery_id: UUID) -> set[bool]:
    """Tell whether the one whom a message went to has accepted it, refused it, or both."""
    try:
        with host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
            evidence = read_evidence(work, delivery_id)
    except NotFound:
        return set()
    return set(_answers(evidence))


def _answers(evidence: Evidence) -> list[bool]:
    if evidence.wire is None:
        return []
    recipient = read_envelope(parse(evidence.wire)).recipient
    roots = [parse(receipt) for receipt in evidence.receipts]
    return [read_receipt(payload_of(root)).accepted for root in roots if read_envelope(root).sender == recipient]
