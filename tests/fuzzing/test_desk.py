"""Documents in a child that takes many: whatever it does, the parent gets an answer, and the next is opened."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fuzzing import documents, samples
from tests.fuzzing.desk import Desk, Fallen

from budkavle import Bounds
from budkavle.plugins import closed_child

BOUNDS = Bounds(cpu=1, wall=300, memory=300_000_000, closed=True)


def warm_up() -> None:
    """Nothing is needed."""


def work(document: bytes) -> bool:
    """Do what a document says; in the child."""
    match document:
        case b"crash":
            ctypes.string_at(0)
        case b"loop":
            while True:
                pass
        case b"memory":
            return bool(bytes(1_000_000_000))
        case b"raise":
            raise KeyError(1)
        case b"file":
            try:
                Path(__file__).read_bytes()
            except OSError:
                return False
    return document != b"refused"


@pytest.fixture(autouse=True)
def _importable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child find this file by its name."""
    monkeypatch.syspath_prepend(root)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """One whose child does what documents say."""
    made = Desk(work, BOUNDS)
    yield made
    made.end()


@pytest.mark.slow
def test_what_brings_a_child_down_is_told_and_the_next_document_is_opened(desk: Desk) -> None:
    """By a fault of a library, or by taking too much time; too much memory and a refusal are answers of their own."""
    assert [desk.opens(document) for document in (b"a", b"refused", b"memory", b"a")] == [True, False, False, True]
    for document in (b"crash", b"loop"):
        with pytest.raises(Fallen):
            desk.opens(document)
        assert desk.opens(b"a")
    assert sorted(desk.fallen) == ["ended with -11", "ended with -24"]


@pytest.mark.slow
def test_a_fault_of_the_work_is_told(desk: Desk) -> None:
    """It is no refusal."""
    with pytest.raises(AssertionError, match="KeyError"):
        desk.opens(b"raise")
    assert desk.opens(b"a")


@pytest.mark.slow
def test_a_child_that_hangs_is_ended() -> None:
    """By the parent's clock, where it takes no time of the processor."""
    desk = Desk(work, Bounds(cpu=300, wall=1, memory=BOUNDS.memory))
    with pytest.raises(Fallen):
        desk.opens(b"loop")
    assert desk.fallen == {"time": 1}


@pytest.mark.slow
def test_a_child_reads_no_file(desk: Desk) -> None:
    """It is closed in as the product's children are, where the kernel has the locks."""
    assert desk.opens(b"file") is bool(closed_child.missing_locks() == list(closed_child.LOCKS))


@pytest.mark.slow
def test_a_document_that_brings_the_child_down_is_judged_by_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets one of the product's own children, whose verdict counts."""

    class Down:
        def opens(self, document: bytes) -> bool:
            raise Fallen

    monkeypatch.setattr(documents, "DESK", Down())
    documents.read(samples.seeds()[0])
    with pytest.raises(documents.Refused):
        documents.read(b"PK\x03\x04\0")
