"""What cameras and programs wrote is gone, and the picture is the same."""

import io
from collections.abc import Callable, Iterator
from random import Random

import pytest
from PIL import Image, ImageOps
from tests.core.cases.picture_metadata import pictures
from tests.core.cases.picture_metadata.pictures import SECRET
from tests.fuzzing.mutations import mutated

from budkavle.cases import picture_metadata

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

    pieces = picture_metadata.cleaned(source, len(data))
    return data if pieces is None else b"".join(pieces)


def pixels(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """Return each page as it is seen, turned as the file says."""
    made = []
    with Image.open(io.BytesIO(data)) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            seen = ImageOps.exif_transpose(picture)
            made.append((seen.size, seen.convert("RGB").tobytes()))
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
        assert picture_metadata.cleaned(lambda start, data=data: iter((data[start:],)), len(data)) is None


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
