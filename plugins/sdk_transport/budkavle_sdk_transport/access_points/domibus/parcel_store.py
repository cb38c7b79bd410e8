"""Parcels that have left the access point and are not stored yet, so that no fault between the two loses one.

One file a parcel, sealed, flushed to the disk before anybody is told of it; the folder is the service account's alone.
A draft stands there from before the access point is asked: one that is found again tells that the access point may
have let go of something that never came.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from budkavle import Host
from budkavle_sdk_transport.access_points.interface import Parcel, ParcelNotFound

_NONCE: Final = 12
_LABEL: Final = "sdk.kept-parcel"
_HEAD: Final = tuple(name for name in Parcel.__slots__ if name != "payload")


class Box(Protocol):
    """Seals a key; the installation's vault."""

    def seal_installation(self, label: str, plain: bytes) -> bytes:
        """Seal what belongs to no organisation."""
        ...

    def open_installation(self, label: str, sealed: bytes) -> bytes:
        """Open it again."""
        ...


@dataclass(frozen=True, slots=True)
class VaultOfHost:
    """The installation's vault, asked for when something is sealed: while plugins register it is not open yet."""

    host: Host

    def seal_installation(self, label: str, plain: bytes) -> bytes:
        """See `Box`."""
        return self.host.vault.seal_installation(label, plain)

    def open_installation(self, label: str, sealed: bytes) -> bytes:
        """See `Box`."""
        return self.host.vault.open_installation(label, sealed)


@dataclass(frozen=True, slots=True)
class ParcelStore:
    """A folder of parcels.

    Attributes:
        folder: The folder; made at the first need.
        box: Seals the key of each parcel.
    """

    folder: Path
    box: Box

    @contextmanager
    def fetching(self, transport_id: str, participant: str) -> Iterator[bool]:
        """Note that a parcel is being fetched, until it is kept or `forget` is called; one worker at a time does it.

        Yields:
            Whether that has been begun before and never ended.

        Raises:
            ParcelNotFound: Another worker is about it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._draft(transport_id), "a+b", opener=_private) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
            except BlockingIOError:
                raise ParcelNotFound(f"The parcel {transport_id} is being fetched.") from None
            again = file.tell() > 0
            if not again:
                told = {"transport_id": transport_id, "recipient": participant}
                file.write(json.dumps(told).encode() + b"\n")
                file.flush()
            yield again

    def keep(self, parcel: Parcel) -> None:
        """Make a parcel durable."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(parcel.transport_id)
        part, key, nonce = path.with_suffix(".part"), AESGCM.generate_key(256), os.urandom(_NONCE)
        told = {name: getattr(parcel, name) for name in _HEAD}
        sealed = AESGCM(key).encrypt(nonce, parcel.payload, _bound(told))
        wrapped = base64.b64encode(self.box.seal_installation(_LABEL, key)).decode()
        with open(part, "wb", opener=_private) as file:
            file.writelines((json.dumps({**told, "key": wrapped}).encode(), b"\n", nonce, sealed))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync(self.folder)
        self._draft(parcel.transport_id).unlink(missing_ok=True)

    def has(self, transport_id: str) -> bool:
        """Tell whether a parcel is here."""
        return self._path(transport_id).exists()

    def pending(self, participant: str, *, begun: bool = False) -> list[str]:
        """Return the parcels for a participant, oldest first; or those whose fetching was begun and never ended."""
        files = sorted(self.folder.glob("*.draft" if begun else "*.parcel"), key=_age)
        heads = (_head(path) for path in files)
        return [head["transport_id"] for head in heads if head.get("recipient") == participant]

    def parcel(self, transport_id: str) -> Parcel:
        """Return a parcel whole. Raises `ParcelNotFound`."""
        try:
            line, _, content = self._path(transport_id).read_bytes().partition(b"\n")
        except FileNotFoundError:
            raise ParcelNotFound(f"No parcel with the transport id {transport_id} waits.") from None
        head = json.loads(line)
        wrapped, told = head.pop("key", ""), {name: head[name] for name in _HEAD}
        if wrapped:  # one from before parcels were sealed here has none
            key = self.box.open_installation(_LABEL, base64.b64decode(wrapped))
            content = AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], _bound(told))
        return Parcel(**told, payload=content)

    def forget(self, transport_id: str) -> None:
        """Take a parcel away that has been stored; twice is no error."""
        self._path(transport_id).unlink(missing_ok=True)
        self.give_up(transport_id)

    def give_up(self, transport_id: str) -> None:
        """Say that there is nothing to fetch."""
        self._draft(transport_id).unlink(missing_ok=True)

    def _draft(self, transport_id: str) -> Path:
        return self._path(transport_id).with_suffix(".draft")

    def _path(self, transport_id: str) -> Path:
        # Not with_suffix on the id itself, which may have dots.
        return self.folder / f"{quote(transport_id, safe='')}.parcel"


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _bound(told: dict[str, str]) -> bytes:
    """Return what the access point said of a parcel, so that it cannot be changed beside what is sealed."""
    return json.dumps(told, sort_keys=True).encode()


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another worker has just taken it away
        return 0


def _head(path: Path) -> dict[str, str]:
    """Return what a parcel's first line says; nothing where the file has gone or breaks off within the line."""
    try:
        with path.open("rb") as file:
            head: dict[str, str] = json.loads(file.readline())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return head
