"""An access point that is a folder.

One folder stands for all access points of the federation. A parcel is one file, written aside, flushed to the disk
and then linked into its recipient's `pending`; downloaded, it is renamed into `downloaded`. Each step is one atomic
operation of the file system, so any number of processes may share the folder and be killed at any point.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from budkavle_sdk_transport.access_point import Parcel, ParcelNotFound, ParcelRefused, Role, Submitted

MOST_PENDING: Final = 500
"""As many as Domibus lists at a time (`wsplugin.messages.pending.list.max`)."""

_TRANSPORT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,199}")


@dataclass(frozen=True, slots=True)
class SpoolAccessPoint:
    """See `AccessPoint`.

    Attributes:
        folder: The shared folder; made when it is not there.
    """

    folder: Path

    def register(self, participant: str) -> None:
        """Make a participant reachable."""
        for place in ("pending", "downloaded"):
            self._place(place, participant).mkdir(parents=True, exist_ok=True)

    def submit(self, parcel: Parcel) -> Submitted:
        """See `AccessPoint`. A recipient that is not registered is a failed sending, as in the field."""
        if not _TRANSPORT_ID.fullmatch(parcel.transport_id):
            raise ParcelRefused("The transport id has characters that an AS4 message id does not have.")
        if self._find(parcel.transport_id) is not None:
            raise ParcelRefused(f"A parcel with the transport id {parcel.transport_id} was submitted before.")
        reachable = self._place("pending", parcel.recipient).is_dir()
        target = self._place("pending" if reachable else "failed", parcel.recipient) / parcel.transport_id
        self._write(target, parcel)
        return Submitted(parcel.transport_id, "SEND_ENQUEUED")

    def pending(self, participant: str) -> list[str]:
        """See `AccessPoint`."""
        place = self._place("pending", participant)
        if not place.is_dir():
            return []
        with os.scandir(place) as entries:
            waiting = sorted((_age(entry), entry.name) for entry in entries)
        return [name for _, name in waiting[:MOST_PENDING]]

    def parcel(self, transport_id: str) -> Parcel:
        """See `AccessPoint`."""
        path = self._find(transport_id)
        if path is None or path.parent.parent.name != "pending":
            raise ParcelNotFound(f"No parcel with the transport id {transport_id} waits.")
        try:
            head, _, payload = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            raise ParcelNotFound(f"The parcel {transport_id} was just downloaded by another.") from None
        return Parcel(**json.loads(head), payload=payload)

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
        _flush_folder(target.parent)
        _flush_folder(path.parent)

    def status(self, transport_id: str, role: Role = "SENDING") -> str:
        """See `AccessPoint`. What lies in the recipient's folder has been delivered and receipted."""
        path = self._find(transport_id)
        if path is None:
            return "NOT_FOUND"
        place = path.parent.parent.name
        if place == "failed":
            return "SEND_FAILURE" if role == "SENDING" else "NOT_FOUND"
        if role == "SENDING":
            return "ACKNOWLEDGED"
        return "RECEIVED" if place == "pending" else "DOWNLOADED"

    def _place(self, place: str, participant: str) -> Path:
        return self.folder / place / quote(participant, safe="")

    def _find(self, transport_id: str) -> Path | None:
        """Look where a parcel moves to last, so that one that moves meanwhile is not missed."""
        if not _TRANSPORT_ID.fullmatch(transport_id):
            return None
        for place in ("pending", "downloaded", "failed"):
            for folder in _folders(self.folder / place):
                if os.path.exists(f"{folder}/{transport_id}"):  # noqa: PTH110 - a Path each would cost more than asking
                    return Path(folder, transport_id)
        return None

    def _write(self, target: Path, parcel: Parcel) -> None:
        aside = self.folder / "aside"
        aside.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        head = {name: getattr(parcel, name) for name in Parcel.__slots__ if name != "payload"}
        draft = aside / str(uuid.uuid4())
        try:
            with draft.open("xb") as file:
                file.write(json.dumps(head).encode() + b"\n")
                file.write(parcel.payload)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, target)
        except FileExistsError:
            raise ParcelRefused(f"A parcel with the transport id {parcel.transport_id} was submitted before.") from None
        finally:
            draft.unlink(missing_ok=True)
        _flush_folder(target.parent)


def _folders(place: Path) -> list[str]:
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


def _flush_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut (not on Windows, which keeps names by itself)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
