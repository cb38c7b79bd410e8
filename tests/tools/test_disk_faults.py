"""What our own processes write, on a disk of which one operation after the other fails: EIO, full, or a short write."""

import errno
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from budkavle.model.errors import BudkavleError, Unavailable
from budkavle.operations.backup.files import copy_pieces
from budkavle.operations.backup.making import make_backup
from budkavle.settings import Settings
from budkavle.storage.blobs import Blobs
from budkavle.storage.events.sealed_heads import SealedHead, add_heads, read_heads
from budkavle.storage.keys import FileKeys
from budkavle.storage.outside import epoch, ledger
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.testing.organisations import SampleOrganisation

ROOT = Path(__file__).parents[2]
KEY, AAD, ORGANISATION = b"k" * 32, b"whose", uuid4()
CONTENT = bytes(range(256)) * 1200
"""More than a chunk."""


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


def each_fault(folder: Path, work: Callable[[Path], object]) -> Iterator[tuple[Path, BudkavleError | OSError | None]]:
    """Do a piece of work once for each of its operations and each fault, in a folder of its own.

    Yields:
        The folder, once the disk is well again, and what the work raised.
    """
    disk = import_module("simulate.disk")
    whole = disk.NthFails(folder=folder / "whole")
    with disk.failing(whole):
        work(folder / "whole")
    assert whole.done
    for number in range(1, len(whole.done) + 1):
        for fault in disk.FAULTS:
            for lasts in (False, True):
                place = folder / f"{number}-{fault}-{lasts}"
                judge, raised = disk.NthFails(number, fault, lasts, place), None
                with disk.failing(judge):
                    try:
                        work(place)
                    except (BudkavleError, OSError) as error:
                        raised = error
                yield place, raised


def opened(folder: Path) -> Blobs:
    """A store in a folder."""
    return Blobs.open(Settings(data=folder))


def test_the_layer_fails_what_it_is_told_to(tmp_path: Path) -> None:
    """By name and by descriptor, buffered or not; what lies elsewhere goes on, and so does all of it afterwards."""
    disk = import_module("simulate.disk")
    path = tmp_path / "in" / "file"
    path.parent.mkdir()
    with disk.failing(disk.NthFails(2, "full", folder=path.parent)):
        (tmp_path / "elsewhere").write_bytes(b"x")
        with pytest.raises(OSError, match="No space left") as full:
            path.write_bytes(b"x")
    assert full.value.errno == errno.ENOSPC
    path.write_bytes(b"whole")
    with disk.failing(disk.NthFails(1, "short", folder=path.parent)), path.open("wb", buffering=0) as file:
        assert file.write(b"1234") == 2
    assert path.read_bytes() == b"12"


@pytest.mark.feature("ZO16")
def test_a_file_of_the_store_is_whole_or_not_there(tmp_path: Path) -> None:
    """Whoever stores it is told; nothing of what failed is left, and what has its name was flushed before it got it."""
    for folder, raised in each_fault(tmp_path, lambda place: opened(place).store(ORGANISATION, KEY, AAD, CONTENT)):
        blobs = opened(folder)
        names = [str(path.relative_to(folder / "blobs")) for path in folder.rglob("*") if path.is_file()]
        if raised is None:
            assert [blobs.fetch(name, KEY, AAD) for name in names] == [CONTENT], folder.name
        else:
            assert isinstance(raised, Unavailable), folder.name
            assert names == [], folder.name


def test_a_copied_file_of_the_store_is_taken_again_until_it_is_durable(tmp_path: Path) -> None:
    """A copy that failed anywhere is not taken for one that is there."""
    pieces = [b"a" * 1000, b"b" * 1000]
    disk = import_module("simulate.disk")
    for folder, raised in each_fault(tmp_path, lambda place: opened(place).put_sealed("x/y", pieces)):
        again = disk.NthFails(folder=folder)
        with disk.failing(again):
            opened(folder).put_sealed("x/y", pieces)
        assert b"".join(opened(folder).sealed_pieces("x/y")) == b"".join(pieces), folder.name
        flushed = [Path(path).name for operation, path in again.done if operation == "flush"]
        assert raised is None or "y#1" in flushed, folder.name


def test_a_file_is_flushed_before_it_gets_its_name(tmp_path: Path) -> None:
    """And its folder after that: a power cut leaves the whole file or none of that name."""
    disk = import_module("simulate.disk")
    judge = disk.NthFails(folder=tmp_path)
    with disk.failing(judge):
        opened(tmp_path).put_sealed("x/y", [b"1"])
    operations = [(operation, Path(path).name) for operation, path in judge.done]
    assert operations[-4:] == [("flush", "y#1"), ("rename", "y"), ("flush", "x"), ("flush", "blobs")]


def test_a_line_of_the_ledger_is_whole_or_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is stopped; and what is noted when the disk is well again can be read."""
    delivery, later = uuid4(), uuid4()

    def work(place: Path) -> None:
        capsys.readouterr()
        ledger.note(Settings(data=place, outside=place), LedgerEvent.HANDED_OVER, ORGANISATION, delivery)
        ledger.keep()

    for folder, raised in each_fault(tmp_path, work):
        settings, told = Settings(data=folder, outside=folder), "ledger.not_kept" in capsys.readouterr().out
        ledger.note(settings, LedgerEvent.HANDED_OVER, ORGANISATION, later)
        known = ledger.read(settings)[ORGANISATION][LedgerEvent.HANDED_OVER]
        assert raised is None, folder.name
        assert later in known, folder.name
        assert told or delivery in known, folder.name


def test_signed_heads_are_added_whole_or_not_at_all(tmp_path: Path) -> None:
    """Whoever adds is told, and the file can be read: those that were there before, and those that come later."""

    def head(number: int) -> SealedHead:
        return SealedHead(ORGANISATION, number, bytes([number]) * 32, b"signature", datetime.now(UTC))

    def work(place: Path) -> None:
        place.mkdir()
        with (place / "heads").open("x"):
            pass
        add_heads(place / "heads", [head(1)])
        add_heads(place / "heads", [head(2), head(3)])

    disk = import_module("simulate.disk")
    whole = disk.NthFails(folder=tmp_path)
    with disk.failing(whole):
        work(tmp_path / "flushed")
    assert [operation for operation, _ in whole.done] == ["open", *("write", "flush") * 2]
    for folder, raised in each_fault(tmp_path, work):
        if not (folder / "heads").exists():
            continue
        before = set(read_heads(folder / "heads").get(ORGANISATION, ()))
        assert raised or before == {1, 2, 3}, folder.name
        add_heads(folder / "heads", [head(4)])
        assert set(read_heads(folder / "heads")[ORGANISATION]) == before | {4}, folder.name


def test_the_kept_number_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    """The number of restores is never unreadable, and nobody is stopped."""

    def work(place: Path) -> None:
        epoch.keep(place, 7)
        epoch.keep(place, 8)

    for folder, raised in each_fault(tmp_path, work):
        assert raised is None, folder.name
        assert epoch.read(folder) in {None, 7, 8}, folder.name
        epoch.keep(folder, 9)
        assert epoch.read(folder) == 9, folder.name


def test_a_master_key_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """What failed leaves nothing that somebody would take for a key."""
    for folder, raised in each_fault(tmp_path, lambda place: FileKeys.make(place / "key")):
        left = [path.name for path in folder.iterdir()] if folder.exists() else []
        assert left in ([], ["key"]), folder.name
        assert raised or FileKeys(folder / "key").installation_key, folder.name
        if not left:
            FileKeys.make(folder / "key")
        assert len(FileKeys(folder / "key").installation_key) == 32, folder.name


def test_a_file_of_a_backup_is_summed_as_it_lies_there(tmp_path: Path) -> None:
    """Or whoever makes it is told."""

    def work(place: Path) -> tuple[int, str]:
        place.mkdir()
        return copy_pieces([CONTENT, CONTENT], place / "file")

    for folder, raised in each_fault(tmp_path, work):
        assert raised or (folder / "file").read_bytes() == 2 * CONTENT, folder.name


def test_a_store_without_room_is_told_as_such(tmp_path: Path) -> None:
    """And one that does not answer as that."""
    disk = import_module("simulate.disk")
    for fault, sentence in (("full", "inte plats"), ("broken", "svarar inte")):
        with disk.failing(disk.NthFails(1, fault, True, tmp_path)), pytest.raises(Unavailable, match=sentence):
            opened(tmp_path).store(ORGANISATION, KEY, AAD, CONTENT)


@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize("fault", ["full", "broken"])
def test_a_backup_that_did_not_fit_says_so(
    organisation: SampleOrganisation, tmp_path: Path, share: float, fault: str
) -> None:
    """At its first file, in the middle and at its end: the folder has no manifest, so nobody takes it for a backup."""
    disk: Any = import_module("simulate.disk")
    organisation.arrive("Hej")
    whole = disk.NthFails(folder=tmp_path)
    with disk.failing(whole):
        make_backup(organisation.platform, tmp_path / "whole")
    number = 1 + round(share * (len(whole.done) - 2))  # the second backup may have one write less
    with (
        disk.failing(disk.NthFails(number, fault, lasts=True, folder=tmp_path / "half")),
        pytest.raises(Unavailable, match="säkerhetskopian") as told,
    ):
        make_backup(organisation.platform, tmp_path / "half")
    assert "No space left" not in told.value.message
    assert not (tmp_path / "half" / "manifest.json").exists() or share == 1
