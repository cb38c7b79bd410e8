"""Logos: what is taken, what is refused, and what is left of a file."""

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from budkavle.model.errors import Forbidden, Invalid
from budkavle.organisation import logos
from budkavle.previews import logo_drawing
from budkavle.testing import SampleOrganisation, SampleUser, in_work


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **more: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#0a5c36").save(written, kind, **more)
    return written.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def bomb() -> bytes:
    """A PNG of few bytes whose header says 60,000 pixels in each direction."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.feature("O4")
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_kept_as_a_png_of_ours(kind: str) -> None:
    """Whatever came, a PNG of a bounded size is kept, and what the file had beside its pixels is gone."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "HEMLIG ANTECKNING")
    exif = Image.Exif()
    exif[0x010E] = "HEMLIG ANTECKNING"
    content = picture(kind, (1_200, 400), **({"pnginfo": notes} if kind == "PNG" else {"exif": exif}))
    assert b"HEMLIG" in content
    kept = logos.read_picture(content + b"<script>alert(1)</script>").content
    assert b"HEMLIG" not in kept
    assert b"<script>" not in kept
    with Image.open(io.BytesIO(kept)) as read:
        assert (read.format, max(read.size)) == ("PNG", logo_drawing.SIDE)


@pytest.mark.feature("O4")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', logos.SVG),
        (b"GIF89a" + b"\0" * 50, logo_drawing.NOT_A_PICTURE),
        (picture("GIF"), logo_drawing.NOT_A_PICTURE),
        (picture("BMP"), logo_drawing.NOT_A_PICTURE),
        (picture()[:60], logo_drawing.NOT_A_PICTURE),
        (picture("JPEG")[:200], logo_drawing.NOT_A_PICTURE),
        (b"", logo_drawing.NOT_A_PICTURE),
        (picture(size=(8, 8)), logo_drawing.TOO_SMALL),
        (picture(size=(4_100, 20)), logo_drawing.TOO_LARGE),
        (b"\x89PNG" + b"\0" * logos.MOST_BYTES, logo_drawing.TOO_LARGE),
        (bomb(), logo_drawing.TOO_LARGE),
    ],
    ids=["svg", "fake gif", "gif", "bmp", "cut png", "cut jpeg", "empty", "small", "wide", "bytes", "bomb"],
)
def test_what_is_no_picture_is_refused_in_words(content: bytes, sentence: str) -> None:
    """SVG, other kinds, damaged files and bombs."""
    with pytest.raises(Invalid) as refused:
        logos.read_picture(content)
    assert refused.value.fields == {"logo": sentence}


@pytest.mark.feature("O4")
def test_the_largest_picture_is_read_by_a_closed_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within its memory; this process never opens it, and what takes too much is refused as too large."""
    monkeypatch.setattr(Image, "open", lambda *arguments, **more: pytest.fail("opened in this process"))
    largest = picture(size=(4_000, 4_000))
    assert logos.read_picture(largest).content.startswith(b"\x89PNG")
    assert logos.BOUNDS.closed
    monkeypatch.setattr(logos, "BOUNDS", replace(logos.BOUNDS, memory=100_000_000))
    with pytest.raises(Invalid) as refused:
        logos.read_picture(largest)
    assert refused.value.fields == {"logo": logo_drawing.TOO_LARGE}


@pytest.mark.feature("O4")
def test_a_logo_is_the_organisations_own(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
) -> None:
    """Its administrators set it and take it away, and the event log says so; nobody else's changes."""
    platform, logo = organisation.platform, logos.read_picture(picture())
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, logos.set_logo, logo)
    in_work(platform, administrator, logos.set_logo, logo)
    assert in_work(platform, case_worker, logos.find_logo) == logo
    assert in_work(platform, other_organisation.system, logos.find_logo) is None
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, logos.remove_logo)
    in_work(platform, administrator, logos.remove_logo)
    assert in_work(platform, case_worker, logos.find_logo) is None
    assert organisation.log_kinds()[-2:] == ["organisation.logo-changed", "organisation.logo-removed"]
