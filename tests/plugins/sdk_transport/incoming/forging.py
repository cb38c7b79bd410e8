"""Envelopes that somebody has forged."""

from typing import Any

from budkavle_sdk_transport.envelope.signature import sign


def unsigned(xhe: bytes, _: Any) -> bytes:
    """The signature taken away."""
    start, end = xhe.index(b"<ds:Signature "), xhe.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return xhe[:start] + xhe[end:]


def signed_by_a_stranger(xhe: bytes, exchange: Any) -> bytes:
    """Signed by another organisation of the federation."""
    return sign(unsigned(xhe, exchange), exchange.stranger)


def another_function(xhe: bytes, _: Any) -> bytes:
    """Readdressed after signing."""
    return xhe.replace(b"SE2321009002-1001", b"SE2321009002-1002")


def another_sender(xhe: bytes, exchange: Any) -> bytes:
    """Sent in another organisation's name."""
    return xhe.replace(exchange.sender.encode(), exchange.recipient.encode())
