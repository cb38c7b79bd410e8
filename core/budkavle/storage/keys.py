"""AES-256-GCM, derived keys, the provider that has its key in a file, and guarded calls of other providers."""

import contextlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Damaged, Misconfigured, NotFound, Unavailable
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.base import MaybeAsync
from budkavle.plugins.protocols.key_provider import KeyProvider
from budkavle.plugins.walls import Walls
from budkavle.storage.key_wrapping.hybrid import PublicKey

__all__ = ["Damaged", "Destroyed", "FileKeys", "GuardedKeys", "Keys", "KeysUnavailable"]

KEY_BYTES = 32
NONCE_BYTES = 12
FILE: Final = "file"
"""The name in the settings of the provider that has its key in a file."""
ANSWER_SECONDS = 10.0
"""Timeout of a plugin's key provider, in seconds."""
_AWAY = "Nyckelleverantören {name} svarar inte som den ska, så inget krypterat kan läsas eller skrivas. Försök igen."
_AWAY_BECAUSE = "Nyckelleverantören {name} kan inte användas nu, så inget krypterat kan läsas eller skrivas: {error}"
log = structlog.get_logger("budkavle.storage.keys")


class KeysUnavailable(Unavailable):
    """The key provider does not answer; data under its keys cannot be read or written now."""


class KeeperUnknown(KeysUnavailable):
    """The keys belong to a provider that this process does not have; other processes may have it."""


class Destroyed(NotFound):
    """The key of the sealed data has been destroyed: the data can never be opened again."""


class Keys(ABC):
    """Wraps and unwraps the keys of this installation.

    A class and not a union: pages are typed by the platform, whose types msgspec reads, and it allows no union of
    classes.
    """

    name: str
    recovery: PublicKey | None = None
    """The public key for which each key is wrapped once more, in case the provider's own key is lost."""

    @property
    def installation_key(self) -> bytes | None:
        """The installation's own key if none is stored; None if the provider has none of its own."""
        return None

    def of(self, name: str) -> "Keys":
        """Return the provider with a given name, if several can open keys.

        Raises:
            KeeperUnknown: This process does not have it.
        """
        if name != self.name:
            raise KeeperUnknown("Nyckelleverantören {name} finns inte i den här processen.", name=name)
        return self

    @abstractmethod
    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key for a purpose."""

    @abstractmethod
    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what `wrap` sealed."""


class FileKeys(Keys):
    """The master key in a file that only its owner can read. `master_key` decides when one may be made.

    Args:
        path: The file: 32 bytes in hexadecimal and a line end.

    Raises:
        Misconfigured: The file is missing, its content is wrong, or others may write to it.
    """

    name = FILE

    def __init__(self, path: Path) -> None:
        self._key = _read(path)

    @property
    def installation_key(self) -> bytes:
        """The installation's own key, if none is stored: the key in the file."""
        return self._key

    @classmethod
    def make(cls, path: Path) -> "FileKeys":
        """Make the file with a new key, or open the existing one."""
        if not path.exists():
            _make(path)
        return cls(path)

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key under the master key."""
        return encrypt(self._key, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what `wrap` sealed."""
        return decrypt(self._key, wrapped, aad)


class GuardedKeys(Keys):
    """A plugin's key provider as the core calls it: with a timeout, and with uniform errors.

    Args:
        provider: The plugin's provider.
        plugin: The plugin's name.
        walls: Makes the calls.
    """

    def __init__(self, provider: KeyProvider, plugin: str, walls: Walls | None = None) -> None:
        self.name = provider.name
        self._provider = provider
        self._called = Called(plugin, "key_providers", provider.name)
        self._walls = walls or Walls()

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Seal a key.

        Raises:
            KeysUnavailable: The provider cannot do it now, or has not answered in time.
        """
        return self._ask(self._provider.wrap, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open what `wrap` sealed.

        Raises:
            Damaged: It was sealed under another key or for another purpose, or altered.
            KeysUnavailable: The provider cannot do it now, or has not answered in time.
        """
        return self._ask(self._provider.unwrap, wrapped, aad)

    def _ask(self, function: Callable[[bytes, bytes], MaybeAsync[bytes]], value: bytes, aad: bytes) -> bytes:
        try:
            answer: Any = self._walls.ask(self._called, ANSWER_SECONDS, function, value, aad)
        except Damaged:
            raise
        except BudkavleError as error:
            log.warning("keys.provider-away", provider=self.name, **describe(error))
            raise KeysUnavailable(_AWAY_BECAUSE, name=self.name, error=error) from error
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; its message may contain a key
            log.error("keys.provider-failed", provider=self.name, **describe(error))  # noqa: TRY400 - as above
            raise KeysUnavailable(_AWAY, name=self.name) from None
        if not isinstance(answer, bytes) or not answer:
            raise KeysUnavailable(_AWAY, name=self.name)
        return answer


def encrypt(key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Seal with AES-256-GCM; the fresh nonce is put in front (NIST SP 800-38D, section 8.2.2)."""
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


@dataclass(frozen=True, slots=True, repr=False)
class OrganisationKeys:
    """The keys derived from one version of an organisation's key."""

    version: int
    parts: bytes
    small: bytes
    words: bytes
    signing: Ed25519PrivateKey

    @classmethod
    def derive(cls, version: int, key: bytes) -> "OrganisationKeys":
        signing = Ed25519PrivateKey.from_private_bytes(derive(key, "signing"))
        return cls(version, derive(key, "parts"), derive(key, "small"), derive(key, "words"), signing)


def _make(path: Path) -> None:
    """Write a new key to a temporary file and link it into place, so that concurrent processes use the same key."""
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
    if is_read_by_others(path):
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


def is_read_by_others(path: Path) -> bool:
    """Tell whether other accounts can read a file: everyone, or a group.

    A file that root owns and that only our own group may read is allowed: a secret comes this way into a pod (`fsGroup`
    with mode 0440), and to a service without privileges.

    Raises:
        FileNotFoundError: The file is missing.
    """
    status = path.stat()
    is_mounted = status.st_uid == 0 != os.geteuid() and status.st_gid == os.getegid()
    return bool(status.st_mode & (stat.S_IROTH if is_mounted else stat.S_IRGRP | stat.S_IROTH))


def sync_folder(folder: Path) -> None:
    """Make the file names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
