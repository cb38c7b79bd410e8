"""Parcels that have left the access point and are not stored yet: the older interface hands each out only once.

One file a parcel, flushed to the disk before anybody is told of it. What it holds is sealed for its recipient or, a
receipt, says nothing of any person; the folder is the service account's alone.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from budkavle_sdk_transport.access_point import Parcel, ParcelNotFound


@dataclass(frozen=True, slots=True)
class KeptParcels:
    """A folder of parcels."""

    folder: Path

    def keep(self, parcel: Parcel) -> None:
        """Make a parcel durable."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(parcel.transport_id)
        draft = path.with_suffix(".draft")
        head = {name: getattr(parcel, name) for name in Parcel.__slots__ if name != "payload"}
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(b"%b\n%b" % (json.dumps(head).encode(), parcel.payload))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def has(self, transport_id: str) -> bool:
        """Whether a parcel is here."""
        return self._path(transport_id).exists()

    def pending(self, participant: str) -> list[str]:
        """The parcels for a participant, oldest first."""
        files = sorted(self.folder.glob("*.parcel"), key=lambda path: path.stat().st_mtime_ns)
        heads = [_head(path) for path in files]
        return [head["transport_id"] for head in heads if head["recipient"] == participant]

    def parcel(self, transport_id: str) -> Parcel:
        """A parcel whole. Raises `ParcelNotFound`."""
        try:
            head, _, payload = self._path(transport_id).read_bytes().partition(b"\n")
        except FileNotFoundError:
            raise ParcelNotFound(f"No parcel with the transport id {transport_id} waits.") from None
        return Parcel(**json.loads(head), payload=payload)

    def forget(self, transport_id: str) -> None:
        """Take a parcel away that has been stored; twice is no error."""
        self._path(transport_id).unlink(missing_ok=True)

    def _path(self, transport_id: str) -> Path:
        return self.folder / f"{quote(transport_id, safe='')}.parcel"


def _head(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        head: dict[str, str] = json.loads(file.readline())
    return head
