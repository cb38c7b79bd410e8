"""PDF files by typst: texts are data and never markup, and a character without a glyph stops nothing.

typst refuses a whole accessible PDF for one character that its fonts cannot draw, such as an emoji. Those are written
by their names, as `[waving hand sign]`.
"""

import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pikepdf
import typst

MOST_TRIES = 30
"""Each failure names the texts that could not be drawn in one place; more places than this give up."""
_MISSING = re.compile(r'the text `?"(.+?)"`? could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_UNPRINTABLE = ("Cc", "Cn", "Co", "Cs")


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file that lies in a PDF, as it was."""

    name: str
    media_type: str
    content: bytes


def typeset_pdf(
    template: bytes, values: Mapping[str, Any], at: datetime, *, attached: str | None = None, embeds: bool = False
) -> bytes:
    """Return a PDF/UA-1 file; the same template, values and time give the same bytes.

    Args:
        template: A typst file. It reads the values by `json(bytes(sys.inputs.values))`, and sets its own
            `document(title:, date:)`.
        values: What JSON can hold: texts, numbers, lists and mappings.
        at: When it was made.
        attached: A text that the template attaches as a file, by `pdf.attach(NAME, bytes(sys.inputs.attached))`; the
            document is then PDF/A-3a too.
        embeds: Whether files are put in afterwards, by `embed_files`; the document is then PDF/A-3a too.

    Raises:
        ValueError: The template is wrong, or too many characters have no glyph.

    Example:
        typeset_pdf(files("budkavle_pigeon").joinpath("flights.typ").read_bytes(), {"title": "Flygningar"}, now)
    """
    unknown: set[str] = set()
    for _ in range(MOST_TRIES):
        plain = json.dumps(_printable(values, unknown), ensure_ascii=False, sort_keys=True)
        try:
            inputs = {"values": plain} if attached is None else {"values": plain, "attached": attached}
            return _compile(template, inputs, at, archived=embeds or attached is not None)
        except typst.TypstError as error:
            match = _MISSING.search(str(error))
            missing = set(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), match[1])) - unknown if match else set()
            missing = {character for character in missing if not (character.isascii() or character.isspace())}
            if not missing:
                raise ValueError(str(error)) from error
            unknown |= missing
    raise ValueError("too many characters without a glyph")


def embed_files(pdf: bytes, files: Iterable[EmbeddedFile], at: datetime) -> bytes:
    """Put files into a PDF that `typeset_pdf` made with `embeds`; nothing of them is read.

    Source: ISO 19005-3 (PDF/A-3), 6.8: each is associated with the document and says how, with its type and its time.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        specifications = []
        for file in files:
            specification = pikepdf.AttachedFileSpec(
                document,
                file.content,
                filename=file.name,
                mime_type=file.media_type,
                mod_date=at.strftime("D:%Y%m%d%H%M%SZ"),
                relationship=pikepdf.Name.Supplement,
            )
            document.attachments[file.name] = specification
            specifications.append(document.attachments[file.name].obj)
        if specifications:
            document.Root.AF = pikepdf.Array(specifications)
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
        return out.getvalue()


def _compile(template: bytes, inputs: dict[str, str], at: datetime, *, archived: bool) -> bytes:
    made = typst.compile(
        template,
        format="pdf",
        sys_inputs=inputs,
        ignore_system_fonts=True,
        timestamp=int(at.timestamp()),
        pdf_standards=["ua-1", "a-3a"] if archived else ["ua-1"],
    )
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made


def _printable(value: Any, unknown: set[str]) -> Any:
    """Return a value whose texts can be drawn."""
    if isinstance(value, str):
        return "".join(_drawn(character, unknown) for character in unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {name: _printable(part, unknown) for name, part in value.items()}
    return [_printable(part, unknown) for part in value] if isinstance(value, list | tuple) else value


def _drawn(character: str, unknown: set[str]) -> str:
    if character in "\n\t":
        return character
    if character == "\ufeff" or unicodedata.category(character) in _UNPRINTABLE:
        return "" if character == "\ufeff" else "\ufffd"
    if character in unknown or (ord(character) > 0xFFFF and unicodedata.category(character) == "So"):
        return f"[{unicodedata.name(character, f'U+{ord(character):04X}').lower()}]"
    return character
