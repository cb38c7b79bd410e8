"""What files say: texts, PDFs and office documents as plain text, to be searched. Foreign bytes: see `bounded`."""

import codecs
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST = 20_000_000
"""Bytes of a file that is read; of what an office document holds when it is unpacked, ten times as much."""
_TEXT_ENDINGS = ("txt", "csv", "md", "log", "json", "xml", "html", "htm", "eml", "ics", "vcf", "rtf")
_OFFICE_ENDINGS = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"</(?:w:p|a:p|text:p|text:h|si|p|div|tr|td|li|h\d)>|<(?:w:tab|w:br|br|text:s|text:tab)\b[^>]*>")


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A file that is to be read."""

    name: str
    content: bytes


def is_readable(name: str, content_type: str, size: int) -> bool:
    """Tell whether `read_texts` reads files of this kind and size."""
    ending = name.rpartition(".")[2].lower()
    of_kind = ending in {"pdf", *_TEXT_ENDINGS, *_OFFICE_ENDINGS} or content_type.startswith("text/")
    return size <= LARGEST and (of_kind or content_type == "application/pdf")


def read_texts(files: list[ForeignFile]) -> list[str | None]:
    """Return what each file says; None where it cannot be read. Its content says what it is, not its name."""
    return [_read(file.content) for file in files]


def warm_up() -> None:
    """Import all that reading needs: a closed child imports nothing."""
    from pypdfium2 import PdfDocument

    for name in ("utf_16", "utf_16_le", "utf_8_sig", "cp1252", "cp437"):
        codecs.lookup(name)
    with PdfDocument.new() as empty:
        empty.new_page(10, 10).get_textpage().get_text_bounded()


def _read(content: bytes) -> str | None:
    try:
        if content.startswith(b"%PDF"):
            return _read_pdf(content)
        return _read_office(content) if content.startswith(b"PK\x03\x04") else _read_plain(content)
    except Exception:  # noqa: BLE001 - a library may raise anything over a broken file
        return None


def _read_pdf(content: bytes) -> str:
    from pypdfium2 import PdfDocument

    with PdfDocument(content) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def _read_office(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(_without_tags(_decoded(part)) for part in _parts(archive))


def _parts(archive: zipfile.ZipFile) -> Iterator[bytes]:
    left = 10 * LARGEST
    for entry in archive.infolist():
        if entry.filename.endswith(".xml"):
            left -= entry.file_size
            if left < 0:
                raise MemoryError
            yield archive.read(entry)


def _read_plain(content: bytes) -> str:
    text = _decoded(content)
    return f"{text}\n{_without_tags(text)}" if "<" in text else text


def _without_tags(text: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
