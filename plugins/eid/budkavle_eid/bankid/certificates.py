"""Verifies the certificate of a signature: that it chains to BankID, and its holder and policies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from budkavle import Misconfigured
from budkavle_eid.claims import Refused, personnummer_of

LONGEST: Final = 3
"""The most issuers between a person's certificate and the root; BankID has two (the bank and its customers' issuer)."""
_SERVICE: Final = {"CN": NameOID.COMMON_NAME, "SERIALNUMBER": NameOID.SERIAL_NUMBER, "O": NameOID.ORGANIZATION_NAME}
"""The attributes that identify a service in its name: the common name, its organisation number, and its bank."""
_COMMA: Final = re.compile(r"(?<!\\),")
_PROTECTED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a certificate.

    Attributes:
        issuer: The certificate of its issuer.
        policies: The certificate policies that it names, as kinds of BankID.
    """

    personnummer: str
    name: str
    given_name: str
    surname: str
    policies: frozenset[str]
    issuer: x509.Certificate


def load_roots(paths: Sequence[Path]) -> tuple[x509.Certificate, ...]:
    """Load the root certificates for persons' certificates.

    Raises:
        Misconfigured: A file is missing, or is not a certificate.
    """
    try:
        return tuple(
            certificate for path in paths for certificate in x509.load_pem_x509_certificates(path.read_bytes())
        )
    except (OSError, ValueError) as error:
        raise Misconfigured(
            "BankID:s rotcertifikat för personer, {path}, går inte att läsa. Rätta signing i inställningarna.",
            path=", ".join(map(str, paths)),
        ) from error


def judge(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime) -> Holder:
    """Verify a chain, and return the holder of its first certificate.

    Args:
        chain: The certificates as received.
        roots: The trusted roots; a root in the chain is ignored.
        at: The time of the signature.

    Raises:
        Refused: It does not chain to a root, was not valid at that time, or is not a person's certificate.
    """
    leaf, *intermediates = chain
    ca_policy = ExtensionPolicy.webpki_defaults_ca()
    # A person's certificate has no host name, so its own extensions are checked below.
    policy = PolicyBuilder().store(Store(list(roots))).time(at).max_chain_depth(LONGEST)
    policy = policy.extension_policies(ca_policy=ca_policy, ee_policy=ExtensionPolicy.permit_all())
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        raise Refused("certificate-out-of-date")
    try:
        verified = policy.build_client_verifier().verify(leaf, intermediates).chain
    except VerificationError as error:
        raise Refused("certificate-of-another-authority") from error
    _check_use(leaf)
    return _holder(leaf, verified[1] if len(verified) > 1 else leaf)


def check_service(told: str, certificate: x509.Certificate) -> None:
    """Check that the signature was made for us, and is not relayed by somebody whom it was made for.

    Args:
        told: The service's name in the signed data: the subject of its certificate, such as
            `cn=...,serialNumber=...,o=...`.
        certificate: Our certificate.

    Raises:
        Refused: It has another service's name, or none.
    """
    parts = [part.partition("=") for part in _COMMA.split(told)]
    names = {word.strip().upper(): _plain(value) for word, _, value in parts}
    if len(names) != len(parts) or any(
        names.get(word, "") != _attribute(certificate.subject, oid) for word, oid in _SERVICE.items()
    ):
        raise Refused("service-of-another")


def _plain(value: str) -> str:
    """Remove the escapes of a written name (RFC 4514, section 3)."""
    return _PROTECTED.sub(lambda match: match[1], value).strip()


def _check_use(leaf: x509.Certificate) -> None:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment) or usage.key_cert_sign:
            raise Refused("certificate-usage")
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError) as error:
        raise Refused("certificate-usage") from error


def _holder(leaf: x509.Certificate, issuer: x509.Certificate) -> Holder:
    number = personnummer_of(_attribute(leaf.subject, NameOID.SERIAL_NUMBER))
    given_name, family = (_attribute(leaf.subject, oid) for oid in (NameOID.GIVEN_NAME, NameOID.SURNAME))
    name = f"{given_name} {family}".strip() or _attribute(leaf.subject, NameOID.COMMON_NAME)
    return Holder(number, name, given_name, family, _policies(leaf), issuer)


def _policies(leaf: x509.Certificate) -> frozenset[str]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(policy.policy_identifier.dotted_string for policy in extension)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    attributes = name.get_attributes_for_oid(oid)
    return str(attributes[0].value).strip() if len(attributes) == 1 else ""
