"""Wrapping for a public key that resists quantum computers: HPKE (RFC 9180) with X-Wing.

The KEM is MLKEM768-X25519 (X-Wing, draft-connolly-cfrg-xwing-kem; HPKE 0x647a, draft-ietf-hpke-pq): it combines both
shared secrets and the transcript of X25519, so an attacker must break both. HKDF-SHA-256 and AES-256-GCM follow.

A wrapped key begins with a byte that names the suite, and eight bytes that name the public key. Both, a label and
what the key belongs to are bound as HPKE's `info`. Another suite gets another byte; keys of this one still open.
"""

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from budkavle.model.errors import Damaged, Misconfigured

XWING: Final = 1
"""HPKE base mode, MLKEM768-X25519, HKDF-SHA-256, AES-256-GCM."""
ID_BYTES: Final = 8
_MLKEM_PUBLIC, _MLKEM_SEED, _X25519 = 1184, 64, 32
_LABEL = b"budkavle/recovery/1|"
_NEEDS = (
    "recovery_key behöver ML-KEM, som cryptography har från version 48 med OpenSSL 3.5 eller senare. Uppgradera"
    " cryptography, eller ta bort recovery_key ur inställningarna."
)
_NOT_A_KEY = "Filen {path} är ingen återställningsnyckel av rätt slag. Gör ett par med budkavle keys make-recovery."
_NOT_OPENED = "Kopian är inte gjord för den här återställningsnyckeln, eller har ändrats."


class _Half:
    """What both halves have in common: their file format.

    Args:
        raw: The bytes of the keys.
    """

    KIND: ClassVar[str]
    MODE: ClassVar[int]

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def write(self, path: Path) -> None:
        """Write the key into a new file; the private half is readable by its owner only."""
        _write(path, f"{self.KIND} {base64.b64encode(self._raw).decode()}\n", self.MODE)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            Misconfigured: The file is missing, its content is wrong, or the library has no ML-KEM.
        """
        try:
            return cls(_read(path, cls.KIND))
        except ValueError as error:
            raise Misconfigured(_NOT_A_KEY, path=str(path)) from error


class PublicKey(_Half):
    """The half that wraps.

    Args:
        raw: ML-KEM-768's public key (1184 bytes), then that of X25519 (32 bytes).

    Raises:
        Misconfigured: The installed library has no ML-KEM.
        ValueError: The bytes are not such keys.
    """

    KIND = "budkavle-recovery-public-1"
    MODE = 0o644

    def __init__(self, raw: bytes) -> None:
        mlkem, hpke = _library()
        super().__init__(raw)
        self._key = hpke.MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:]),
        )
        self.head = bytes([XWING]) + hashlib.sha256(raw).digest()[:ID_BYTES]

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key so that only the private half opens it.

        Args:
            key: The key.
            aad: What it belongs to.
        """
        return self.head + bytes(_suite().encrypt(key, self._key, info=_LABEL + self.head + aad))


class PrivateKey(_Half):
    """The private half; it is kept outside of the installation.

    Args:
        raw: ML-KEM-768's seed (64 bytes), then X25519's private key (32 bytes).

    Raises:
        Misconfigured: The installed library has no ML-KEM.
        ValueError: The bytes are not such keys.
    """

    KIND = "budkavle-recovery-private-1"
    MODE = 0o600

    def __init__(self, raw: bytes) -> None:
        mlkem, hpke = _library()
        super().__init__(raw)
        post_quantum = mlkem.MLKEM768PrivateKey.from_seed_bytes(raw[:_MLKEM_SEED])
        classical = X25519PrivateKey.from_private_bytes(raw[_MLKEM_SEED:])
        self._key = hpke.MLKEM768X25519PrivateKey(post_quantum, classical)
        self.public = PublicKey(
            post_quantum.public_key().public_bytes_raw() + classical.public_key().public_bytes_raw()
        )

    @classmethod
    def make(cls) -> "PrivateKey":
        """Make a new one from random bytes."""
        return cls(os.urandom(_MLKEM_SEED + _X25519))

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what the public half wrapped for the same purpose.

        Raises:
            Damaged: It was wrapped for another key or purpose, by another suite, or altered.
        """
        head = self.public.head
        if not wrapped.startswith(head):
            raise Damaged(_NOT_OPENED)
        try:
            return bytes(_suite().decrypt(wrapped.removeprefix(head), self._key, info=_LABEL + head + aad))
        except (InvalidTag, ValueError) as error:
            raise Damaged(_NOT_OPENED) from error


def _library() -> tuple[Any, Any]:
    """Return the modules for ML-KEM and HPKE; older libraries lack them, or lack ML-KEM."""
    try:
        from cryptography.hazmat.primitives import hpke
        from cryptography.hazmat.primitives.asymmetric import mlkem

        mlkem.MLKEM768PrivateKey.from_seed_bytes(bytes(_MLKEM_SEED))
    except (ImportError, AttributeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(_NEEDS) from error
    return mlkem, hpke


def _suite() -> Any:
    _, hpke = _library()
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def _write(path: Path, text: str, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, kind: str) -> bytes:
    try:
        words = path.read_text("ascii").split()
        if len(words) != 2 or words[0] != kind:
            raise ValueError(kind)
        return base64.b64decode(words[1], validate=True)
    except (OSError, binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(kind) from error
