"""What cameras and programs wrote is gone, and the picture is the same."""

import io
from collections.abc import Callable, Iterator
from random import Random
from struct import pack

import pytest
from PIL import Image, ImageOps
from tests.core.cases.file_metadata import pictures
from tests.core.cases.file_metadata.pictures import SECRET
from tests.fuzzing.mutations import mutated

from budkavle.cases.file_metadata import png, rewriting, tiff, webp
from budkavle.cases.file_metadata.orientation import exif_of
from budkavle.cases.file_metadata.reading import Reader

KINDS: dict[str, Callable[[], bytes]] = {
    "jpeg": pictures.jpeg,
    "progressive": lambda: pictures.jpeg(progressive=True),
    "png": pictures.png,
    "webp": pictures.webp,
    "tiff": pictures.tiff,
    "pages": pictures.pages,
    "bigtiff": lambda: pictures.tiff(big=True),
    "avif": pictures.avif,
}


def cleaned(data: bytes, piece: int = 7) -> bytes:
    """Return the bytes that are kept, read in pieces that end within every structure."""

    def source(start: int) -> Iterator[bytes]:
        return (data[at : at + piece] for at in range(start, len(data), piece))

    pieces = rewriting.cleaned(source, len(data))
    return data if pieces is None else b"".join(pieces)


def pixels(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Return each page as it is seen, turned as the file says."""
    made = []
    with Image.open(io.BytesIO(data)) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            upright = ImageOps.exif_transpose(picture)
            made.append((upright.size, upright.convert("RGB").tobytes()))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_notes_go_and_the_picture_stays(kind: str) -> None:
    """Neither the words, nor a place, nor a camera is left; each pixel and the way it is turned are."""
    before = KINDS[kind]()
    assert SECRET in before
    after = cleaned(before)
    assert SECRET not in after
    assert pixels(after) == pixels(before)
    with Image.open(io.BytesIO(after)) as picture:
        left = picture.getexif()
        assert not left.get_ifd(0x8825)
        assert not left.get_ifd(0x8769)
        assert not {271, 315, 700, 33723} & set(left)
        assert picture.info.get("icc_profile") == Image.open(io.BytesIO(before)).info.get("icc_profile")
    assert cleaned(after) == after


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_before(kind: str, orientation: int) -> None:
    """Of all notes, the way that a picture is turned is kept."""
    make = {"jpeg": pictures.jpeg, "png": pictures.png, "webp": pictures.webp}[kind]
    after = cleaned(make(orientation))
    with Image.open(io.BytesIO(after)) as picture:
        assert dict(picture.getexif()) == ({} if orientation == 1 else {274: orientation})
    assert pixels(after) == pixels(make(orientation))


@pytest.mark.parametrize("kind", KINDS)
def test_size_of_pieces_changes_nothing(kind: str) -> None:
    """Whether the store gives a byte or the whole file at a time, the same comes out."""
    data = KINDS[kind]()
    assert cleaned(data, 1) == cleaned(data, 64) == cleaned(data, len(data))


def test_other_files_are_left_alone() -> None:
    """What is no picture of these formats has nothing to lose here."""
    for data in (b"%PDF-1.7", b"RIFF\x04\0\0\0WAVE", b"\0\0\0\x10ftypmp42\0\0\0\0", b"GIF89a" + bytes(20), b"", b"a"):
        assert rewriting.cleaned(lambda start, data=data: iter((data[start:],)), len(data)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_broken_pictures_end(kind: str) -> None:
    """However a picture is broken or cut, it is walked to an end and never grows."""
    chance = Random(kind)  # noqa: S311 - the same inputs each time
    whole = KINDS[kind]()
    for broken in (*(whole[:at] for at in range(0, len(whole), 97)), *(mutated(chance, [whole]) for _ in range(300))):
        assert len(cleaned(broken, 4096)) <= len(broken)


def test_parts_without_end_are_followed_no_further_than_bounded() -> None:
    """A directory that points to itself, or to a thousand more, ends."""
    around = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x0f\x01\x02\0\x01\0\0\0\0\0\0\0" + b"\x08\0\0\0"
    assert len(cleaned(around)) == len(around)
    assert len(cleaned(b"\xff\xd8" + b"\xff\xe1\0\x02" * 200_000, 1 << 16)) < 400_004 + 2


class Counted(Reader):
    """A file that tells how much of it has been asked for."""

    def __init__(self, data: bytes) -> None:

        def source(start: int) -> Iterator[bytes]:
            yield data[start:]

        super().__init__(source, len(data))
        self.asked: list[int] = []

    def read(self, start: int, length: int) -> bytes:
        """Return the bytes, and count them."""
        self.asked.append(length)
        return super().read(start, length)


def test_a_directory_that_points_to_many_is_no_more_work_than_its_entries() -> None:
    """Neither one with thousands of lists of directories, nor thousands of directories that share their entries."""
    entries = b"".join(pack("<HHII", 330, 4, 4000, 8 + 12 * row) for row in range(4096))
    lists = Counted(b"II*\0\x08\0\0\0" + pack("<H", 4096) + entries + bytes(4))
    tiff.changes(lists)
    assert len(lists.asked) < 5000
    assert sum(lists.asked) < 20_000_000
    words = Counted(b"II*\0\x08\0\0\0\x64\0" + pack("<HHII", 330, 1, 4000, 8) * 100 + bytes(4))
    assert tiff.changes(words) == []
    assert len(words.asked) < 10
    places = b"".join(pack("<I", 4026 + 2 * number) for number in range(1000))
    start = b"II*\0\x08\0\0\0\x01\0" + pack("<HHII", 330, 4, 1000, 26) + bytes(4)
    shared = Counted(start + places + pack("<H", 4096) * 26_000)
    tiff.changes(shared)
    assert sum(shared.asked) < 5_000_000


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_large_note_is_not_held_in_memory(kind: str) -> None:
    """Of a note of many megabytes, what says which way the picture is turned is read from its beginning."""
    note = exif_of(6) + bytes(8 << 20)
    if kind == "png":
        reader = Counted(b"\x89PNG\r\n\x1a\n" + len(note).to_bytes(4) + b"eXIf" + note + bytes(4))
        changes = png.changes(reader)
    else:
        chunks = b"VP8X" + pack("<I", 10) + bytes(10) + b"EXIF" + pack("<I", len(note)) + note
        reader = Counted(b"RIFF" + pack("<I", 4 + len(chunks)) + b"WEBP" + chunks)
        changes = webp.changes(reader)
    assert changes
    assert max(reader.asked) <= 1 << 20


def test_a_wrong_length_of_a_webp_takes_nothing_of_its_picture() -> None:
    """Some programs write it last, and some never: what follows may be the picture."""
    whole = pictures.webp()[: -len(SECRET)]
    start, end = whole.index(b"VP8L"), whole.index(b"EXIF")
    for length in (0, 12, 30, start + 20):
        assert whole[start:end] in cleaned(whole[:4] + length.to_bytes(4, "little") + whole[8:])


def test_an_item_that_counts_from_another_blanks_nothing_of_the_file() -> None:
    """HEIF's third way to say where an item lies has places that are none of the file's."""

    def box(name: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4) + name + content

    entry = box(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0")
    for method, is_changed in ((0, True), (2, False)):
        place = b"\x01\0\0\0\x44\0\0\x01" + pack(">HHHHII", 1, method, 0, 1, 0, 16)
        meta = box(b"meta", bytes(4) + box(b"iinf", bytes(4) + b"\0\x01" + entry) + box(b"iloc", place))
        data = box(b"ftyp", b"heic\0\0\0\0") + meta
        assert (cleaned(data) != data) == is_changed


def test_a_short_serial_number_goes_as_well() -> None:
    """What stands in the entry itself, and not where it points to, is blanked too."""
    out = io.BytesIO()
    pictures.picture().save(out, "TIFF", tiffinfo=pictures.directory({0xA431: "ZQX"}))
    assert b"ZQX" in out.getvalue()
    assert b"ZQX" not in cleaned(out.getvalue())


def test_a_webp_says_what_it_has() -> None:
    """The head names no XMP, and Exif only where the picture is turned."""
    for orientation, flags in ((1, 0), (6, 8)):
        data = cleaned(pictures.webp(orientation))
        assert data[12:16] == b"VP8X"
        assert data[20] & 0x0C == flags
        assert int.from_bytes(data[4:8], "little") == len(data) - 8
