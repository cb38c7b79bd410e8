"""What one connection to BankID believes: by which roots, in whose name it asks, and who keeps the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from budkavle_eid.bankid.certificates import Holder, load_roots
from budkavle_eid.bankid.evidence import Evidence, judge
from budkavle_eid.claims import Refused
from budkavle_eid.evidence import Keep, forget, named
from budkavle_eid.mutual_tls import PKCS12
from budkavle_eid.settings import BankIdSettings


@dataclass(frozen=True, slots=True)
class Trust:
    """Judges what was signed for one connection.

    Attributes:
        roots: Where persons' certificates must go back to; none means that signatures are not judged.
        service: Our own certificate (PEM).
        required: Whether what does not hold lets nobody in.
        keep: Takes the evidence.
    """

    roots: Sequence[x509.Certificate] = ()
    service: str = ""
    required: bool = True
    keep: Keep = forget

    def believe(self, evidence: Evidence, log: Any) -> tuple[Holder | None, str]:
        """Return whom the signature is by, where that is judged and holds; and the name of the evidence that is kept.

        Raises:
            Refused: It does not hold, and must.
        """
        holder = None
        try:
            holder = judge(evidence, self.roots).holder if self.roots else None
        except Refused as refused:
            log.warning("bankid.unproven", reason=refused.reason)
            if self.required:
                raise
        encoded = msgspec.json.encode(evidence)
        self.keep(encoded)
        return holder, named(encoded)


def trust_of(settings: BankIdSettings, keep: Keep) -> Trust:
    """Return what a connection believes.

    Raises:
        Misconfigured: A root cannot be read.
    """
    return Trust(load_roots(settings.signing), _service_certificate(settings), settings.signature == "required", keep)


def _service_certificate(settings: BankIdSettings) -> str:
    """Return our certificate; that it can be read has been seen when the connection was made."""
    raw = settings.certificate.read_bytes()
    if settings.certificate.suffix.lower() not in PKCS12:
        return x509.load_pem_x509_certificate(raw).public_bytes(Encoding.PEM).decode()
    certificate = pkcs12.load_key_and_certificates(raw, settings.passphrase.encode() or None)[1]
    return certificate.public_bytes(Encoding.PEM).decode() if certificate else ""
