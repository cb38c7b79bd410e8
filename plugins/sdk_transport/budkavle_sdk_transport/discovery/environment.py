"""The environments of the network: each a file with its facts, in the package or of one's own.

Nothing is secret in such a file, but all trust rests on it: the authorities in `roots` vouch for the metadata
publisher, which vouches for everybody else. Each certificate stands beside its fingerprint, so that a slip of the hand
is noticed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from budkavle import Misconfigured
from budkavle_sdk_transport.discovery.service_metadata import Trust
from budkavle_sdk_transport.keys.key_pair import KeyUnreadable, load_certificate

BUILT_IN: Final[Mapping[str, str]] = {
    "OPEN-TEST": "open-test.toml",
    "SDK-QA": "sdk-qa.toml",
    "SDK-PROD": "sdk-prod.toml",
}


class Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate of an authority, with the SHA-256 of its DER form beside it."""

    name: str
    sha256: str
    certificate: str


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One environment, as its file says.

    Attributes:
        name: What it is called, such as `SDK-QA`.
        version: The day on which the file's facts were last gone through.
        federation: Written into each envelope.
        publisher: A regular expression that the whole common name of the publisher's certificate matches.
        roots: Authorities that issue the publisher's certificate.
        issuers: Authorities that issue the participants' certificates; asked about revocation only.
        zone: Where participants are looked up in DNS; empty where it stands in the settings.
        nameservers: Who is asked instead of the system's resolvers, `ADDRESS` or `ADDRESS:PORT`.
        schemes: Of the publisher's address: `https`, and `http` for a publisher on the own machine.
        redirects: Whether an answer may point to another publisher (OASIS SMP 1.0, 2.1.3; Digg's do not).
    """

    name: str
    version: str
    federation: str
    publisher: str
    roots: tuple[Authority, ...]
    issuers: tuple[Authority, ...] = ()
    zone: str = ""
    nameservers: tuple[str, ...] = ()
    schemes: tuple[Literal["https", "http"], ...] = ("https",)
    redirects: bool = False

    def trust(self) -> Trust:
        """Which publisher is believed here."""
        return Trust(certificates(self.roots), self.publisher)


def load(name: str) -> Environment:
    """Read an environment: one of `BUILT_IN`, or a file's path.

    Raises:
        Misconfigured: There is no such file, or something in it is wrong; the sentence says what.
    """
    built_in = BUILT_IN.get(name)
    try:
        if built_in:
            text = files("budkavle_sdk_transport").joinpath("environments", built_in).read_text("utf-8")
        else:
            text = Path(name).read_text("utf-8")
        environment = msgspec.convert(tomllib.loads(text), Environment)
        _check(environment)
    except FileNotFoundError as error:
        raise Misconfigured(
            "Miljön {name} finns inte. Ange OPEN-TEST, SDK-QA, SDK-PROD, simulator eller en fil som environment i "
            "[plugins.sdk.discovery].",
            name=name,
        ) from error
    except (OSError, ValueError) as error:
        raise Misconfigured("Miljöfilen {name} går inte att använda: {error}", name=name, error=error) from error
    return environment


def certificates(authorities: Sequence[Authority]) -> tuple[x509.Certificate, ...]:
    """Return the certificates, each held to its fingerprint.

    Raises:
        ValueError: One is not what its fingerprint says, or is no certificate.
    """
    return tuple(_certificate(authority) for authority in authorities)


def _check(environment: Environment) -> None:
    if not environment.roots:
        raise ValueError("roots is empty, so that no publisher would be believed.")
    certificates(environment.roots)
    certificates(environment.issuers)
    try:
        re.compile(environment.publisher)
    except re.error as error:
        raise ValueError(f"publisher is no regular expression: {error}.") from error


def _certificate(authority: Authority) -> x509.Certificate:
    try:
        certificate = load_certificate(authority.certificate.encode())
    except KeyUnreadable as error:
        raise ValueError(f"The certificate of {authority.name} cannot be read.") from error
    if certificate.fingerprint(hashes.SHA256()).hex() != authority.sha256.lower():
        raise ValueError(f"The certificate of {authority.name} has another fingerprint than sha256 says.")
    return certificate
