"""What happened is written outside of the database, a line at a time, and read back by organisation."""

import errno
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from budkavle.model.errors import Unavailable
from budkavle.settings import Settings
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A host with a folder of its own."""
    return Settings(data=tmp_path, outside=tmp_path / "outside", node="Nod 1")


class Disk:
    """What a power cut leaves: each file as it was when it was last flushed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.content: dict[Path, str] = {}
        self.flushes: list[Path] = []
        monkeypatch.setattr(os, "fdatasync", self._flush)

    def _flush(self, handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        self.flushes.append(path)
        if path.is_file():
            self.content[path] = path.read_text()


def folder(settings: Settings) -> Path:
    """Where the files lie."""
    return settings.outside_folder / ledger.FOLDER


def test_what_is_noted_is_read_by_organisation_and_event(settings: Settings) -> None:
    """Also what another host has noted, whose file was put beside ours; nobody else reads them."""
    first, second, delivery, entry = uuid4(), uuid4(), uuid4(), uuid4()
    ledger.note(settings, LedgerEvent.HANDED_OVER, first, delivery)
    ledger.note(settings, LedgerEvent.HANDLED, first, entry)
    ledger.note(replace(settings, node="nod-2"), LedgerEvent.RECALLED, second, delivery)
    assert ledger.read(settings) == {
        first: {LedgerEvent.HANDED_OVER: {delivery}, LedgerEvent.HANDLED: {entry}},
        second: {LedgerEvent.RECALLED: {delivery}},
    }
    files = sorted(folder(settings).iterdir())
    assert [path.name.partition("_")[2] for path in files] == ["Nod-1.txt", "nod-2.txt"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_what_happened_before_is_left_out(settings: Settings) -> None:
    """By the time of each line; one without a time that can be read is kept."""
    organisation, delivery = uuid4(), uuid4()
    ledger.note(settings, LedgerEvent.HANDED_OVER, organisation, delivery)
    now = datetime.now(UTC)
    events = {organisation: {LedgerEvent.HANDED_OVER: {delivery}}}
    assert ledger.read(settings, now - timedelta(minutes=1)) == events
    assert ledger.read(settings, now + timedelta(minutes=1)) == {}
    (path,) = folder(settings).iterdir()
    line = path.read_text()
    for unlike in (f"2026-11-2{line}", f"{now.replace(tzinfo=None).isoformat()} {line.partition(' ')[2]}"):
        path.write_text(unlike)
        assert ledger.read(settings, now + timedelta(minutes=1)) == events


def test_a_line_that_was_cut_short_hides_no_other(settings: Settings) -> None:
    """The host died while it wrote."""
    organisation, delivery = uuid4(), uuid4()
    ledger.note(settings, LedgerEvent.HANDED_OVER, organisation, delivery)
    (path,) = folder(settings).iterdir()
    path.write_text(path.read_text() + "2026-11-28T10:00:00+00:00 handed-ov\n\n" + path.read_text()[:70])
    assert ledger.read(settings) == {organisation: {LedgerEvent.HANDED_OVER: {delivery}}}


@pytest.mark.parametrize("kept", [1, 12, 35, 80, 130])
def test_a_line_behind_one_that_was_cut_short_is_read(settings: Settings, kept: int) -> None:
    """They stand on one line then."""
    organisation, delivery = uuid4(), uuid4()
    ledger.note(settings, LedgerEvent.RECALLED, uuid4(), uuid4())
    (path,) = folder(settings).iterdir()
    path.write_text(path.read_text().strip()[:kept])
    ledger.note(settings, LedgerEvent.HANDED_OVER, organisation, delivery)
    assert ledger.read(settings)[organisation] == {LedgerEvent.HANDED_OVER: {delivery}}


def test_a_file_that_cannot_be_read_is_told(settings: Settings) -> None:
    """What it holds may have gone: nobody may take it for empty."""
    (folder(settings) / "2026-11-28_a.txt").mkdir(parents=True)
    with pytest.raises(Unavailable, match="2026-11-28_a"):
        ledger.read(settings)


def test_what_is_kept_outlives_a_power_cut(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of a batch are flushed at once, with the folders of a new file; nothing is flushed in vain."""
    ledger.keep()
    disk = Disk(monkeypatch)
    organisation, first, second = uuid4(), uuid4(), uuid4()
    ledger.note(settings, LedgerEvent.HANDED_OVER, organisation, first)
    ledger.note(settings, LedgerEvent.HANDED_OVER, organisation, second)
    assert disk.flushes == []
    ledger.keep()
    (path,) = folder(settings).iterdir()
    assert disk.flushes == [path, path.parent, path.parent.parent]
    assert disk.content[path].count("handed-over") == 2
    ledger.note(settings, LedgerEvent.RECALLED, organisation, first)
    ledger.keep()
    ledger.keep()
    assert disk.flushes[3:] == [path]
    assert disk.content[path] == path.read_text()


def test_what_a_process_has_noted_outlives_its_death(settings: Settings) -> None:
    """Also what was not flushed yet: nothing waits in its memory."""
    organisation, delivery = uuid4(), uuid4()
    script = (
        "import os, sys; from pathlib import Path; from uuid import UUID; from budkavle.settings import Settings\n"
        "from budkavle.storage.outside import ledger\n"
        "settings = Settings(data=Path(sys.argv[1]), outside=Path(sys.argv[1], 'outside'))\n"
        "ledger.note(settings, ledger.LedgerEvent.HANDED_OVER, UUID(sys.argv[2]), UUID(sys.argv[3]))\n"
        "os.kill(os.getpid(), 9)"
    )
    command = [sys.executable, "-c", script, str(settings.data), str(organisation), str(delivery)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert ledger.read(settings) == {organisation: {LedgerEvent.HANDED_OVER: {delivery}}}


def test_a_disk_that_does_not_flush_stops_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is logged, and what follows is flushed again."""

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        ledger.note(settings, LedgerEvent.HANDED_OVER, uuid4(), uuid4())
        ledger.keep()
    assert "ledger.not_kept" in capsys.readouterr().out
    disk = Disk(monkeypatch)
    ledger.note(settings, LedgerEvent.HANDED_OVER, uuid4(), uuid4())
    ledger.keep()
    assert [path.read_text() for path in folder(settings).iterdir()] == [*disk.content.values()]


def test_files_older_than_any_backup_go(settings: Settings) -> None:
    """When a new day begins; what is no file of ours stays."""
    folder(settings).mkdir(parents=True)
    today, days = datetime.now(UTC).date(), settings.key_store.backup_days
    old, kept = today - timedelta(days=days + 2), today - timedelta(days=days)
    for name in (f"{old}_a.txt", f"{kept}_a.txt", "notes.txt"):
        (folder(settings) / name).touch()
    ledger.note(settings, LedgerEvent.HANDED_OVER, uuid4(), uuid4())
    assert {path.name for path in folder(settings).iterdir()} == {f"{kept}_a.txt", "notes.txt", f"{today}_Nod-1.txt"}


def test_a_folder_that_cannot_be_written_stops_nothing(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """It is logged, and the event goes on."""
    settings.outside_folder.write_text("a file in its place")
    ledger.note(settings, LedgerEvent.HANDED_OVER, uuid4(), uuid4())
    assert "ledger.not_kept" in capsys.readouterr().out
