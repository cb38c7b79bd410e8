"""The documents of one delivery as files: the envelope, the message in it, the receipt's envelope and the receipt.

A sender cannot open its own envelope, which is encrypted to the recipient; the message is written only where the
recipient's keys are in the same installation, or in the simulated federation.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from lxml import etree

from budkavle import ActorScope, Host, NotFound
from budkavle.deliveries import Evidence, read_evidence
from budkavle_sdk_transport.envelope.xhe import payload_of
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import open_message
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.keys.memberships import Membership, Memberships


def export(host: Host, delivery_id: UUID, folder: Path) -> list[Path]:
    """Write what is kept of a delivery into a folder; files that there is nothing for are left out.

    Raises:
        NotFound: No organisation here has sent it.
    """
    memberships = Memberships(host).all()
    for membership in memberships:
        actor = host.system(membership.organisation_id, ActorScope.READ)
        try:
            with host.work(actor) as work:
                evidence = read_evidence(work, delivery_id)
        except NotFound:
            continue
        return list(_write(folder, str(delivery_id), evidence, memberships))
    raise NotFound("Ingen organisation här har skickat {id}.", id=str(delivery_id))


def _write(folder: Path, name: str, evidence: Evidence, memberships: Sequence[Membership]) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    if evidence.wire:
        yield _file(folder / f"{name}.xhe.xml", evidence.wire)
        message = _message_in(evidence.wire, memberships)
        if message:
            yield _file(folder / f"{name}.message.xml", message)
    for number, envelope in enumerate(evidence.receipts, 1):
        # Receipts that came later changed nothing, but are kept too.
        stem = f"{name}.receipt" if number == 1 else f"{name}.receipt-{number}"
        yield _file(folder / f"{stem}-xhe.xml", envelope)
        receipt = payload_of(parse(envelope))
        yield _file(folder / f"{stem}.xml", etree.tostring(receipt, encoding="UTF-8", with_tail=False))


def _message_in(wire: bytes, memberships: Sequence[Membership]) -> bytes | None:
    certificates = KnownCertificates()
    for membership in memberships:
        certificates.add(membership.participant, membership.signer.certificate)
    pairs = [pair for membership in memberships for pair in membership.pairs]
    return open_message(wire, keys=pairs, certificates=certificates, checks=Checks()).message_xml


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
