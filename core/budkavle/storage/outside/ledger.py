"""What has left and what was recalled, in files outside of the database: one that is restored has forgotten it.

In the folder `ledger` beside the number of `epoch` lies a file for each day and host, with a line for each event: when,
what, organisation and id, never content. It is written after the event and before the database knows of it, so when a
process dies, at most what was under way is missing. Lines are on the disk (`keep`) before what they say is committed
durably, those of a batch with few flushes; so a power cut may take the lines of a batch that goes on, too. Files older
than any backup are taken away.
"""

import os
import re
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.settings import Settings
from budkavle.storage.outside import lines

FOLDER: Final = "ledger"
_UNREADABLE: Final = "Loggboken {path} går inte att läsa ({reason}). Den som kör Budkavle behöver få läsa den."
_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)_.*\.txt")
_UNKEPT: Final[set[Path]] = set()
"""Files and folders to which this process has written what may not be on the disk yet."""
_LOCK: Final = threading.Lock()
_FLUSHING: Final = threading.Lock()
log = structlog.get_logger("budkavle.storage.outside")


class LedgerEvent(StrEnum):
    """What a line tells of."""

    HANDED_OVER = "handed-over"
    """A delivery was handed over to its peer."""
    HANDLED = "handled"
    """An entry of an outbox was done."""
    RECALLED = "recalled"
    """A delivery was recalled by its sender."""


Events = Mapping[LedgerEvent, set[UUID]]
"""By what happened, the ids of deliveries or entries."""
Ledger = Mapping[UUID, Events]
"""The events of each organisation."""


def note(settings: Settings, event: LedgerEvent, organisation_id: UUID, thing_id: UUID) -> None:
    """Write an event down, which survives this process, and a power cut after `keep`.

    Where the folder cannot be written, it says so and goes on.
    """
    now = sources.now()
    host = re.sub(r"[^\w.-]", "-", settings.node or os.uname().nodename)
    path = settings.outside_folder / FOLDER / f"{now:%Y-%m-%d}_{host}.txt"
    line = f"{now.isoformat(timespec='milliseconds')} {event} {organisation_id} {thing_id}\n"
    try:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            _note_unkept(path.parent, path.parent.parent)
            _sweep(path.parent, settings.key_store.backup_days)
        try:
            lines.add(handle, line.encode())
        finally:
            os.close(handle)
        _note_unkept(path)
    except OSError as error:
        log.warning("ledger.not_kept", **describe(error))


def keep() -> None:
    """Return when what this process has noted is on the disk; where that fails, say so and go on."""
    with _FLUSHING:  # who comes second returns after the first has flushed theirs too
        with _LOCK:
            paths = sorted(_UNKEPT, reverse=True)  # a file before its folder
            _UNKEPT.clear()
        for path in paths:
            try:
                handle = os.open(path, os.O_RDONLY)
                try:
                    os.fdatasync(handle)
                finally:
                    os.close(handle)
            except FileNotFoundError:
                continue  # taken away since, as too old
            except OSError as error:
                log.warning("ledger.not_kept", **describe(error))


def _note_unkept(*paths: Path) -> None:
    with _LOCK:
        _UNKEPT.update(paths)


def read(settings: Settings, since: datetime | None = None) -> Ledger:
    """Return what all files here tell, of this host and of those whose files were put beside its own.

    A line that was cut short is passed over, and what was written behind it is read.

    Args:
        settings: Where the files are.
        since: Only what happened at this time or later, by the clock of the host that wrote it, and what has no time
            that can be read.

    Raises:
        Unavailable: A file cannot be read.
    """
    ledger: defaultdict[UUID, defaultdict[LedgerEvent, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted((settings.outside_folder / FOLDER).glob("*.txt")):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    with suppress(ValueError):
                        *before, event, organisation, thing = line.split()  # before may stand a line cut short
                        if since is None or not _is_before(since, before):
                            ledger[UUID(organisation)][LedgerEvent(event)].add(UUID(thing))
        except OSError as error:
            raise Unavailable(_UNREADABLE, path=str(path), reason=type(error).__name__) from error
    return ledger


def _is_before(since: datetime, words: Sequence[str]) -> bool:
    """Tell whether the last of a line's first words is an earlier time."""
    try:
        return datetime.fromisoformat(words[-1]) < since
    except (IndexError, TypeError, ValueError):  # no word, a time without its zone, no time
        return False


def _sweep(folder: Path, days: int) -> None:
    """Take away the files of days that no backup is kept of."""
    first = sources.now().date() - timedelta(days=days + 1)
    for path in folder.glob("*.txt"):
        name = _NAME.fullmatch(path.name)
        if name is not None and name[1] < first.isoformat():
            path.unlink(missing_ok=True)
