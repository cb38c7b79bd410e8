"""CSV files as spreadsheets write and open them: reading rows with their faults, and writing.

Reading stores nothing and judges only what any file can have wrong; whoever reads the rows judges what they mean.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from budkavle.model.errors import Invalid
from budkavle.model.sentences import Sentence

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_CELL = 1_000
SEPARATORS = ";,\t"
REWRITTEN = "Kalkylprogrammet har skrivit om ett nummer, som 1,98E+11. Gör kolumnen till text och skriv det igen."
WORKBOOK = b"PK\x03\x04"
FORMULA = re.compile(r"[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]")
PLAIN_NUMBER = re.compile(r"[+-]?\d[\d ().,\u00a0-]*")
LOST_DIGITS = re.compile(r"\d+(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# The bytes of å ä ö Å Ä Ö é ü, by which text of Windows and text of DOS are told apart.
_OF_1252 = b"\xe5\xe4\xf6\xc5\xc4\xd6\xe9\xfc"
_OF_850 = b"\x86\x84\x94\x8f\x8e\x99\x82\x81"
_INVISIBLE = str.maketrans({"\u00a0": " ", "\u200b": None, "\ufeff": None})


class _Reader(Protocol):
    """What `csv.reader` returns, which has no name of its own."""

    @property
    def line_num(self) -> int: ...
    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """A column that a file may have.

    Attributes:
        name: What the code calls it.
        headings: The headings that mean it, in lower case.
        required: Whether a file without it cannot be read.
    """

    name: str
    headings: tuple[str, ...]
    required: bool = False


@dataclass(slots=True)
class CsvRow:
    """A row of a file.

    Attributes:
        line: The number of its first line in the file, from 1.
        values: The cell of each column, empty where the row has none.
        faults: What is wrong with it; whoever reads the rows adds to them.
    """

    line: int
    values: Mapping[str, str]
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that has been read.

    Attributes:
        rows: Its rows in order, without those that are empty.
        encoding: How its text was written.
        separator: What stands between its cells.
        unused: The headings that mean no column.
        sha256: The hash of its bytes, by which a confirmation says which file was shown.
    """

    rows: Sequence[CsvRow]
    encoding: str
    separator: str
    unused: Sequence[str]
    sha256: str


def read_csv(content: bytes, columns: Sequence[CsvColumn]) -> CsvFile:
    """Read a CSV file as a spreadsheet or a script writes it.

    The text may be UTF-8, UTF-16, Windows-1252 or cp850; the cells may be separated by `;`, `,` or tab.

    Args:
        content: The bytes of the file.
        columns: The columns that the file may have, in any order.

    Raises:
        Invalid: It is no CSV file, it is too large, or a column is missing or comes twice.

    Example:
        for row in read_csv(content, [CsvColumn("email", ("e-post", "email"), required=True)]).rows:
            print(row.line, row.values["email"], row.faults)
    """
    if len(content) > MAX_BYTES:
        raise Invalid("Filen är för stor. Den får ha högst {size} MB.", size=MAX_BYTES // 1_000_000)
    text, encoding = _decode(content)
    separator, text, skipped = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        headings = [_clean(heading) for heading in next(reader, [])]
    except csv.Error as error:
        raise Invalid("Filens första rad går inte att läsa. Den ska ha kolumnernas rubriker.") from error
    places = _places(headings, columns)
    meant = set(places.values())
    unused = [heading for place, heading in enumerate(headings) if heading and place not in meant]
    rows = _rows(reader, places, len(headings), skipped)
    return CsvFile(rows, encoding, separator, unused, hashlib.sha256(content).hexdigest())


def write_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Write a CSV file that a Swedish spreadsheet opens with a double click: UTF-8 with BOM, `;` and CRLF.

    A cell that a spreadsheet would run as a formula gets an apostrophe before it.

    Args:
        rows: The rows, the headings first; `None` is an empty cell.

    Example:
        write_csv([("Namn", "Antal"), ("Socialtjänst", 12)])
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith(WORKBOOK):
        raise Invalid("Filen är en arbetsbok (.xlsx). Spara den som CSV UTF-8 och försök igen.")
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and 0 in content[:200]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise _not_text() from error
        encoding = "cp850" if _count(content, _OF_850) > _count(content, _OF_1252) else "cp1252"
        text = content.decode(encoding, "replace")
    if "\0" in text:
        raise _not_text()
    return text, encoding


def _not_text() -> Invalid:
    return Invalid("Filen är inte en textfil. Spara den som CSV UTF-8 och försök igen.")


def _count(content: bytes, letters: bytes) -> int:
    return len(content) - len(content.translate(None, letters))


def _separator(text: str) -> tuple[str, str, int]:
    """Return what separates the cells, the text without the line that says it, and how many lines that was."""
    if match := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        return match[1], text[match.end() :], 1
    first = next(iter(text.splitlines()), "")
    outside_quotes = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=outside_quotes.count), text, 0


def _clean(cell: str) -> str:
    # A Mac writes å as a and a ring.
    return unicodedata.normalize("NFC", cell.translate(_INVISIBLE)).strip()


def _places(headings: Sequence[str], columns: Sequence[CsvColumn]) -> dict[str, int]:
    places: dict[str, int] = {}
    for column in columns:
        numbers = [place for place, heading in enumerate(headings) if heading.lower() in column.headings]
        if len(numbers) > 1:
            raise Invalid("Kolumnen {name} finns två gånger i filen.", name=headings[numbers[0]])
        if numbers:
            places[column.name] = numbers[0]
        elif column.required:
            raise Invalid("Filen saknar kolumnen {name}.", name=column.headings[0])
        else:
            places[column.name] = -1
    return places


def _rows(reader: "_Reader", places: Mapping[str, int], width: int, skipped: int) -> list[CsvRow]:
    rows: list[CsvRow] = []
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return rows
        except csv.Error:
            fault = Sentence("Raden går inte att läsa, och inte heller det som följer. Ett citattecken är fel.")
            return [*rows, CsvRow(line, dict.fromkeys(places, ""), [fault])]
        if not any(cell.strip() for cell in cells):
            continue  # a spreadsheet leaves rows of separators
        if len(rows) == MAX_ROWS:
            raise Invalid("Filen har fler än {count} rader. Dela upp den.", count=MAX_ROWS)
        values = {name: _clean(cells[place]) if 0 <= place < len(cells) else "" for name, place in places.items()}
        rows.append(CsvRow(line, values, _faults(values, len(cells), width)))


def _faults(values: Mapping[str, str], cells: int, width: int) -> list[str]:
    faults: list[str] = []
    if cells != width:
        faults.append(Sentence("Raden har {cells} celler, men rubrikraden har {width}.", cells=cells, width=width))
    for cell in values.values():
        if len(cell) > MAX_CELL:
            faults.append(Sentence("En cell har mer än {count} tecken.", count=MAX_CELL))
        elif LOST_DIGITS.fullmatch(cell):
            faults.append(REWRITTEN)
        elif FORMULA.match(cell) and not PLAIN_NUMBER.fullmatch(cell):
            faults.append(Sentence("En cell börjar som en formel, med {sign}.", sign=cell[0]))
    return faults


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if FORMULA.match(text) and not PLAIN_NUMBER.fullmatch(text) else text
