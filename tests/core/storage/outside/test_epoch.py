"""A database that has gone back in time is noticed by the number that lies outside of it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.storage.database import Database
from budkavle.storage.outside import epoch, notes, quarantine
from budkavle.storage.outside.quarantine import Cause
from budkavle.storage.platform import Platform


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a host keeps the number."""
    return tmp_path / "outside"


def set_back(database: Database, number: int) -> None:
    """Restore the database to a moment at which it had this number."""
    with database.transaction(None) as connection:
        query = text("UPDATE installation SET value = convert_to(:n, 'UTF8') WHERE name = 'epoch'")
        connection.execute(query, {"n": str(number)})


def cause(database: Database) -> Cause | None:
    """Return why there is a quarantine; None where there is none."""
    note = quarantine.find(database)
    return note.cause if note else None


def test_the_number_grows_in_both_places(database: Database, folder: Path) -> None:
    """The job lets it grow, and a file that only its owner reads has it; nothing is wrong."""
    assert not epoch.compare(database, folder)
    for _ in range(3):
        epoch.grow(database, folder)
    assert epoch.read(folder) == 4
    assert (folder / "epoch").stat().st_mode & 0o777 == 0o600
    assert not epoch.compare(database, folder)
    assert cause(database) is None


@pytest.mark.feature("ZO13")
def test_a_database_that_is_behind_is_in_quarantine(database: Database, folder: Path) -> None:
    """Once; the number then goes on above the one that was kept, so that other hosts see no second restore."""
    epoch.compare(database, folder)
    for _ in range(3):
        epoch.grow(database, folder)
    set_back(database, 2)
    assert epoch.compare(database, folder)
    assert cause(database) is Cause.BEHIND
    assert epoch.read(folder) == 5
    assert not epoch.compare(database, folder)


def test_a_database_of_before_there_was_a_number_is_behind(platform: Platform, organisation) -> None:
    """The host has one, so what is here is older than it."""
    folder = platform.settings.outside_folder
    epoch.compare(platform.database, folder)
    epoch.grow(platform.database, folder)
    with platform.database.transaction(None) as connection:
        notes.remove(connection, epoch.NAME)
    assert epoch.compare(platform.database, folder)
    assert cause(platform.database) is Cause.BEHIND
    assert not epoch.compare(platform.database, folder)


def test_an_empty_database_is_no_restore(database: Database, folder: Path) -> None:
    """It goes on from the number that the host has kept."""
    epoch.keep(folder, 7)
    assert not epoch.compare(database, folder)
    assert epoch.read(folder) == 7
    assert cause(database) is None


def test_a_new_host_takes_the_number_over(database: Database, folder: Path, tmp_path: Path) -> None:
    """It has no file, and knows of no restore."""
    epoch.compare(database, folder)
    epoch.grow(database, folder)
    assert not epoch.compare(database, tmp_path / "new")
    assert epoch.read(tmp_path / "new") == 2
    assert cause(database) is None


def test_a_host_that_was_away_follows(database: Database, folder: Path, tmp_path: Path) -> None:
    """Its file is behind the database, which is as it should be."""
    epoch.compare(database, tmp_path / "away")
    epoch.compare(database, folder)
    epoch.grow(database, folder)
    assert not epoch.compare(database, tmp_path / "away")
    assert epoch.read(tmp_path / "away") == 2


def test_a_running_process_notices_too(platform) -> None:
    """With its next heartbeat: the database may be restored below it."""
    folder = platform.settings.outside_folder
    epoch.grow(platform.database, folder)
    epoch.grow(platform.database, folder)
    set_back(platform.database, 1)
    Heartbeat(platform, NodeKind.WEB).beat()
    assert cause(platform.database) is Cause.BEHIND


def test_a_folder_that_cannot_be_written_stops_nobody(database: Database, tmp_path: Path) -> None:
    """The host then knows of no restore, and the log says so."""
    (tmp_path / "file").write_text("")
    assert not epoch.compare(database, tmp_path / "file" / "outside")
