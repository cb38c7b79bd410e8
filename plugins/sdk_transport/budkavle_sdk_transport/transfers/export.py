"""The documents of one delivery as files: the envelope, the message in it, the receipt's envelope and the receipt.

A sender cannot open its own envelope, which is encrypted to the recipient; the message is written only where the
recipient's keys are in the same installation, or in the simulated federation.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from lxml import etree

from budkavle import ActorScope, Evidence, Host, NotFound, read_evidence
from budkavle_sdk_transport.envelope.xhe import payload_of
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import open_message
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.keys.participants import Identities, Identity


def export(host: Host, delivery_id: UUID, folder: Path) -> list[Path]:
    """Write what is kept of a delivery into a folder; files that there is nothing for are left out.

    Raises:
        NotFound: No organisation here has sent it.
    """
    identities = Identities(host).all()
    for identity in identities:
        actor = host.system(identity.organisation_id, ActorScope.READ)
        try:
            with host.work(actor) as work:
                kept = read_evidence(work, delivery_id)
        except NotFound:
            continue
        return list(_write(folder, str(delivery_id), kept, identities))
    raise NotFound("Ingen organisation här har skickat {id}.", id=str(delivery_id))


def _write(folder: Path, name: str, kept: Evidence, identities: Sequence[Identity]) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    if kept.wire:
        yield _file(folder / f"{name}.xhe.xml", kept.wire)
        message = _message_in(kept.wire, identities)
        if message:
            yield _file(folder / f"{name}.message.xml", message)
    for number, envelope in enumerate(kept.receipts, 1):
        # Receipts that came later changed nothing, but are kept too.
        one = f"{name}.receipt" if number == 1 else f"{name}.receipt-{number}"
        yield _file(folder / f"{one}-xhe.xml", envelope)
        receipt = payload_of(parse(envelope))
        yield _file(folder / f"{one}.xml", etree.tostring(receipt, encoding="UTF-8", with_tail=False))


def _message_in(wire: bytes, identities: Sequence[Identity]) -> bytes | None:
    known = KnownCertificates()
    for one in identities:
        known.add(one.participant, one.signer.certificate)
    pairs = [pair for one in identities for pair in one.pairs]
    return open_message(wire, keys=pairs, certificates=known, checks=Checks()).message_xml


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
