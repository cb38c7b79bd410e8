"""Closing an envelope: encrypt, then sign.

Source: Kuverteringsprofil XHE 1.0, 3.2; Transportmodell Utökad Bas 2.11 (receipts are signed, not encrypted).
"""

from __future__ import annotations

import os
from functools import lru_cache

from cryptography import x509

from budkavle_sdk_transport.envelope.encryption import MARK, cipher_text, encrypted_data
from budkavle_sdk_transport.envelope.signature import sign_canonical
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.keys.key_pair import KeyPair


def seal_message(xml: bytes, envelope: Envelope, *, signer: KeyPair, recipient_certificate: x509.Certificate) -> bytes:
    """Encrypt a message to its recipient, put it into its envelope and sign the whole.

    The envelope is written in canonical form around a mark, and the cipher text goes in where the mark stood: base64
    is its own canonical form, so the large part is written once and hashed as it is written.

    Args:
        xml: The message, one XML element without a declaration.
        envelope: What the envelope says; `encrypted` is true.
        signer: The sender's pair.
        recipient_certificate: The recipient's published certificate; its validity has been checked.

    Returns:
        The XHE document, in canonical form.
    """
    key = os.urandom(32)
    head, tail = build_envelope(envelope, encrypted_data(recipient_certificate, key)).rsplit(MARK, 1)
    return b"".join(sign_canonical([head, *cipher_text(xml, key), tail], _namespaces(head), signer))


def seal_receipt(xml: bytes, envelope: Envelope, *, signer: KeyPair) -> bytes:
    """Put a receipt into its envelope and sign the whole.

    Args:
        xml: The receipt, one canonical XML element without a declaration, as `build_receipt` writes it.
        envelope: What the envelope says; `encrypted` is false.
        signer: The pair of the participant that acknowledges.

    Returns:
        The XHE document, in canonical form.
    """
    document = build_envelope(envelope, xml)
    return b"".join(sign_canonical([document], _namespaces(document), signer))


def _namespaces(document: bytes) -> dict[str | None, str]:
    """Return what the root of a document of ours declares."""
    return dict(_declared(document[: document.index(b">")]))


@lru_cache(maxsize=16)
def _declared(start: bytes) -> dict[str | None, str]:
    return parse(start + b"/>").nsmap
