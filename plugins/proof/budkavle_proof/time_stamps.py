"""Verifies the time stamps (RFC 3161) of a proof: which entries a third party confirms, and since when.

A stamp covers a short text: the organisation of the log, the first and last entry of a span, the hash of the last, and
the root of a Merkle tree (RFC 6962) over the hashes of all. A path of hashes leads from an entry of the proof to the
root. A stamp is valid only against the root certificate of its authority. Without that it is reported but not trusted.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

KEYS = ("organisation", "first", "last", "head", "root")
FIRST_LINE = "budkavle-log-span-1"


class BadTime(Exception):
    """A stamp does not match, or is not valid. The sentence (Swedish, English) says what."""

    def __init__(self, swedish: str, english: str) -> None:
        super().__init__(swedish)
        self.said = (swedish, english)


@dataclass(frozen=True)
class VouchedTime:
    """The content of a stamp.

    Attributes:
        numbers: The entries of the log that it covers.
        at: The time by which they existed, according to the authority.
        authority: Its name in its certificate. Empty if no root was given and nobody has verified it.
    """

    numbers: Sequence[int]
    at: str
    authority: str


def judge_times(proof: Mapping[str, Any], roots: Sequence[bytes]) -> Iterator[VouchedTime | BadTime]:
    """Verify each stamp of a proof whose log has been verified.

    Args:
        proof: The proof.
        roots: Certificates (PEM) of the trusted authorities.
    """
    hashes = {row["number"]: bytes.fromhex(row["hash"]) for row in (*proof["log"], proof["head"])}
    organisation = proof["statement"]["organisation"]["id"]
    for time in proof.get("times", []):
        try:
            numbers = _under(time, organisation, hashes)
            at, authority = _judge_stamp(time["text"].encode(), base64.b64decode(time["stamp"], validate=True), roots)
            yield VouchedTime(numbers, at, authority)
        except BadTime as fault:
            yield fault
        except (KeyError, TypeError, ValueError, AttributeError):
            yield BadTime("Tidsstämpeln går inte att läsa.", "The time stamp cannot be read.")


def _under(time: Mapping[str, Any], organisation: str, hashes: Mapping[int, bytes]) -> list[int]:
    """Return the entries that the text of a stamp covers. The path of each must lead to its root."""
    lines = time["text"].split("\n")
    values = dict(line.split("=", 1) for line in lines[1:-1])
    if lines[0] != FIRST_LINE or lines[-1] or tuple(values) != KEYS or values["organisation"] != organisation:
        raise BadTime("Tidsstämpeln gäller en annan logg.", "The time stamp is about another log.")
    first, last, root = int(values["first"]), int(values["last"]), bytes.fromhex(values["root"])
    numbers = sorted(int(number) for number in time["paths"])
    for number in numbers:
        path = [bytes.fromhex(step) for step in time["paths"][str(number)]]
        inside = number in hashes and first <= number <= last
        if not inside or root_of(hashes[number], number - first, last - first + 1, path) != root:
            raise BadTime(
                f"Vägen från händelse {number} leder inte till tidsstämpeln.",
                f"The path from entry {number} does not lead to the time stamp.",
            )
        if number == last and bytes.fromhex(values["head"]) != hashes[number]:
            raise BadTime("Tidsstämpeln gäller ett annat slut på loggen.", "The stamp is about another end of the log.")
    return numbers


def root_of(leaf: bytes, place: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to from a leaf (RFC 9162, 2.1.3.2). None if its length is wrong."""
    if not 0 <= place < count:
        return None
    last, value = count - 1, hashlib.sha256(b"\0" + leaf).digest()
    for step in path:
        if last == 0:
            return None
        if place % 2 or place == last:
            value = hashlib.sha256(b"\1" + step + value).digest()
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            value = hashlib.sha256(b"\1" + value + step).digest()
        place, last = place >> 1, last >> 1
    return value if last == 0 else None


def _judge_stamp(text: bytes, token: bytes, roots: Sequence[bytes]) -> tuple[str, str]:
    """Return when a stamp was made, and by whom. The latter is empty if there is no root to verify it with."""
    try:
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as error:
        raise BadTime(
            "Tidsstämpeln är inte prövad: installera paketet rfc3161-client.",
            "The time stamp is not judged: install the package rfc3161-client.",
        ) from error
    try:
        response = decode_timestamp_response(token)
        info = response.tst_info
    except ValueError as error:
        raise BadTime("Tidsstämpeln går inte att läsa.", "The time stamp cannot be read.") from error
    at = info.gen_time.isoformat()
    if info.message_imprint.message != _digest(text, info.message_imprint.hash_algorithm.dotted_string):
        raise BadTime("Tidsstämpeln gäller något annat.", "The time stamp is about something else.")
    if not roots:
        return at, ""
    builder = VerifierBuilder()
    for root in roots:
        for certificate in x509.load_pem_x509_certificates(root):
            own = certificate.issuer == certificate.subject
            builder = (builder.add_root_certificate if own else builder.add_intermediate_certificate)(certificate)
    try:
        builder.build().verify_message(response, text)
    except (VerificationError, ValueError) as error:
        raise BadTime(
            "Tidsstämpeln håller inte efter det rotcertifikat som du angav.",
            "The time stamp does not hold by the root certificate that you gave.",
        ) from error
    return at, _stamper(response.signed_data.certificates)


def _digest(text: bytes, algorithm: str) -> bytes | None:
    algorithms = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.3": "sha512"}
    return hashlib.new(algorithms[algorithm], text).digest() if algorithm in algorithms else None


def _stamper(certificates: Any) -> str:
    for content in certificates:
        certificate = x509.load_der_x509_certificate(content)
        try:
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8") in usage:
            return certificate.subject.rfc4514_string()
    return "?"
