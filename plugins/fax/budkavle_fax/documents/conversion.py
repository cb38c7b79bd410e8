"""Converts the documents of a fax to PDF, ready to be drawn as pages. Unusable documents are refused by name."""

import io
import shutil
import subprocess
import warnings
from collections.abc import Callable, Mapping
from typing import Final

import img2pdf
import pikepdf
from PIL import Image, ImageOps, ImageSequence

from budkavle import File, Invalid, Sentence
from budkavle_fax.documents.memory_files import ram_folder
from budkavle_fax.documents.typesetting import printable, typeset

PDF: Final = "application/pdf"
A4: Final = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
MOST_PIXELS: Final = 120_000_000
"""For one picture: an A2 page at 400 dots per inch; a larger one is a trap rather than a document."""
MOST_IN_ALL: Final = 2_000_000_000
"""For all pictures of a file together: two hundred A4 pages at 300 dots per inch."""
MOST_FRAMES: Final = 500
LINE: Final = 78
"""Characters on a line of a text file's page: an estimate before typesetting."""
LINES: Final = 53
MOST_PAGES: Final = 1_000
"""Pages of one document, if there is no other limit."""
OFFICE_SECONDS: Final = 90
OFFICE: Final[Mapping[str, str]] = {
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/rtf": "rtf",
}
"""Types of file that LibreOffice converts, and their endings."""
ZIP: Final = b"PK\x03\x04"
COMPOUND: Final = b"\xd0\xcf\x11\xe0"
RICH_TEXT: Final = b"{\\rtf"
READERS: Final[Mapping[str, tuple[bytes, str]]] = {
    "doc": (COMPOUND, "MS Word 97"),
    "docx": (ZIP, "MS Word 2007 XML"),
    "odt": (ZIP, "writer8"),
    "xls": (COMPOUND, "MS Excel 97"),
    "xlsx": (ZIP, "Calc MS Excel 2007 XML"),
    "ods": (ZIP, "calc8"),
    "pptx": (ZIP, "Impress MS PowerPoint 2007 XML"),
}
"""How a file of each ending begins, and LibreOffice's filter for it: left alone, it tries a hundred others."""
_RULES: Final = """<?xml version="1.0"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop>
<prop oor:name="DisableMacrosExecution"><value>true</value></prop>
</item></oor:items>"""
"""LibreOffice settings: a document fetches nothing from the network or disk, and runs no macros."""
LOCKED: Final = "{name} är låst med lösenord och kan inte faxas. Spara den utan lösenord och bifoga den igen."
UNREADABLE: Final = "{name} går inte att läsa och kan inte faxas. Spara om den som PDF och bifoga den igen."
EMPTY: Final = "{name} har inga sidor att faxa. Ta bort den, eller bifoga rätt fil."
TOO_MANY: Final = "{name} blir {pages} sidor. Gränsen är {most}; dela upp den, eller skicka den på annat sätt."
TOO_LARGE: Final = "Bilden {name} är för stor att faxa. Minska den och bifoga den igen."
WRONG_TYPE: Final = "{name} är av en sort som inte kan faxas. Gör om den till PDF och bifoga den igen."


def office_program() -> str | None:
    """Return the path of LibreOffice; None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def content_types() -> tuple[str, ...]:
    """Return the content types that can be faxed here."""
    office = tuple(OFFICE) if office_program() else ()
    return (*_WAYS, *office)


def as_pdf(file: File, most_pages: int = MOST_PAGES) -> bytes:
    """Convert a whole document to PDF.

    Documents come from others: call this through `sandbox`, which bounds its resources, unless the file is trusted.

    Args:
        file: The document.
        most_pages: A document with more pages is refused before the work, if that can be known.

    Raises:
        Invalid: It cannot be faxed; the message names it, at the field `attachments`.
    """
    way = _WAYS.get(file.content_type)
    if way is None and file.content_type in OFFICE and office_program():
        way = _office
    if way is None:
        raise _refused(WRONG_TYPE, file)
    return way(file, most_pages)


def pages_of(pdf: bytes) -> int:
    """Count the pages of a PDF that we have made."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def _refused(sentence: str, file: File, **facts: int) -> Invalid:
    message = Sentence(sentence, name=file.file_name, **facts)
    return Invalid(message, fields={"attachments": message})


def _pdf(file: File, _most_pages: int = MOST_PAGES) -> bytes:
    """Return a PDF that strict readers accept: its structure is repaired."""
    try:
        with pikepdf.open(io.BytesIO(file.content)) as opened:
            pages, mended = len(opened.pages), io.BytesIO()
            if pages:
                opened.save(mended)
            if any("bad_alloc" in str(warning) for warning in opened.get_warnings()):
                raise MemoryError  # qpdf continues without the parts that it has no memory for
            if not pages:
                raise _refused(EMPTY, file)
    except pikepdf.PasswordError as error:
        raise _refused(LOCKED, file) from error
    except (pikepdf.PdfError, RuntimeError) as error:
        raise _refused(UNREADABLE, file) from error
    return mended.getvalue()


def _picture(file: File, most_pages: int) -> bytes:
    """Convert a picture, or all pages of a TIFF, each fitted on an A4 page but never enlarged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a file with odd fields is shown as well as possible
            with Image.open(io.BytesIO(file.content)) as opened:
                _look(opened, file, most_pages)
                frames = [_frame(frame, file) for frame in ImageSequence.Iterator(opened)]
            layout = img2pdf.get_layout_fun(A4, fit=img2pdf.FitMode.shrink, border=(14.0, 14.0))
            made = img2pdf.convert(frames, layout_fun=layout, nodate=True)
    except Image.DecompressionBombError as error:
        raise _refused(TOO_LARGE, file) from error
    except (OSError, ValueError, TypeError, KeyError, SyntaxError, img2pdf.ImageOpenError) as error:
        raise _refused(UNREADABLE, file) from error
    if not isinstance(made, bytes):
        raise TypeError("img2pdf did not return the document")
    return made


def _look(opened: Image.Image, file: File, most_pages: int) -> None:
    """Refuse a file that declares too many or too large pictures, before any of them is read."""
    pages = int(getattr(opened, "n_frames", 1))
    if pages > min(most_pages, MOST_FRAMES):
        raise _refused(TOO_MANY, file, pages=pages, most=min(most_pages, MOST_FRAMES))
    total = 0
    for number in range(pages):
        opened.seek(number)
        dots = opened.width * opened.height
        total += dots
        if dots > MOST_PIXELS or total > MOST_IN_ALL:
            raise _refused(TOO_LARGE, file)
    opened.seek(0)


def _frame(frame: Image.Image, file: File) -> bytes:
    """Return a picture upright, in greyscale or black and white, on white paper, in portrait orientation."""
    if frame.width * frame.height > MOST_PIXELS:
        raise _refused(TOO_LARGE, file)
    dpi = _dots(frame)
    image = ImageOps.exif_transpose(frame)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("L", image.size, "white")
        paper.paste(image.convert("L"), mask=image.getchannel("A"))
        image = paper
    elif image.mode != "1":
        image = image.convert("L")
    if image.width > image.height:
        image, dpi = image.transpose(Image.Transpose.ROTATE_90), (dpi[1], dpi[0])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=dpi)
    return buffer.getvalue()


def _dots(frame: Image.Image) -> tuple[float, float]:
    """Return dots per inch; 150 if the file gives none or nonsense."""
    x, y = (float(value) for value in frame.info.get("dpi", (0, 0)))
    return (x, y) if 30 <= x <= 2400 and 30 <= y <= 2400 else (150.0, 150.0)


def _text(file: File, most_pages: int) -> bytes:
    content = file.content
    for encoding in ("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():
            raise _refused(EMPTY, file)
        lines = printable(text).rstrip("\n").split("\n")
        if (pages := sum(1 + len(line) // LINE for line in lines) // LINES) > most_pages:
            raise _refused(TOO_MANY, file, pages=pages, most=most_pages)
        return typeset("plain.typ", {"name": file.file_name, "lines": lines})
    raise _refused(UNREADABLE, file)


def _office(file: File, _most_pages: int) -> bytes:
    """Convert with LibreOffice, in a folder in memory and with a separate profile."""
    program = office_program()
    if program is None:
        raise _refused(WRONG_TYPE, file)
    reader = _reader(file)
    with ram_folder() as folder:
        source = folder / f"document.{OFFICE[file.content_type]}"
        source.write_bytes(file.content)
        rules = folder / "profile/user/registrymodifications.xcu"
        rules.parent.mkdir(parents=True)
        rules.write_text(_RULES)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [program, profile, "--headless", "--norestore", f"--infilter={reader}"]
        command += ["--convert-to", "pdf", "--outdir", str(folder)]
        try:
            subprocess.run(  # noqa: S603 - the program is looked up, and we choose the file names
                [*command, str(source)], capture_output=True, timeout=OFFICE_SECONDS, check=True
            )
            made = (folder / "document.pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise _refused(UNREADABLE, file) from error
    return _pdf(File(file.file_name, PDF, made))


def _reader(file: File) -> str:
    """Return LibreOffice's filter for a document; Word saves rich text as `.doc` too."""
    ending = OFFICE[file.content_type]
    if ending in {"doc", "rtf"} and file.content.startswith(RICH_TEXT):
        return "Rich Text Format"
    beginning, reader = READERS.get(ending, (b"", ""))
    if not reader or not file.content.startswith(beginning):
        raise _refused(UNREADABLE, file)
    return reader


_WAYS: Final[Mapping[str, Callable[[File, int], bytes]]] = {
    PDF: _pdf,
    "image/png": _picture,
    "image/jpeg": _picture,
    "image/tiff": _picture,
    "text/plain": _text,
}
