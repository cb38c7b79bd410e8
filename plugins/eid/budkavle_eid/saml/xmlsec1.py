"""xmlsec1 without temporary files: pysaml2's own way writes decrypted assertions to them.

Documents go in by standard input, certificates by a pipe, and results come out by standard output.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any, Literal

from saml2.sigver import ENC_KEY_CLASS, CryptoBackendXmlSec1, DecryptError, SignatureError, pem_format

from budkavle import Misconfigured
from budkavle_eid.saml.xml_checks import check_opened

PROGRAM = "xmlsec1"
SECONDS = 20
MISSING = "Programmet xmlsec1 saknas, och SAML behöver det. Installera paketet xmlsec1 och starta om."


def program() -> str:
    """Return the path of xmlsec1.

    Raises:
        Misconfigured: It is not installed.
    """
    path = shutil.which(PROGRAM)
    if path is None:
        raise Misconfigured(MISSING)
    return path


def verify(data: bytes, certificate: bytes, node: str, node_id: str) -> bool:
    """Tell whether one element's signature fits a certificate.

    Args:
        data: The document.
        certificate: The signer's certificate (PEM), at most 64 kB.
        node: The signed element, `NAMESPACE:NAME`.
        node_id: Its `ID`.
    """
    words = ["--verify", "--enabled-reference-uris", "same-doc", "--enabled-key-data", "raw-x509-cert"]
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(certificate)
        words += ["--pubkey-cert-pem", f"/dev/fd/{reading}", "--id-attr:ID", node, "--node-id", node_id]
        return _run(words, data, reading).returncode == 0
    finally:
        os.close(reading)


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What pysaml2 takes for a file; its name is the certificate itself."""

    name: str


class Certificates:
    """Stands where pysaml2 looks for a signer's certificates, so that it writes them to no files.

    Args:
        store: pysaml2's metadata.
    """

    def __init__(self, store: Any) -> None:
        self._store = store

    def certs(self, entity_id: str, descriptor: str, use: str) -> list[tuple[str | None, _Certificate]]:
        """Return a provider's certificates."""
        certificates = self._store.certs(entity_id, descriptor, use)
        return [(name, _Certificate(pem_format(text).decode())) for name, text in certificates]


class XmlSec(CryptoBackendXmlSec1):  # type: ignore[misc] # pysaml2 has no types
    """pysaml2's cryptography, by pipes, and with our own look at what comes out."""

    def decrypt(self, enctext: str | bytes, key_file: str) -> str:
        """Decrypt in place, and check what came out."""
        data = _bytes(enctext)
        done = _run(["--decrypt", "--privkey-pem", key_file, "--id-attr:Id", ENC_KEY_CLASS], data)
        if done.returncode or not done.stdout:
            raise DecryptError("xmlsec1 could not decrypt")
        check_opened(done.stdout)
        return done.stdout.decode()

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str) -> str:
        """Sign one element."""
        words = ["--sign", "--privkey-pem", key_file, "--id-attr:ID", node_name, "--node-id", node_id]
        done = _run(words, statement if isinstance(statement, bytes) else str(statement).encode())
        if done.returncode or not done.stdout:
            raise SignatureError("xmlsec1 could not sign")
        return done.stdout.decode()

    def validate_signature(
        self, signedtext: str | bytes, cert_file: str, cert_type: str, node_name: str, node_id: str
    ) -> Literal[True]:
        """Verify one element's signature."""
        if cert_type != "pem" or not verify(_bytes(signedtext), cert_file.encode(), node_name, node_id):
            raise SignatureError("the signature does not fit")
        return True


def _run(words: list[str], data: bytes, *files: int) -> subprocess.CompletedProcess[bytes]:
    command = [program(), words[0], *_lax(), *words[1:], "/dev/stdin"]
    return subprocess.run(  # noqa: S603
        command, input=data, capture_output=True, check=False, timeout=SECONDS, pass_fds=files
    )


def _lax() -> list[str]:
    """Newer versions look for a key by its name alone unless told otherwise."""
    return ["--lax-key-search"] if _version() >= (1, 3) else []


_versions: list[tuple[int, ...]] = []


def _version() -> tuple[int, ...]:
    if not _versions:
        result = subprocess.run([program(), "--version"], capture_output=True, check=True, timeout=SECONDS)  # noqa: S603
        _versions.append(tuple(int(part) for part in result.stdout.decode().split()[1].split(".")[:2]))
    return _versions[0]


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
