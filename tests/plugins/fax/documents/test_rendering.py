"""Pages as they are faxed: the cover, every sort of document, and what is refused by name."""

import io
import socket
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageSequence

from budkavle import File, Invalid, translations
from budkavle_fax.documents import conversion, rendering
from budkavle_fax.documents.cover import NOTE, Cover, cover_page
from budkavle_fax.documents.memory_files import RamFile, ram_folder
from budkavle_fax.language import Say

COVER = Cover(
    organisation="Håbo kommun",
    mailbox="Socialtjänst barn och unga",
    number="+46101234567",
    recipient="Vårdcentralen Söder",
    to="+4681234567",
    on=date(2026, 11, 24),
    subject="Ang. åtgärd",
    body="Hej!\n\nSe bilagan.",
)


def pdf(pages: int = 1, size: tuple[float, float] = (595, 842)) -> bytes:
    """Make a PDF with a black square on each page."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=size)
        page = made.pages[-1]
        page.Contents = made.make_stream(b"0 0 0 rg 100 100 200 200 re f")
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def picture(form: str, size: tuple[int, int] = (300, 400), mode: str = "RGB") -> bytes:
    image = Image.new(mode, size, "white")
    ImageDraw.Draw(image).rectangle((20, 20, 120, 120), fill="black")
    kept = io.BytesIO()
    image.save(kept, form, dpi=(100, 100))
    return kept.getvalue()


def frames(tiff: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(tiff)) as opened:
        return [one.copy() for one in ImageSequence.Iterator(opened)]


def ink(page: Image.Image) -> int:
    return page.convert("1").histogram()[0]


FILES = {
    "application/pdf": ("a.pdf", pdf()),
    "image/png": ("a.png", picture("PNG")),
    "image/jpeg": ("a.jpg", picture("JPEG")),
    "image/tiff": ("a.tif", picture("TIFF")),
    "text/plain": ("a.txt", "Rad ett åäö\n  indrag\n\n#inte *markup*".encode()),
}


@pytest.mark.feature("T5", "Y9")
def test_every_sort_of_document_becomes_pages_after_the_cover() -> None:
    """PDF, PNG, JPEG, TIFF and text, each a page of 1728 by 2292 dots in G4 with ink on it."""
    files = [File(name, kind, content) for kind, (name, content) in FILES.items()]
    tiff = rendering.prepare(COVER, files, 50)
    pages = frames(tiff)
    assert len(pages) == rendering.count(tiff) == 6
    assert {page.size for page in pages} == {(rendering.WIDTH, rendering.HEIGHT)}
    assert {page.info["compression"] for page in pages} == {"group4"}
    assert all(ink(page) > 300 for page in pages)


@pytest.mark.feature("T5")
def test_what_people_write_on_a_cover_is_text_and_never_markup() -> None:
    """A cover with the typesetter's own signs is set as it stands; a long text goes on over more pages."""
    odd = Cover(
        **{name: getattr(COVER, name) for name in ("organisation", "mailbox", "number", "recipient", "to", "on")},
        subject='#panic("x") $x$ *fet* <a> \\ "',
        body='#read("/etc/passwd")\n\n#import "x"\x00\x07\n' + "Lång text. " * 2000,
    )
    assert rendering.count(rendering.prepare(odd, (), 50)) >= 3


def words_of(document: bytes, folder: Path) -> str:
    """Return the text of a PDF, as Ghostscript reads it."""
    (folder / "cover.pdf").write_bytes(document)
    command = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=txtwrite", "-sOutputFile=-", "cover.pdf"]
    return " ".join(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout.decode().split())


@pytest.mark.feature("T5", "F6")
def test_a_cover_speaks_the_language_of_its_mailbox(tmp_path: Path) -> None:
    """Its own words and the note that the house brings; what people wrote stays as they wrote it."""
    swedish = words_of(cover_page(COVER, 2), tmp_path)
    for word in ("Till: ", "Vårdcentralen Söder, +46 8 123 45 67", "Från", "Antal sidor 3", NOTE, "Se bilagan."):
        assert word.strip(": ") in swedish
    english = words_of(cover_page(replace(COVER, language="en"), 2, english_words()), tmp_path)
    for word in ("To Vårdcentralen Söder", "From Socialtjänst barn och unga", "Date 2026-11-24", "Pages 3"):
        assert word in english
    assert "Contains sensitive information" in english
    assert "Se bilagan." in english
    assert not {"Till", "Från", "Datum", "Antal"} & set(english.split())


def english_words() -> Say:
    return translations("en", {"fax": Path(str(files("budkavle_fax"))) / "locale"}).gettext


@pytest.mark.feature("Y9")
def test_a_picture_that_lies_is_turned_and_none_is_blown_up() -> None:
    """A landscape photo stands up; a small stamp stays as small as it is; what is transparent is white paper."""
    stamp = rendering.prepare(None, [File("s.png", "image/png", picture("PNG", (100, 100), "RGBA"))], 5)
    (page,) = frames(stamp)
    box = page.convert("L").point(lambda dot: 255 - dot).getbbox()
    assert box is not None
    assert box[2] - box[0] < 400
    wide = rendering.prepare(None, [File("w.jpg", "image/jpeg", picture("JPEG", (900, 300)))], 5)
    assert frames(wide)[0].size == (rendering.WIDTH, rendering.HEIGHT)


@pytest.mark.feature("Y9")
def test_what_cannot_be_faxed_is_refused_by_its_name(tmp_path: Path) -> None:
    """A sort that is none, a locked PDF, one that is no PDF, an empty text, a broken picture, and a bomb."""
    locked = pikepdf.new()
    locked.add_blank_page()
    locked.save(tmp_path / "l.pdf", encryption=pikepdf.Encryption(owner="x", user="y"))
    bomb = io.BytesIO()
    Image.new("1", (12_000, 11_000)).save(bomb, "TIFF", compression="group4")
    wrong = [
        ("film.mp4", "video/mp4", b"\0" * 40),
        ("låst.pdf", "application/pdf", (tmp_path / "l.pdf").read_bytes()),
        ("fel.pdf", "application/pdf", b"%PDF-1.7\nnothing"),
        ("tom.txt", "text/plain", b" \n"),
        ("trasig.png", "image/png", picture("PNG")[:60]),
        ("bomb.tif", "image/tiff", bomb.getvalue()),
    ]
    for name, kind, content in wrong:
        with pytest.raises(Invalid) as caught:
            rendering.prepare(COVER, [File(name, kind, content)], 50)
        assert name in caught.value.fields["attachments"]


def test_a_pdf_without_its_index_is_mended() -> None:
    """What many programs write wrongly is faxed all the same."""
    broken = pdf(2)
    broken = broken[: broken.rindex(b"xref")] + b"startxref\n0\n%%EOF"
    assert rendering.count(rendering.prepare(None, [File("b.pdf", "application/pdf", broken)], 5)) == 2


def test_too_many_pages_are_refused_before_they_are_drawn() -> None:
    """With how many they would be."""
    with pytest.raises(Invalid, match="31 sidor"):
        rendering.prepare(COVER, [File("a.pdf", "application/pdf", pdf(30))], 20)


@pytest.mark.feature("T5")
def test_the_preview_has_the_dots_of_the_pages_in_true_proportions() -> None:
    """An A4 page, whatever the line's resolutions are."""
    (png,) = rendering.previews(rendering.prepare(None, [File("a.pdf", "application/pdf", pdf())], 5), 600)
    with Image.open(io.BytesIO(png)) as opened:
        assert opened.width == 600
        assert abs(opened.height / opened.width - 297 / 210) < 0.04


def test_without_ghostscript_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, before anything has been drawn."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(rendering.NoGhostscript, match="ghostscript"):
        rendering.prepare(None, [File("a.pdf", "application/pdf", pdf())], 5)


@pytest.mark.feature("Y9")
def test_office_files_are_faxed_where_libreoffice_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program of its name is given the file and a profile in a folder of its own; without it they are refused."""
    kind = "application/vnd.oasis.opendocument.text"
    monkeypatch.setattr(conversion, "office_program", lambda: None)
    assert kind not in conversion.content_types()
    with pytest.raises(Invalid, match=r"a\.odt"):
        conversion.as_pdf(File("a.odt", kind, b"PK\x03\x04"))
    (tmp_path / "made.pdf").write_bytes(pdf(2))
    stand_in = tmp_path / "soffice"
    stand_in.write_text(f'#!/bin/sh\nfor out; do :; done\ncp {tmp_path}/made.pdf "$(dirname "$out")/document.pdf"\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr(conversion, "office_program", lambda: str(stand_in))
    assert kind in conversion.content_types()
    assert conversion.pages_of(conversion.as_pdf(File("a.odt", kind, b"PK\x03\x04"))) == 2


@pytest.mark.parametrize(
    ("kind", "content", "reader"),
    [
        ("application/msword", b"\xd0\xcf\x11\xe0", "MS Word 97"),
        ("application/msword", rb"{\rtf1 a letter that Word has saved under the older ending}", "Rich Text Format"),
        ("application/vnd.oasis.opendocument.text", b"PK\x03\x04", "writer8"),
        ("application/msword", b"<html><iframe src='file:///etc/hostname'></iframe></html>", ""),
        ("application/msword", b"PK\x03\x04", ""),
        ("application/rtf", b"\xd0\xcf\x11\xe0", ""),
        ("application/vnd.oasis.opendocument.text", b"a damaged file", ""),
    ],
)
def test_libreoffice_reads_a_document_only_as_what_it_says_that_it_is(
    kind: str, content: bytes, reader: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of its hundred ways to read, the one of the type; what begins otherwise does not get so far."""
    (tmp_path / "made.pdf").write_bytes(pdf(1))
    stand_in = tmp_path / "soffice"
    script = (
        f'echo "$@" > {tmp_path}/asked\nfor out; do :; done\ncp {tmp_path}/made.pdf "$(dirname "$out")/document.pdf"'
    )
    stand_in.write_text(f"#!/bin/sh\n{script}\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(conversion, "office_program", lambda: str(stand_in))
    if not reader:
        with pytest.raises(Invalid, match="går inte att läsa"):
            conversion.as_pdf(File("letter", kind, content))
        assert not (tmp_path / "asked").exists()
        return
    conversion.as_pdf(File("letter", kind, content))
    assert f"--infilter={reader} " in (tmp_path / "asked").read_text()


@pytest.mark.peer("fax", "LibreOffice")
@pytest.mark.slow
def test_libreoffice_itself_makes_pages_of_a_letter(missing: Callable[[str], NoReturn]) -> None:
    """The real program, from the simplest of its formats."""
    if conversion.office_program() is None:
        missing("LibreOffice is not installed (make peers)")
    rtf = rb"{\rtf1\ansi Hej fr\'e5n Word\par}"
    assert conversion.pages_of(conversion.as_pdf(File("a.rtf", "application/rtf", rtf))) == 1


@pytest.mark.peer("fax", "LibreOffice")
@pytest.mark.slow
def test_a_document_fetches_nothing_from_elsewhere(missing: Callable[[str], NoReturn], tmp_path: Path) -> None:
    """A picture that it only points to, on the net or on our disk, is neither asked for nor faxed."""
    if conversion.office_program() is None:
        missing("LibreOffice is not installed (make peers)")
    Image.new("1", (300, 300)).save(tmp_path / "ours.png")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        net = f"http://127.0.0.1:{listening.getsockname()[1]}/theirs.png"
        frames = "".join(
            '<text:p><draw:frame svg:width="3cm" svg:height="3cm" text:anchor-type="as-char">'
            f'<draw:image xlink:href="{url}" xlink:type="simple"/></draw:frame></text:p>'
            for url in (net, (tmp_path / "ours.png").as_uri())
        )
        kind = "application/vnd.oasis.opendocument.text"
        pdf = conversion.as_pdf(File("a.odt", kind, letter(frames)))
        with pytest.raises(TimeoutError):
            listening.accept()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not opened.pages[0].get_images()


def letter(body: str) -> bytes:
    """Return the least of what is an OpenDocument text."""
    names = {"text": "text", "draw": "drawing", "office": "office", "svg": "svg-compatible"}
    spaces = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for one, name in names.items())
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as odt:
        kind = "application/vnd.oasis.opendocument.text"
        odt.writestr("mimetype", kind)
        odt.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.2">'
            f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>'
            '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
        )
        odt.writestr(
            "content.xml",
            f'<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
    return kept.getvalue()


def test_pages_lie_in_memory_only() -> None:
    """The file that Ghostscript reads has no name in any folder, and the folder for LibreOffice is gone afterwards."""
    with RamFile(b"x" * 3_000_000) as one:
        assert one.read() == b"x" * 3_000_000
        assert "memfd:" in str(Path(f"/proc/self/fd/{one.number}").readlink())
    with ram_folder() as folder:
        assert oct(folder.stat().st_mode)[-3:] == "700"
    assert not folder.exists()
