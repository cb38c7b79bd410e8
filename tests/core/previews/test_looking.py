"""A look at foreign files: what is shown, what is refused in a plain sentence, and what bombs take."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from budkavle import Invalid, TooLarge
from budkavle.operations import Preview, preview_file
from budkavle.previews import looking
from budkavle.previews.drawing import LONGEST
from budkavle.previews.looking import MOST_PAGES, WIDTH

BOMBS = Path(__file__).with_name("bombs.py")
PDF_HEAD = b"%PDF-1.7\n"


def look(content: bytes, name: str = "fil", content_type: str = "") -> Preview:
    return preview_file(name, content_type, len(content), [content[:5], content[5:]])


def picture(mode: str, size: tuple[int, int], kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, more.pop("colour", 0)).save(out, kind, **more)  # type: ignore[arg-type]
    return out.getvalue()


def pdf(*texts: str) -> bytes:
    """Return a PDF with a page for each text."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(texts)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(texts)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for at, text in enumerate(texts):
        content = b"BT /F 24 Tf 72 700 Td (%s) Tj ET" % text.encode()
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % (5 + 2 * at)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    out, places = io.BytesIO(PDF_HEAD), []
    out.seek(0, io.SEEK_END)
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_a_picture_comes_smaller_as_webp(kind: str) -> None:
    """In its proportions, without what the file had beside its pixels."""
    preview = look(picture("RGB", (1800, 600), kind))
    (page,) = preview.pages
    assert (page.width, page.height) == (WIDTH, 300)
    assert page.picture[:4] + page.picture[8:12] == b"RIFFWEBP"
    assert (preview.count, preview.more) == (1, False)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_all_kinds_of_colour(mode: str) -> None:
    """A small picture is not made larger; what lets something through lies on white."""
    (page,) = look(picture(mode, (40, 30), "PNG")).pages
    assert (page.width, page.height) == (40, 30)
    if mode in {"LA", "RGBA"}:
        assert Image.open(io.BytesIO(page.picture)).convert("L").getpixel((20, 15)) == 255


def test_a_turned_photo_stands_upright() -> None:
    """As its EXIF says; the EXIF itself, which may say where, is gone."""
    turned = Image.Exif()
    turned[0x0112] = 6
    (page,) = look(picture("RGB", (80, 40), "JPEG", exif=turned)).pages
    assert (page.width, page.height) == (40, 80)
    assert b"EXIF" not in page.picture


def test_the_first_pages_of_a_pdf_with_their_text() -> None:
    """The text stands beside each picture, for whoever does not see it."""
    preview = look(pdf(*(f"Sida nummer {number}" for number in range(1, 8))), "plan.pdf")
    assert [page.text for page in preview.pages] == [f"Sida nummer {number}" for number in range(1, MOST_PAGES + 1)]
    assert (preview.count, preview.more) == (7, True)
    assert {page.width for page in preview.pages} == {WIDTH}


def test_a_fax_of_several_pages() -> None:
    """The frames of a TIFF; of what moves, the first picture."""
    page = Image.new("1", (1728, 1100))
    out = io.BytesIO()
    page.save(out, "TIFF", save_all=True, append_images=[page, page], compression="group4")
    assert len(look(out.getvalue()).pages) == 3
    out = io.BytesIO()
    page.save(out, "GIF", save_all=True, append_images=[Image.new("1", (1728, 1100), 1)])
    assert len(look(out.getvalue()).pages) == 1


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hej på dig\r\nÅ".encode(), "Hej på dig\nÅ"),
        ("Hej på dig".encode("cp1252"), "Hej på dig"),
        ("\ufeffHej på dig".encode(), "Hej på dig"),
        ("Hej på dig".encode("utf-16"), "Hej på dig"),
        ("fil\u202egpj.exe\x07".encode(), "filgpj.exe"),
    ],
)
def test_text_is_read_as_it_was_written(content: bytes, text: str) -> None:
    """UTF-8, UTF-16 or Windows; what turns the direction of writing is left out."""
    assert look(content, "anteckning.txt").text == text


def test_a_long_text_shows_its_beginning() -> None:
    """And says that there is more."""
    preview = look("å".encode() * 300_000, "lång.md")
    assert (len(preview.text), preview.more) == (LONGEST, True)


def test_a_long_text_of_iso_8859_1_keeps_its_letters() -> None:
    """A text is cut before it is read, also in the middle of a letter of UTF-8; å, ä and ö are lost in neither."""
    for encoding in ("iso-8859-1", "utf-8"):
        preview = look("xåäö".encode(encoding) * 30_000, "lång.txt")
        assert set(preview.text) == set("xåäö"), encoding
        assert (len(preview.text), preview.more) == (LONGEST, True)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"PK\x03\x04 zip", "a.zip", "Den här sortens fil"),
        (b"\0\1\2", "a.txt", "Den här sortens fil"),
        (b"<svg onload='x'>", "a.svg", "Den här sortens fil"),
        (b"%PDF-1.7 nothing", "a.pdf", "den är skadad"),
        (b"\x89PNG nothing", "a.png", "den är skadad"),
        (b"", "a.pdf", "Den här sortens fil"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(content: bytes, name: str, sentence: str) -> None:
    """Without the file's name, or a word of a library."""
    with pytest.raises(Invalid, match=sentence):
        look(content, name)


def test_a_large_file_is_not_even_read() -> None:
    """By its size alone."""
    with pytest.raises(TooLarge, match="för stor"):
        preview_file("a.pdf", "", looking.LARGEST + 1, iter(()))


def test_bombs_end_within_two_seconds_and_two_hundred_megabytes() -> None:
    """Each is shown in part or refused; measured of each child, by a process that is small itself."""
    done = subprocess.run([sys.executable, str(BOMBS)], capture_output=True, text=True, check=True, timeout=300)
    bombs = [json.loads(line) for line in done.stdout.splitlines()]
    assert {bomb["name"]: bomb["outcome"] for bomb in bombs} == {
        "tiff of 20 pages of 144 megapixels": "Invalid",
        "tiff of 5000 pages": "5 pages",
        "pdf that wants 1 GB": "TooLarge",
        "pdf with an object stream of 500 MB": "TooLarge",
        "pdf of a billion calls": "TooLarge",
        "text of 400 kB in one word": "text",
        "png of 900 megapixels": "Invalid",
    }
    assert max(bomb["cpu"] for bomb in bombs) <= 2.2, bombs
    assert max(bomb["megabytes"] for bomb in bombs) <= 200, bombs
    assert all(bomb["bytes"] < 1_700_000 for bomb in bombs)
