"""The thread of a case as PDF/A-1a. The same case gives the same bytes, whenever it is made.

Level 1a is accepted by any archive, and an independent validator can check it; a thread that is too long for its limits
is written as PDF/A-2a. The attachments are stored beside it. A character that the fonts cannot draw would stop the
whole document: it is written as its name, and a note at the end says so; the text file of the message has the original.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files as resources
from typing import Any, Final, Literal

import typst

from budkavle import Damaged
from budkavle_records.archive.package.content import ArchivedCase, ArchivedMessage, Delivering, PackedFile, Party
from budkavle_records.archive.package.xml_parts import LOCAL

Standard = Literal["a-1a", "a-2a"]
STANDARDS: Final[Mapping[Standard, str]] = {"a-1a": "PDF/A-1a", "a-2a": "PDF/A-2a"}
"""The standards that are tried in order, and their names."""
MEDIA_TYPE: Final = "application/pdf"
LONGEST_WORD: Final = 40
"""A word longer than this many characters may be broken, so that nothing runs off the page."""
TRIES: Final = 400
"""The most characters that may fail without being missing from the table of glyphs."""
WORDS: Final = {"files": "Bilagor", "file": "Fil", "size": "Storlek", "sha256": "SHA-256"}
_NOTE: Final = (
    "Tecken som inte kan skrivas ut i dokumentet står med sitt namn inom hakparentes. Meddelandets text står som den"
    " var i textfilen bredvid."
)
_NO_GLYPH: Final = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_BLANK: Final = re.compile(" {8,}")
_LONGEST_NAME: Final = 200
"""The most characters in the document's own metadata; a PDF string has a limit."""
_TOO_LARGE: Final = re.compile("longer than|larger than")
_LONG: Final = re.compile(rf"([^ ]{{{LONGEST_WORD}}})(?=[^ ])")


def _drawable() -> frozenset[int]:
    """Read the characters that the embedded fonts can draw; made from the fonts, and a test compares them."""
    spans = (
        word.partition("-")
        for word in resources("budkavle_records.archive.package").joinpath("glyphs.txt").read_text("ascii").split()
    )
    return frozenset(point for first, _, last in spans for point in range(int(first, 16), int(last or first, 16) + 1))


DRAWABLE: Final = _drawable()


def write(case: ArchivedCase, by: Delivering, files: Sequence[PackedFile]) -> tuple[bytes, str]:
    """Return the thread as a PDF, and the name of its format.

    Args:
        case: The case.
        by: The delivering organisation.
        files: The attachments that are stored beside it, with their checksums.

    Raises:
        Damaged: The document cannot be typeset.
    """
    values, replaced = _values(case, by, files), set[str]()
    standards = iter(STANDARDS)
    standard = next(standards)
    for _ in range(TRIES):
        drawn = {**_drawn(values, replaced), "note": _NOTE if replaced else ""}
        try:
            return _compile(drawn, case.closed_at, standard), STANDARDS[standard]
        except typst.TypstError as error:
            missing = _NO_GLYPH.search(str(error))
            if missing is not None:
                replaced |= set(_ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), missing[1]))
                continue
            if not _TOO_LARGE.search(str(error)):
                break
            following = next(standards, None)
            if following is None:
                break
            standard = following
    raise Damaged("Ärendets dokument (PDF/A) kunde inte skrivas.")


def _compile(values: Any, at: datetime, standard: Standard) -> bytes:
    made = typst.compile(
        resources("budkavle_records.archive.package").joinpath("thread.typ").read_bytes(),
        format="pdf",
        sys_inputs={"given": json.dumps(values, ensure_ascii=False, sort_keys=True)},
        ignore_system_fonts=True,
        timestamp=int(at.timestamp()),
        pdf_standards=[standard],
    )
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made


def _drawn(value: Any, named: set[str]) -> Any:
    """Return texts at any depth, with names in place of characters that cannot be drawn; `named` collects those."""
    if isinstance(value, str):
        drawn = "".join(_draw(char, named) for char in unicodedata.normalize("NFC", value))
        return _LONG.sub("\\1\N{ZERO WIDTH SPACE}", _BLANK.sub(" " * 8, drawn))
    if isinstance(value, list):
        return [_drawn(item, named) for item in value]
    return {key: _drawn(item, named) for key, item in value.items()} if isinstance(value, dict) else value


def _draw(char: str, named: set[str]) -> str:
    if char == "\t":
        return "    "
    if ord(char) in DRAWABLE and char not in named:
        return char
    named.add(char)
    return f"[{unicodedata.name(char, f'U+{ord(char):04X}').lower()}]"


def _values(case: ArchivedCase, by: Delivering, files: Sequence[PackedFile]) -> dict[str, Any]:
    closed = case.closed_at.astimezone(LOCAL)
    rows = [
        ("Organisation", _with(by.organisation, by.number)),
        ("Funktionsbrevlåda", case.mailbox),
        ("Diarienummer", ", ".join(case.registration)),
        ("Handling", case.appraisal.kind if case.appraisal else ""),
        ("Öppnat", _moment(case.opened_at)),
        ("Avslutat", _moment(case.closed_at)),
        ("Ansvarig", case.responsible),
        ("Sekretess", by.regulation if case.is_confidential else ""),
    ]
    return {
        "title": case.label[:_LONGEST_NAME],
        "organisation": by.organisation[:_LONGEST_NAME],
        "at": [closed.year, closed.month, closed.day],
        "words": WORDS,
        "facts": _rows(rows),
        "messages": [
            _message(message, [file for file in files if file.message == number])
            for number, message in enumerate(case.messages, 1)
        ],
        "note": "",
    }


def _message(message: ArchivedMessage, files: Sequence[PackedFile]) -> dict[str, Any]:
    way = "Inkommet" if message.incoming else "Skickat"
    rows = [
        ("Ämne", message.subject),
        ("Från", _party(message.sender)),
        ("Till", "; ".join(_party(party) for party in message.recipients)),
        ("Skrivet av", message.author),
        ("Kanal", message.channel),
        ("Meddelande-id", message.remote_id),
        ("Tillitsnivå", str(message.loa) if message.loa else ""),
        ("Känsligt", "Ja" if message.confidential else ""),
        ("Referenser", "; ".join(message.references)),
        ("Personer", "; ".join(_party(person) for person in message.persons)),
        ("Leverans", "; ".join(f"{delivery.recipient.name}: {delivery.state}" for delivery in message.deliveries)),
    ]
    if message.destroyed:
        rows = [("Innehåll", "Gallrat eller återkallat innan paketet gjordes.")]
    return {
        "heading": f"{way} {_moment(message.at)}",
        "facts": _rows(rows),
        "text": [] if message.destroyed else _paragraphs(message.body),
        "files": [[file.title, file.path, f"{file.size} byte", file.sha256] for file in files],
    }


def _paragraphs(body: str) -> list[str]:
    return [line for line in body.splitlines() if line.strip()]


def _rows(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[label, text] for label, text in pairs if text]


def _party(party: Party) -> str:
    return _with(" · ".join(filter(None, (party.organisation, party.name))), party.number)


def _with(name: str, number: str) -> str:
    return f"{name} ({number})" if name and number else name or number


def _moment(at: datetime) -> str:
    return at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
