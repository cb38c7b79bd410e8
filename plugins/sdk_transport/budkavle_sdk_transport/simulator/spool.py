"""An access point that is a folder.

One folder stands for all access points of the federation. A parcel is one file, written aside and then linked into
its recipient's `pending`; downloaded, it is renamed into `downloaded`. Each step is one atomic operation of the file
system, so any number of processes may share the folder and be killed at any point.

Nothing is flushed to the disk: a real access point is another machine, which answers for its own disk. So a power cut
may take the last parcels of the simulated federation, and nothing of Budkavle's.
"""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from budkavle_sdk_transport.access_points.interface import Parcel, ParcelNotFound, ParcelRefused, Role, Submitted
from budkavle_sdk_transport.simulator.fault_orders import FaultOrders

MOST_PENDING: Final = 500
"""As many as Domibus lists at a time (`wsplugin.messages.pending.list.max`)."""

_PLACES: Final = ("held", "pending", "downloaded", "failed")
"""In the order in which a parcel moves, so that one that moves meanwhile is not missed."""
_MOST_KNOWN: Final = 10_000
_TRANSPORT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,199}")


@dataclass(frozen=True, slots=True)
class SpoolAccessPoint:
    """See `AccessPoint`.

    Attributes:
        folder: The shared folder; made when it is not there.
    """

    folder: Path
    _whose: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The recipients of parcels that this process has seen: where to look first."""

    def register(self, participant: str) -> None:
        """Make a participant reachable."""
        for place in (self._place("pending", participant), self._place("downloaded", participant), self._aside):
            Path(place).mkdir(parents=True, exist_ok=True)

    def submit(self, parcel: Parcel) -> Submitted:
        """See `AccessPoint`. A recipient that is not registered is a failed sending, as in the field."""
        if not _TRANSPORT_ID.fullmatch(parcel.transport_id):
            raise ParcelRefused("The transport id has characters that an AS4 message id does not have.")
        if self._at(parcel.transport_id, parcel.recipient) is not None:
            raise ParcelRefused(f"A parcel with the transport id {parcel.transport_id} was submitted before.")
        place = "held" if self.orders.stand() else "pending"
        self.deliver(parcel, place if Path(self._place("pending", parcel.recipient)).is_dir() else "failed")
        return Submitted(parcel.transport_id, "SEND_ENQUEUED")

    def deliver(self, parcel: Parcel, place: str = "pending") -> None:
        """Put a parcel where its recipient finds it, or in another place of the folder."""
        target = self._place(place, parcel.recipient)
        if place != "pending":
            for folder in (target, self._aside):
                Path(folder).mkdir(parents=True, exist_ok=True)
        self._write(f"{target}/{parcel.transport_id}", parcel)
        self._note(parcel.recipient, parcel.transport_id)

    @property
    def orders(self) -> FaultOrders:
        """How the network has been ordered to misbehave."""
        return FaultOrders(self.folder)

    def held(self) -> list[tuple[float, Path]]:
        """Return what has been put aside, and since when (in seconds), oldest first."""
        paths = [Path(path) for folder in _folders(f"{self.folder}/held") for path in _folders(folder)]
        return sorted((path.stat().st_mtime, path) for path in paths)

    def release(self, path: Path, place: str) -> None:
        """Move what has been put aside, as if it came just now."""
        target = self.folder / place / path.parent.name
        target.mkdir(parents=True, exist_ok=True)
        now = time.time_ns()  # the file system's own clock ticks too slowly to keep two apart
        os.utime(path, ns=(now, now))
        path.rename(target / path.name)

    def read(self, path: Path) -> Parcel:
        """Return a parcel as it lies in its file. Raises `FileNotFoundError`."""
        head, _, payload = path.read_bytes().partition(b"\n")
        return Parcel(**json.loads(head), payload=payload)

    def pending(self, participant: str) -> list[str]:
        """See `AccessPoint`."""
        try:
            with os.scandir(self._place("pending", participant)) as entries:
                waiting = sorted((_age(entry), entry.name) for entry in entries)
        except FileNotFoundError:
            return []
        names = [name for _, name in waiting[:MOST_PENDING]]
        self._note(participant, *names)
        return names

    def parcel(self, transport_id: str) -> Parcel:
        """See `AccessPoint`."""
        path = self._find(transport_id)
        if path is None or path.parent.parent.name != "pending":
            raise ParcelNotFound(f"No parcel with the transport id {transport_id} waits.")
        try:
            return self.read(path)
        except FileNotFoundError:
            raise ParcelNotFound(f"The parcel {transport_id} was just downloaded by another.") from None

    def retrieve(self, transport_id: str) -> bytes:
        """See `AccessPoint`."""
        return self.parcel(transport_id).payload

    def mark_downloaded(self, transport_id: str) -> None:
        """See `AccessPoint`. Marking twice is no error."""
        path = self._find(transport_id)
        if path is None:
            raise ParcelNotFound(f"There is no parcel with the transport id {transport_id}.")
        if path.parent.parent.name != "pending":
            return
        target = self.folder / "downloaded" / path.parent.name / transport_id
        try:
            path.rename(target)
        except FileNotFoundError:
            if not target.exists():
                raise
            return

    def status(self, transport_id: str, role: Role = "SENDING") -> str:
        """See `AccessPoint`. What lies in the recipient's folder has been delivered and receipted."""
        path = self._find(transport_id)
        if path is None:
            return "NOT_FOUND"
        place = path.parent.parent.name
        if place == "held":
            return "SEND_ENQUEUED" if role == "SENDING" else "NOT_FOUND"
        if place == "failed":
            return "SEND_FAILURE" if role == "SENDING" else "NOT_FOUND"
        if role == "SENDING":
            return "ACKNOWLEDGED"
        return "RECEIVED" if place == "pending" else "DOWNLOADED"

    @property
    def _aside(self) -> str:
        return f"{self.folder}/aside"

    def _place(self, place: str, participant: str) -> str:
        return f"{self.folder}/{place}/{_folder_name(participant)}"

    def _note(self, participant: str, *transport_ids: str) -> None:
        if len(self._whose) > _MOST_KNOWN:
            self._whose.clear()
        self._whose.update(dict.fromkeys(transport_ids, participant))

    def _find(self, transport_id: str) -> Path | None:
        """Look for a parcel, first among its recipient's, where that is known."""
        if not _TRANSPORT_ID.fullmatch(transport_id):
            return None
        owner = self._whose.get(transport_id)
        if owner is not None and (path := self._at(transport_id, owner)) is not None:
            return path
        for place in _PLACES:
            for folder in _folders(f"{self.folder}/{place}"):
                if os.path.exists(f"{folder}/{transport_id}"):  # noqa: PTH110 - a Path each would cost more than asking
                    return Path(folder, transport_id)
        return None

    def _at(self, transport_id: str, participant: str) -> Path | None:
        """Return where a parcel lies among those of its recipient."""
        for place in _PLACES:
            path = f"{self._place(place, participant)}/{transport_id}"
            if os.path.exists(path):  # noqa: PTH110 - the same
                return Path(path)
        return None

    def _write(self, target: str, parcel: Parcel) -> None:
        head = {name: getattr(parcel, name) for name in Parcel.__slots__ if name != "payload"}
        draft = Path(f"{self._aside}/{uuid.uuid4()}")
        try:
            with draft.open("xb", buffering=0) as file:
                file.write(b"%b\n%b" % (json.dumps(head).encode(), parcel.payload))
            os.link(draft, target)
        except FileExistsError:
            raise ParcelRefused(f"A parcel with the transport id {parcel.transport_id} was submitted before.") from None
        finally:
            draft.unlink(missing_ok=True)


@lru_cache(_MOST_KNOWN)
def _folder_name(participant: str) -> str:
    return quote(participant, safe="")


def _folders(place: str) -> list[str]:
    try:
        with os.scandir(place) as entries:
            return [entry.path for entry in entries]
    except FileNotFoundError:
        return []


def _age(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
