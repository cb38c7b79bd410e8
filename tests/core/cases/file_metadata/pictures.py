"""Pictures as cameras and programs make them, with words that nobody else should read."""

import io
from typing import Final
from zlib import crc32

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2

SECRET: Final = b"HEMLIG-PLATS"
"""Stands in each kind of note."""
_WORD: Final = SECRET.decode()
_XMP: Final = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def exif(orientation: int = 6) -> Image.Exif:
    """Return notes of a camera: its maker and serial number, its place, and which way the picture is turned."""
    notes = Image.Exif()
    notes[271], notes[274], notes[315] = _WORD, orientation, _WORD
    notes.get_ifd(0x8769).update({0xA431: _WORD, 0x927C: SECRET * 20})
    notes.get_ifd(0x8825).update({1: "N", 2: (59.0, 19.0, 45.0), 29: _WORD})
    return notes


def directory(exif: dict[int, object]) -> ImageFileDirectory_v2:
    """Return a directory of TIFF that points to one of Exif, with these notes, and to one with a place."""
    notes = ImageFileDirectory_v2()
    notes[34665], notes[34853] = exif, {1: "N", 2: (59.0, 19.0, 45.0), 29: _WORD}
    return notes


def picture() -> Image.Image:
    """Return a picture of 40 to 24 pixels, no two lines of it alike."""
    return Image.linear_gradient("L").resize((40, 24)).convert("RGB")


def jpeg(orientation: int = 6, *, progressive: bool = False) -> bytes:
    """Return a photo with Exif, XMP, a comment, IPTC, a thumbnail, and a film behind it."""
    plain = _saved(
        "JPEG", exif=exif(orientation), comment=SECRET, xmp=_XMP, progressive=progressive, icc_profile=b"icc"
    )
    iptc = b"Photoshop 3.0\0" + SECRET
    segment = b"\xff\xed" + (len(iptc) + 2).to_bytes(2) + iptc
    jfif = b"\xff\xe0" + (16 + 12).to_bytes(2) + b"JFIF\0\x01\x01\0\0\x01\0\x01\x04\x01" + SECRET
    start = 4 + int.from_bytes(plain[4:6])
    return plain[:2] + jfif + segment + plain[start:] + b"\0\0\0\x18ftypmp42" + SECRET


def png(orientation: int = 6) -> bytes:
    """Return a picture with Exif, texts of all three kinds, a private chunk, and bytes behind its end."""
    texts = PngInfo()
    texts.add_text("Author", _WORD)
    texts.add_text("Comment", _WORD, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    made = _saved("PNG", exif=exif(orientation), pnginfo=texts, icc_profile=b"icc")
    chunk = b"caBX" + SECRET
    end = made.index(b"IEND") - 4
    return made[:end] + len(SECRET).to_bytes(4) + chunk + crc32(chunk).to_bytes(4) + made[end:] + SECRET


def webp(orientation: int = 6) -> bytes:
    """Return a picture with Exif, XMP, and bytes behind its end."""
    return _saved("WEBP", exif=exif(orientation), xmp=_XMP, lossless=True) + SECRET


def tiff(*, big: bool = False) -> bytes:
    """Return a picture with Exif, a place, XMP, IPTC, and names."""
    notes = directory({0xA431: _WORD, 0x927C: SECRET * 20})
    notes[271], notes[274], notes[315], notes[700], notes[33723] = _WORD, 6, _WORD, _XMP, SECRET
    return _saved("TIFF", tiffinfo=notes, big_tiff=big, description=_WORD)


def pages() -> bytes:
    """Return two pages of a scanner, each with its description."""
    return _saved("TIFF", save_all=True, append_images=[picture()], description=_WORD, software=_WORD)


def avif() -> bytes:
    """Return a picture with Exif and XMP in items, as HEIC has them."""
    return _saved("AVIF", exif=exif(1), xmp=_XMP)


def _saved(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, kind, **options)
    return out.getvalue()
