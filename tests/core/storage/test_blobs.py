"""Large files: encrypted while they stream, and found out when they are tampered with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from budkavle.model.errors import NotFound, TooLarge, Unavailable
from budkavle.settings import Settings
from budkavle.storage.blobs import BUFFER, Blobs
from budkavle.storage.blobs.format import CHUNK, HEADER, TAG
from budkavle.storage.keys import Damaged

KEY, AAD, ORGANISATION = b"k" * 32, b"whose", uuid4()
SEALED = CHUNK + TAG


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.open(Settings(data=tmp_path))


@given(
    size=st.one_of(
        st.integers(0, 300), st.sampled_from([n * CHUNK + d for n in (1, 2, 3) for d in (-1, 0, 1)] + [BUFFER + 5])
    ),
    piece=st.sampled_from([1000, CHUNK - 1, CHUNK, CHUNK + 1, 1_000_000]),
)
@settings(max_examples=60)
def test_what_was_written_is_read(size: int, piece: int) -> None:
    """Of any size, in pieces of any size, through a store that is no folder."""
    blobs = Blobs(MemoryStore())
    data = bytes(n % 251 for n in range(997)) * (size // 997 + 1)
    data = data[:size]
    written = blobs.store(ORGANISATION, KEY, AAD, (data[n : n + piece] for n in range(0, size, piece)))
    assert written.size == size
    assert blobs.fetch(written.name, KEY, AAD) == data


def test_the_size_in_the_store_tells_little(blobs: Blobs, tmp_path: Path) -> None:
    """The file is the header and each chunk with its tag; names show the organisation and nothing else."""
    written = blobs.store(ORGANISATION, KEY, AAD, b"x" * (2 * CHUNK + 1))
    path = tmp_path / "blobs" / written.name
    assert path.stat().st_size == HEADER + 2 * SEALED + 1 + TAG
    assert path.parent.name == str(ORGANISATION)
    assert list(blobs.names(ORGANISATION)) == [written.name]
    assert list(blobs.names(uuid4())) == []


TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "a bit flipped": lambda raw: raw[:100] + bytes([raw[100] ^ 1]) + raw[101:],
    "cut inside a chunk": lambda raw: raw[:-10],
    "cut after a chunk": lambda raw: raw[: HEADER + SEALED],
    "cut after the header": lambda raw: raw[:HEADER],
    "cut inside the header": lambda raw: raw[:5],
    "emptied": lambda _: b"",
    "chunks swapped": lambda raw: (
        raw[:HEADER]
        + raw[HEADER + SEALED : HEADER + 2 * SEALED]
        + raw[HEADER : HEADER + SEALED]
        + raw[HEADER + 2 * SEALED :]
    ),
    "a chunk repeated": lambda raw: raw[: HEADER + SEALED] + raw[HEADER:],
    "the first chunk gone": lambda raw: raw[:HEADER] + raw[HEADER + SEALED :],
    "something added": lambda raw: raw + b"\0",
    "the prefix changed": lambda raw: raw[: HEADER - 1] + bytes([raw[HEADER - 1] ^ 1]) + raw[HEADER:],
    "another version": lambda raw: raw[:4] + b"\2" + raw[5:],
    "another magic": lambda raw: b"X" + raw[1:],
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(name: str, blobs: Blobs, tmp_path: Path) -> None:
    """However the file in the store is changed, reading it ends in Damaged."""
    written = blobs.store(ORGANISATION, KEY, AAD, bytes(3 * CHUNK + 7))
    path = tmp_path / "blobs" / written.name
    path.write_bytes(TAMPERINGS[name](path.read_bytes()))
    with pytest.raises(Damaged):
        blobs.fetch(written.name, KEY, AAD)


def test_a_file_belongs_to_one_thing(blobs: Blobs) -> None:
    """Under another key or as something else's it does not open."""
    name = blobs.store(ORGANISATION, KEY, AAD, b"hej").name
    for key, aad in ((b"x" * 32, AAD), (KEY, b"other")):
        with pytest.raises(Damaged):
            blobs.fetch(name, key, aad)


def write_too_much(blobs: Blobs) -> None:
    with blobs.writer(ORGANISATION, KEY, AAD, most=10) as writer:
        writer.write(b"x" * 10)
        writer.write(b"x")


@pytest.mark.parametrize("size", [10, 2 * BUFFER])
def test_an_interrupted_file_leaves_nothing(size: int, blobs: Blobs, tmp_path: Path) -> None:
    """A block that is left without close takes the file away, also when parts of it were stored."""
    with blobs.writer(ORGANISATION, KEY, AAD) as writer:
        writer.write(bytes(size))
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
    with pytest.raises(TooLarge, match="10 byte"):
        write_too_much(blobs)
    assert list(blobs.names(ORGANISATION)) == []


def test_nothing_readable_on_the_way(blobs: Blobs, tmp_path: Path) -> None:
    """While a file streams in, no part of it lies open in the store's folder."""
    canary = b"KANARIEFAGEL-IN-EN-BILAGA"
    with blobs.writer(ORGANISATION, KEY, AAD) as writer:
        for _ in range(3):
            writer.write(canary * (BUFFER // len(canary)))
            for path in (tmp_path / "blobs").rglob("*"):
                assert path.is_dir() or canary not in path.read_bytes()
        writer.close()


def test_a_file_that_is_gone_is_not_found(blobs: Blobs) -> None:
    """Reading says so; deleting again is no error."""
    name = blobs.store(ORGANISATION, KEY, AAD, b"hej").name
    blobs.delete(name)
    blobs.delete(name)
    with pytest.raises(NotFound):
        blobs.fetch(name, KEY, AAD)


def test_the_store_is_chosen_by_url(tmp_path: Path) -> None:
    """A file URL names a folder, also with signs that an URL escapes."""
    blobs = Blobs.open(Settings(data=tmp_path, storage=(tmp_path / "mapp åäö").as_uri()))
    name = blobs.store(ORGANISATION, KEY, AAD, b"hej").name
    assert (tmp_path / "mapp åäö" / name).is_file()


@given(size=st.sampled_from([1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]), data=st.data())
@settings(max_examples=60)
def test_reading_begins_at_any_byte(size: int, data: st.DataObject) -> None:
    """A download that goes on gets the rest, whether the byte lies in the first chunk, the last, or at an edge."""
    start = data.draw(st.one_of(st.integers(0, size - 1), st.sampled_from([0, min(CHUNK, size - 1), size - 1])))
    blobs, content = Blobs(MemoryStore()), bytes(n % 251 for n in range(size))
    written = blobs.store(ORGANISATION, KEY, AAD, content)
    assert b"".join(blobs.read(written.name, KEY, AAD, start)) == content[start:]


def test_tampering_behind_the_first_byte_is_found(blobs: Blobs, tmp_path: Path) -> None:
    """Chunks are authenticated by their number also where the first ones are not read."""
    written = blobs.store(ORGANISATION, KEY, AAD, bytes(3 * CHUNK + 7))
    path = tmp_path / "blobs" / written.name
    raw = path.read_bytes()
    second, third = HEADER + SEALED, HEADER + 2 * SEALED
    for bad in (raw[:-1], raw[:third], raw[:second] + raw[third : third + SEALED] + raw[third:]):
        path.write_bytes(bad)
        with pytest.raises(Damaged):
            list(blobs.read(written.name, KEY, AAD, CHUNK + 1))


def test_a_file_that_is_not_whole_never_gets_its_name(blobs: Blobs, tmp_path: Path, monkeypatch) -> None:
    """Not even for a moment: who dies then would leave half a file in the place of a whole one."""
    renamed: list[Path] = []
    monkeypatch.setattr(Path, "rename", lambda path, target: renamed.append(target))

    def cut_short() -> Iterator[bytes]:
        yield b"half"
        raise OSError

    with pytest.raises(Unavailable):
        blobs.put_sealed("a/b", cut_short())
    writer = blobs.writer(ORGANISATION, KEY, AAD)
    writer.write(b"half")
    writer.abandon()
    assert renamed == []
    assert list(blobs.all_files()) == []
    assert list(tmp_path.rglob("*#*")) == []
