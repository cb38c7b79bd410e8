"""What has been sent and recalled, in files outside of the database, because a restored database has forgotten it.

The folder `ledger`, beside the number of `epoch`, contains a file for each day and host, with a line for each event:
time, event, organisation and id, never content. A line is written after the event and before the database knows of it,
so if a process dies, at most the event under way is missing. Lines are on disk (`keep`) before the database commits
them durably, with few flushes for a batch; so a power cut may also take the lines of an unfinished batch. Files older
than any backup are deleted.
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
"""Files and folders with lines of this process that may not be on disk yet."""
_LOCK: Final = threading.Lock()
_FLUSHING: Final = threading.Lock()
log = structlog.get_logger("budkavle.storage.outside")


class LedgerEvent(StrEnum):
    """The kinds of events."""

    HANDED_OVER = "handed-over"
    """A delivery was handed over to its peer."""
    HANDLED = "handled"
    """An entry of an outbox was done."""
    RECALLED = "recalled"
    """A delivery was recalled by its sender."""


Events = Mapping[LedgerEvent, set[UUID]]
"""The ids of deliveries or entries, by event."""
Ledger = Mapping[UUID, Events]
"""The events of each organisation."""


def note(settings: Settings, event: LedgerEvent, organisation_id: UUID, thing_id: UUID) -> None:
    """Record an event, so that it survives a crash of this process, and after `keep` a power cut.

    If the folder cannot be written, this is only logged.
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
    """Flush to disk what this process has recorded; failure is only logged."""
    with _FLUSHING:  # a second caller returns after the first has flushed its lines too
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
                continue  # deleted since, as too old
            except OSError as error:
                log.warning("ledger.not_kept", **describe(error))


def _note_unkept(*paths: Path) -> None:
    with _LOCK:
        _UNKEPT.update(paths)


def read(settings: Settings, since: datetime | None = None) -> Ledger:
    """Return the events in all files here, of this host and of hosts whose files were copied here.

    An incomplete line is skipped, and what was written after it is read.

    Args:
        settings: Where the files are.
        since: Only events at this time or later, by the clock of the host that wrote them, and events without a
            readable time.

    Raises:
        Unavailable: A file cannot be read.
    """
    ledger: defaultdict[UUID, defaultdict[LedgerEvent, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted((settings.outside_folder / FOLDER).glob("*.txt")):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    with suppress(ValueError):
                        *before, event, organisation, thing = line.split()  # an incomplete line may come before it
                        if since is None or not _is_before(since, before):
                            ledger[UUID(organisation)][LedgerEvent(event)].add(UUID(thing))
        except OSError as error:
            raise Unavailable(_UNREADABLE, path=str(path), reason=type(error).__name__) from error
    return ledger


def _is_before(since: datetime, words: Sequence[str]) -> bool:
    """Tell whether the last of a line's first words is an earlier time."""
    try:
        return datetime.fromisoformat(words[-1]) < since
    except (IndexError, TypeError, ValueError):  # no word, a time without its zone, not a time
        return False


def _sweep(folder: Path, days: int) -> None:
    """Delete the files of days for which no backup is kept."""
    first = sources.now().date() - timedelta(days=days + 1)
    for path in folder.glob("*.txt"):
        name = _NAME.fullmatch(path.name)
        if name is not None and name[1] < first.isoformat():
            path.unlink(missing_ok=True)
