"""The settings by which one connection verifies BankID's signatures and stores the evidence."""

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
    """Verifies signatures for one connection.

    Attributes:
        roots: The roots for persons' certificates; if empty, signatures are not verified.
        service: Our own certificate (PEM).
        required: Whether a signature that fails the checks is refused.
        keep: Stores the evidence.
    """

    roots: Sequence[x509.Certificate] = ()
    service: str = ""
    required: bool = True
    keep: Keep = forget

    def believe(self, evidence: Evidence, log: Any) -> tuple[Holder | None, str]:
        """Verify and store the evidence. Return the holder, or None without a valid signature, and the evidence's name.

        Raises:
            Refused: The signature fails a check, and `required` is set.
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
    """Return the `Trust` of a connection.

    Raises:
        Misconfigured: A root cannot be read.
    """
    return Trust(load_roots(settings.signing), _service_certificate(settings), settings.signature == "required", keep)


def _service_certificate(settings: BankIdSettings) -> str:
    """Return our certificate (PEM); it was readable when the connection was made."""
    raw = settings.certificate.read_bytes()
    if settings.certificate.suffix.lower() not in PKCS12:
        return x509.load_pem_x509_certificate(raw).public_bytes(Encoding.PEM).decode()
    certificate = pkcs12.load_key_and_certificates(raw, settings.passphrase.encode() or None)[1]
    return certificate.public_bytes(Encoding.PEM).decode() if certificate else ""
