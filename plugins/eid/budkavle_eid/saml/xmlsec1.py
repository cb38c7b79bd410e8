"""Runs xmlsec1 without temporary files, to which pysaml2 would write decrypted assertions.

Documents are passed by standard input, certificates in a file in memory, and results come by standard output.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO, Any, Literal

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
    """Tell whether the signature of one element is valid for a certificate.

    Args:
        data: The document.
        certificate: The signer's certificate (PEM).
        node: The signed element, `NAMESPACE:NAME`.
        node_id: Its `ID`.
    """
    arguments = ["--verify", "--enabled-reference-uris", "same-doc", "--enabled-key-data", "raw-x509-cert"]
    with _memory_file() as file:
        file.write(certificate)
        file.seek(0)
        arguments += ["--pubkey-cert-pem", f"/dev/fd/{file.fileno()}", "--id-attr:ID", node, "--node-id", node_id]
        return _run(arguments, data, file.fileno()).returncode == 0


def _memory_file() -> IO[bytes]:
    """Return an empty file without a name; writing to a pipe instead would block once its buffer is full."""
    # Systems other than Linux lack memfd: a temporary file without a name replaces it.
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("certificate"), "w+b")
    return tempfile.TemporaryFile()


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What pysaml2 treats as a file; its name is the certificate itself."""

    name: str


class Certificates:
    """Replaces pysaml2's store of signers' certificates, which would write them to files.

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
    """pysaml2's cryptography without temporary files, with our own checks of the results."""

    def decrypt(self, enctext: str | bytes, key_file: str) -> str:
        """Decrypt in place, and check the result."""
        data = _bytes(enctext)
        process = _run(["--decrypt", "--privkey-pem", key_file, "--id-attr:Id", ENC_KEY_CLASS], data)
        if process.returncode or not process.stdout:
            raise DecryptError("xmlsec1 could not decrypt")
        check_opened(process.stdout)
        return process.stdout.decode()

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str) -> str:
        """Sign one element."""
        arguments = ["--sign", "--privkey-pem", key_file, "--id-attr:ID", node_name, "--node-id", node_id]
        process = _run(arguments, statement if isinstance(statement, bytes) else str(statement).encode())
        if process.returncode or not process.stdout:
            raise SignatureError("xmlsec1 could not sign")
        return process.stdout.decode()

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
    """Return the option that lets newer versions find a key by more than its name."""
    return ["--lax-key-search"] if _version() >= (1, 3) else []


_versions: list[tuple[int, ...]] = []


def _version() -> tuple[int, ...]:
    if not _versions:
        result = subprocess.run([program(), "--version"], capture_output=True, check=True, timeout=SECONDS)  # noqa: S603
        _versions.append(tuple(int(part) for part in result.stdout.decode().split()[1].split(".")[:2]))
    return _versions[0]


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
