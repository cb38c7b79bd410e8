"""AES-256-GCM, the keys derived from a key, and the provider of the master key."""

import contextlib
import os
import stat
from pathlib import Path
from tempfile import mkstemp
from typing import Protocol

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from budkavle.model.errors import BudkavleError, Misconfigured

KEY_BYTES = 32
NONCE_BYTES = 12
log = structlog.get_logger("budkavle.storage.keys")


class Damaged(BudkavleError):
    """Stored bytes are not what was stored: altered, cut, moved, or sealed under another key."""

    slug, title, status = "damaged", "Uppgifterna går inte att läsa", 500


class KeyProvider(Protocol):
    """Keeps the key above all others; a plugin may keep it in a PKCS#11 module or in Vault."""

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key so that only this provider opens it."""
        ...

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what `wrap` sealed.

        Raises:
            Damaged: It was sealed by another provider or for another purpose.
        """
        ...

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose of the installation, always the same, from which nothing else follows."""
        ...


class FileKeys:
    """The master key in a file that only its owner can read. `master_key` says when one may be made.

    Args:
        path: The file: 32 bytes in hexadecimal and a line end.

    Raises:
        Misconfigured: There is no such file, it holds something else, or others may write to it.
    """

    def __init__(self, path: Path) -> None:
        self._key = _read(path)

    @classmethod
    def make(cls, path: Path) -> "FileKeys":
        """Make the file with a new key, or open the one that is there."""
        if not path.exists():
            _make(path)
        return cls(path)

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key under the master key."""
        return encrypt(self._key, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what `wrap` sealed."""
        return decrypt(self._key, wrapped, aad)

    def secret(self, purpose: str) -> bytes:
        """Derive it from the master key."""
        return derive(self._key, purpose)


def encrypt(key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Seal with AES-256-GCM; the fresh nonce stands first (NIST SP 800-38D, section 8.2.2)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, aad)


def decrypt(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Open what `encrypt` sealed.

    Raises:
        Damaged: It is not what was sealed under this key for this purpose.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError) as error:
        raise Damaged("Uppgifterna har ändrats efter att de sparades, eller hör till en annan nyckel.") from error


def derive(key: bytes, purpose: str) -> bytes:
    """Return a key for one purpose only (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, None, f"budkavle/{purpose}/1".encode()).derive(key)


def _make(path: Path) -> None:
    """Write a new key beside and link it into place: of two processes, one makes it and both read that one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = mkstemp(dir=path.parent, prefix=".master-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(KEY_BYTES).hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
    sync_folder(path.parent)


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise Misconfigured("Nyckelfilen {path} finns inte.", path=str(path)) from error
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Misconfigured("Andra får skriva i nyckelfilen {path}. Kör chmod 600 på den.", path=str(path))
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        log.warning("keys.readable-by-others", path=str(path))
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Misconfigured(
            "Nyckelfilen {path} ska innehålla 64 hexadecimala tecken. Återställ den från säkerhetskopian.",
            path=str(path),
        )
    return key


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
