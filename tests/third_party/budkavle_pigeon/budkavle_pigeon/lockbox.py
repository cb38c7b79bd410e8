"""A key provider: the key lies in the lockbox, a file, and wraps other keys by AES Key Wrap (RFC 3394)."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from budkavle import Damaged, Unavailable


class Lockbox:
    """The key in the lockbox.

    AES Key Wrap authenticates nothing beside the key. So each purpose has a wrapping key of its own, derived from the
    key in the lockbox.

    Args:
        path: The file. An administrator makes it, by `Lockbox.make`; the lockbox itself never makes a key.
    """

    name = "lockbox"

    def __init__(self, path: Path) -> None:
        self._path = path

    @staticmethod
    def make(path: Path) -> None:
        """Put a new key into the lockbox."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key."""
        return aes_key_wrap(self._wrapping_key(aad), key)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what `wrap` sealed."""
        try:
            return aes_key_unwrap(self._wrapping_key(aad), wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise Damaged("Nyckeln hör inte till den här lådan, eller har ändrats.") from error

    def _wrapping_key(self, aad: bytes) -> bytes:
        try:
            key = self._path.read_bytes()
        except OSError as error:
            raise Unavailable("Lådan med nyckeln går inte att öppna.") from error
        return HKDF(SHA256(), 32, None, b"budkavle_pigeon/" + aad).derive(key)
