"""A number that only grows, in the database and in a file outside of it: a database behind its file was restored.

A job increments it, and each host keeps the highest number that it has seen in a file beside the master key
(`Settings.outside_folder`). Processes compare both when they start and at each heartbeat. A host without a file takes
the database's number: it is new.
"""

import os
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, select, text

from budkavle.logs import describe
from budkavle.storage.database import Database
from budkavle.storage.outside import notes, quarantine
from budkavle.storage.outside.quarantine import Cause
from budkavle.storage.tables import organisations

NAME: Final = "epoch"
log = structlog.get_logger("budkavle.storage.outside")
_GROW = """
UPDATE installation SET value = convert_to((convert_from(value, 'UTF8')::bigint + 1)::text, 'UTF8')
WHERE name = 'epoch' RETURNING convert_from(value, 'UTF8')::bigint
"""


def compare(database: Database, folder: Path) -> bool:
    """Compare the database's number with this host's, keep the higher one, and begin a quarantine if it is behind.

    Returns:
        Whether the database is behind.

    Raises:
        Unavailable: The database does not answer.
    """
    kept = read(folder)
    with database.transaction(None) as connection:
        if not notes.has_table(connection):
            return False
        number = notes.load(connection, NAME, int)
        if number is None:  # a new database, or one from before this number existed
            number = 1 if kept is None or _has_organisations(connection) else kept
            notes.store(connection, NAME, number, replace=False)
        is_behind = kept is not None and number < kept
        if is_behind:
            notes.store(connection, quarantine.NAME, quarantine.new(Cause.BEHIND), replace=False)
            number = (kept or 0) + 1
            notes.store(connection, NAME, number)
    if is_behind:
        log.error("quarantine.begun", reason=Cause.BEHIND.value)
    if number != kept:
        keep(folder, number)
    return is_behind


def grow(database: Database, folder: Path) -> int:
    """Increment the number in the database and then here; a job. Returns 0: there is nothing more to do."""
    with database.transaction(None) as connection:
        number = connection.execute(text(_GROW)).scalar_one_or_none()
    if number is not None:
        keep(folder, number)
    return 0


def read(folder: Path) -> int | None:
    """Return the number that this host has stored; None if it has none."""
    try:
        return int((folder / NAME).read_text("ascii"))
    except (OSError, ValueError):
        return None


def _has_organisations(connection: Connection) -> bool:
    return connection.execute(select(organisations.c.id).limit(1)).first() is not None


def keep(folder: Path, number: int) -> None:
    """Store a number here; failure is logged: this host then detects no restore."""
    part = folder / f".{NAME}-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{number}\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / NAME)
    except OSError as error:
        log.warning("epoch.not_kept", **describe(error))
