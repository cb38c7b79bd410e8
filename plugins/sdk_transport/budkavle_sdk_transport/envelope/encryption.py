"""XML Encryption of a payload: AES-256-CBC for the content, RSA-OAEP-MGF1P for the key.

Sources: Kuverteringsprofil XHE 1.0, 3.4; XML Encryption Syntax and Processing 1.1.

CBC has no integrity of its own. So nothing is decrypted before the envelope's signature has been verified, and every
fault from there on is the same `Undecryptable`: which step failed is told to nobody (3.4.1).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pybase64
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from lxml import etree

from budkavle_sdk_transport.formats.base64_blocks import Base64Blocks
from budkavle_sdk_transport.formats.identifiers import NS_DS, NS_XENC
from budkavle_sdk_transport.keys.key_pair import KeyPair, base64_of, public_key_of

AES256_CBC: Final = f"{NS_XENC}aes256-cbc"
RSA_OAEP: Final = f"{NS_XENC}rsa-oaep-mgf1p"
TYPE_ELEMENT: Final = f"{NS_XENC}Element"
TYPE_CONTENT: Final = f"{NS_XENC}Content"

BLOCK: Final = 16
CHUNK: Final = 786_432
"""Bytes at a time: a multiple of 16 (AES) and of 3 (base64), and small enough to stay in the processor's cache."""
MARK: Final = b"@"
"""The placeholder of the ciphertext in an `EncryptedData`; it occurs in neither base64 nor our markup."""

_DIGESTS: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256,
}


class Undecryptable(ValueError):
    """The payload cannot be decrypted with any of the recipient's keys; deliberately without the reason."""

    def __init__(self) -> None:
        super().__init__("The payload cannot be decrypted with the recipient's keys.")


def encrypted_data(certificate: x509.Certificate, key: bytes) -> bytes:
    """Return an `EncryptedData` whose cipher text is `MARK`, in canonical form.

    Args:
        certificate: The recipient's; it also goes into the document (3.4.4.4).
        key: The 32 random bytes that encrypt the payload.
    """
    wrapped = public_key_of(certificate).encrypt(key, _oaep(hashes.SHA1))
    return (
        f'<xenc:EncryptedData xmlns:xenc="{NS_XENC}" Type="{TYPE_ELEMENT}">'
        f'<xenc:EncryptionMethod Algorithm="{AES256_CBC}"></xenc:EncryptionMethod>'
        f'<ds:KeyInfo xmlns:ds="{NS_DS}"><xenc:EncryptedKey>'
        f'<xenc:EncryptionMethod Algorithm="{RSA_OAEP}"></xenc:EncryptionMethod>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64_of(certificate).decode()}</ds:X509Certificate>"
        f"</ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{pybase64.b64encode_as_string(wrapped)}"
        f"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
        f"<xenc:CipherData><xenc:CipherValue>{MARK.decode()}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
    ).encode()


def cipher_text(plain: bytes, key: bytes) -> Iterator[bytes]:
    """Encrypt, in pieces of base64 that follow on each other; the initialisation vector leads."""
    vector = os.urandom(BLOCK)
    encryptor = Cipher(AES256(key), CBC(vector)).encryptor()
    buffer = bytearray(CHUNK + 2 * BLOCK)
    view = memoryview(buffer)
    view[:BLOCK] = vector
    filled, at, source = BLOCK, 0, memoryview(plain)
    whole = len(plain) - len(plain) % BLOCK
    while at < whole:
        step = min(CHUNK - filled, whole - at)
        filled += encryptor.update_into(source[at : at + step], view[filled:])
        at += step
        if filled == CHUNK:
            yield pybase64.b64encode(view[:filled])
            filled = 0
    missing = BLOCK - len(plain) % BLOCK
    filled += encryptor.update_into(bytes(source[whole:]) + bytes([missing]) * missing, view[filled:])
    yield pybase64.b64encode(view[:filled])


def encrypt(plain: bytes, certificate: x509.Certificate) -> bytes:
    """Return an `EncryptedData` element around a payload. Large messages use `sealing`, which copies less."""
    key = os.urandom(32)
    head, tail = encrypted_data(certificate, key).split(MARK)
    return b"".join([head, *cipher_text(plain, key), tail])


def decrypt(data: etree._Element, keys: Sequence[KeyPair], blocks: Base64Blocks | None = None) -> bytes:
    """Decrypt an `EncryptedData` element whose envelope has been verified.

    Args:
        data: The element.
        keys: The recipient's pairs, newest first; an old one still opens what was sent before a key change.
        blocks: What was left out of the tree (`blocks.parse_with_blocks`); the cipher text is taken from there.

    Returns:
        The payload, as it was before encryption.

    Raises:
        Undecryptable: For whatever reason.
    """
    try:
        return _decrypt(data, keys, blocks or Base64Blocks())
    except (ValueError, LookupError, TypeError):
        raise Undecryptable from None


def _decrypt(data: etree._Element, keys: Sequence[KeyPair], blocks: Base64Blocks) -> bytes:
    _require(data.get("Type") in {TYPE_ELEMENT, TYPE_CONTENT})
    _require(_algorithm(data) == AES256_CBC)
    wrapped = data.findall(f"{{{NS_DS}}}KeyInfo/{{{NS_XENC}}}EncryptedKey")
    _require(len(wrapped) == 1)
    content, size = _cipher_content(data, blocks)
    _require(size >= 2 * BLOCK and size % BLOCK == 0)
    plain = _decrypt_in_place(content, size, _content_key(wrapped[0], keys))
    missing = plain[-1]
    _require(1 <= missing <= BLOCK)
    return bytes(plain[:-missing])


def _cipher_content(data: etree._Element, blocks: Base64Blocks) -> tuple[bytearray, int]:
    """Return the cipher text with at least `BLOCK` bytes behind it, and its size."""
    block = blocks.take(_cipher_value(data))
    if block is not None:
        return block.decoded, block.size
    content = _decoded(_cipher_value(data))
    return bytearray(content) + bytes(BLOCK), len(content)


def _decrypt_in_place(content: bytearray, size: int, key: bytes) -> memoryview:
    """Return the plain text, which takes the place of the cipher text behind its initialisation vector."""
    decryptor = Cipher(AES256(key), CBC(bytes(content[:BLOCK]))).decryptor()
    view = memoryview(content)
    for at in range(BLOCK, size, CHUNK):
        step = min(CHUNK, size - at)
        decryptor.update_into(view[at : at + step], view[at : at + step + BLOCK - 1])
    return view[BLOCK:size]


def _content_key(wrapped: etree._Element, keys: Sequence[KeyPair]) -> bytes:
    _require(_algorithm(wrapped) == RSA_OAEP)
    scheme = _oaep(_digest(wrapped))
    value = _decoded(_cipher_value(wrapped))
    for pair in _likeliest_first(wrapped, keys):
        try:
            key = pair.private_key.decrypt(value, scheme)
        except ValueError:
            continue
        _require(len(key) == 32)
        return key
    raise Undecryptable


def _likeliest_first(wrapped: etree._Element, keys: Sequence[KeyPair]) -> list[KeyPair]:
    """The pair whose certificate the sender names comes first; the name is a hint only."""
    named = wrapped.findtext(f"{{{NS_DS}}}KeyInfo/{{{NS_DS}}}X509Data/{{{NS_DS}}}X509Certificate") or ""
    stated = "".join(named.split()).encode()
    return sorted(keys, key=lambda pair: base64_of(pair.certificate) != stated)


def _digest(wrapped: etree._Element) -> type[hashes.HashAlgorithm]:
    method = wrapped.find(f"{{{NS_XENC}}}EncryptionMethod/{{{NS_DS}}}DigestMethod")
    return hashes.SHA1 if method is None else _DIGESTS[method.get("Algorithm", "")]


def _oaep(digest: type[hashes.HashAlgorithm]) -> padding.OAEP:
    # SHA-1 is what the algorithm's name stands for (XML Encryption 1.1, 5.5.2); OAEP does not need it collision-free.
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=digest(), label=None)  # noqa: S303


def _algorithm(element: etree._Element) -> str | None:
    method = element.find(f"{{{NS_XENC}}}EncryptionMethod")
    return None if method is None else method.get("Algorithm")


def _cipher_value(element: etree._Element) -> str:
    return element.findtext(f"{{{NS_XENC}}}CipherData/{{{NS_XENC}}}CipherValue") or ""


def _decoded(value: str) -> bytes:
    try:
        return pybase64.b64decode(value, validate=True)
    except ValueError:
        return pybase64.b64decode("".join(value.split()), validate=True)


def _require(truth: bool) -> None:
    if not truth:
        raise Undecryptable
