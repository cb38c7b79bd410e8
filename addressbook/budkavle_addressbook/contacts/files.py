"""Contacts in files: CSV as spreadsheets write it, and vCard 3.0 and 4.0 (RFC 2426, RFC 6350). Pure."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from icalendar.parser import Contentline

from budkavle import Invalid, Sentence, write_csv
from budkavle.organisation import CsvColumn, read_csv
from budkavle_addressbook.contacts.contact import Contact, Fields, checked
from budkavle_addressbook.name_search import haystack

MOST = 2000
"""The most contacts of one file."""
MAX_BYTES = 5_000_000
LONGEST_LINE = 4000
"""The most characters read of a line of a vCard. Pictures and sounds are longer."""
HEADINGS = ("Namn", "E-post", "Telefon", "Fax", "Personnummer")
NUMBER_PROPERTY = "X-PERSONNUMMER"
COLUMNS = (
    CsvColumn("name", ("namn", "name", "full name", "display name", "visningsnamn"), required=True),
    CsvColumn("email", ("e-post", "epost", "e-postadress", "email", "e-mail", "e-mail address", "mejl"), required=True),
    CsvColumn("phone", ("telefon", "telefonnummer", "mobil", "phone", "mobile", "mobile phone"), required=True),
    CsvColumn("fax", ("fax", "faxnummer", "business fax")),
    CsvColumn("personnummer", ("personnummer", "personal identity number")),
)
_NOT_VCARD = "Kortet går inte att läsa. Exportera det på nytt som vCard 3.0 eller 4.0."
_FORMULA_SIGNS = "=+-@"


@dataclass(slots=True)
class ImportRow:
    """A contact of a file.

    Attributes:
        line: The number of its first line in the file, from 1.
        typed: The data in the file, by the fields of a contact.
        fields: The contact, if it is valid.
        faults: Its errors.
        exists: Whether the book, or an earlier row, has the same name and e-mail address.
        unreadable: Whether the file itself is damaged there, whatever could be read of it.
    """

    line: int
    typed: Mapping[str, str]
    fields: Fields | None = None
    faults: list[str] = field(default_factory=list)
    exists: bool = False
    unreadable: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it will be added."""
        return self.fields is not None and not self.exists


def read_file(content: bytes, present: Iterable[Fields]) -> list[ImportRow]:
    """Read the contacts of a CSV or vCard file, and validate each.

    Args:
        content: The bytes of the file, from which its kind is determined.
        present: The contacts already in the book.

    Raises:
        Invalid: It is neither, or has too many contacts.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("Filen är för stor. Den får ha högst {size} MB.", size=MAX_BYTES // 1_000_000)
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip().upper()
    rows = list(_cards(content)) if start.startswith(b"BEGIN:VCARD") else _csv_rows(content)
    if not rows:
        raise Invalid("Filen har inga kontakter. Välj en annan.")
    if len(rows) > MOST:
        raise Invalid("Filen har för många kontakter. Dela den: högst {most} åt gången.", most=MOST)
    _judge(rows, present)
    return rows


def pack_rows(rows: Sequence[ImportRow]) -> str:
    """Return the data of a file as the text of a hidden field, for the confirmation, without pictures and the like."""
    stored = [[_stored(fault) for fault in row.faults] if row.unreadable else [] for row in rows]
    plain = msgspec.json.encode([(row.line, row.typed, faults) for row, faults in zip(rows, stored, strict=True)])
    return base64.b64encode(zlib.compress(plain, 9)).decode("ascii")


def _stored(fault: str) -> str:
    return fault.to_text() if isinstance(fault, Sentence) else fault


def unpack_rows(text: str, present: Iterable[Fields]) -> list[ImportRow]:
    """Return the rows of a hidden field, validated again.

    Raises:
        Invalid: It is damaged, or has too many rows.
    """
    try:
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(base64.b64decode(text, validate=True), MAX_BYTES + 1)
        packed = msgspec.json.decode(plain, type=list[tuple[int, dict[str, str], list[str]]])
        rows = [
            ImportRow(line, typed, faults=[Sentence.from_stored(fault) for fault in faults], unreadable=bool(faults))
            for line, typed, faults in packed[:MOST]
        ]
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid("Filen kom inte fram helt. Välj den igen.") from error
    _judge(rows, present)
    return rows


def to_csv(contacts: Sequence[Contact], *, numbers: bool) -> bytes:
    """Return contacts as a CSV file that `read_file` can read. `numbers` includes their personnummer."""
    rows = [
        (
            contact.name,
            contact.fields.email,
            contact.fields.phone,
            contact.fields.fax,
            contact.fields.personnummer if numbers else "",
        )
        for contact in contacts
    ]
    return write_csv([HEADINGS, *rows])


def to_vcard(contacts: Sequence[Contact], *, numbers: bool) -> bytes:
    """Return contacts as vCard 3.0, which Outlook and telephones read."""
    return b"".join(_card(contact.fields, numbers=numbers) for contact in contacts)


def _card(fields: Fields, *, numbers: bool) -> bytes:
    first, _, last = fields.name.rpartition(" ")
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"FN:{_escaped(fields.name)}",
        f"N:{_escaped(last)};{_escaped(first)};;;",
        f"EMAIL;TYPE=INTERNET:{_escaped(fields.email)}",
        f"TEL;TYPE=VOICE:{fields.phone}",
    ]
    lines += [f"TEL;TYPE=FAX:{fields.fax}"] if fields.fax else []
    lines += [f"{NUMBER_PROPERTY}:{fields.personnummer}"] if numbers and fields.personnummer else []
    return b"".join(_folded(line) for line in [*lines, "END:VCARD"])


def _folded(line: str) -> bytes:
    """Return a line as written in a file: folded to pieces of 75 bytes."""
    return bytes(Contentline(line).to_ical()) + b"\r\n"  # type: ignore[no-untyped-call]


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\,;" else sign for sign in text)


def _csv_rows(content: bytes) -> list[ImportRow]:
    return [
        ImportRow(
            row.line,
            {name: _without_apostrophe(cell) for name, cell in row.values.items()},
            faults=row.faults,
            unreadable=bool(row.faults),
        )
        for row in read_csv(content, COLUMNS).rows
    ]


def _without_apostrophe(cell: str) -> str:
    """Return a cell without the apostrophe with which `write_csv` keeps a spreadsheet from running it as a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA_SIGNS else cell


def _cards(content: bytes) -> Iterator[ImportRow]:
    """Yield the cards of a file. An unfinished one, or one of an unsupported version, is marked as unreadable."""
    card: dict[str, str] | None = None
    begun, version = 0, ""
    for number, line in _lines(content):
        name, types, value = _parts(line)
        if (name, value.upper()) == ("BEGIN", "VCARD"):
            if card is not None:
                yield ImportRow(begun, card, faults=[_NOT_VCARD], unreadable=True)
            card, begun, version = {}, number, ""
        elif card is None:
            continue
        elif (name, value.upper()) == ("END", "VCARD"):
            right = version in {"3.0", "4.0"}
            yield ImportRow(begun, card, faults=[] if right else [_NOT_VCARD], unreadable=not right)
            card = None
        elif name == "VERSION":
            version = value.strip()
        else:
            _take(card, name, types, value)
    if card is not None:
        yield ImportRow(begun, card, faults=[_NOT_VCARD], unreadable=True)


def _take(card: dict[str, str], name: str, types: str, value: str) -> None:
    """Store a property of a card that contacts have: the first of each, but a mobile before other telephones."""
    if name == "FN":
        card.setdefault("name", value)
    elif name == "EMAIL":
        card.setdefault("email", value.removeprefix("mailto:"))
    elif name == "TEL" and "FAX" in types:
        card.setdefault("fax", _number(value))
    elif name == "TEL" and ("CELL" in types or "phone" not in card):
        card["phone"] = _number(value)
    elif name == NUMBER_PROPERTY:
        card.setdefault("personnummer", value)


def _number(value: str) -> str:
    return value.removeprefix("tel:").partition(";")[0]


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines of a vCard file with their numbers, with folded lines joined."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    begun, pieces, size = 0, [""], 0
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in {" ", "\t"}:
            size += len(line)
            pieces += [line[1:]] if size < LONGEST_LINE else []
            continue
        yield begun, "".join(pieces)
        begun, pieces, size = number, [line[:LONGEST_LINE]], len(line)
    yield begun, "".join(pieces)


def _parts(line: str) -> tuple[str, str, str]:
    """Return a line's name without its group, its parameters and its value. A damaged line has an empty name."""
    head = line.partition(":")[0].upper()
    name = head.partition(";")[0].rpartition(".")[2]
    if name not in {"BEGIN", "END", "VERSION", "FN", "EMAIL", "TEL", NUMBER_PROPERTY}:
        return "", "", ""
    try:
        value = str(Contentline(line).parts()[2])  # type: ignore[no-untyped-call]
    except ValueError:
        return "", "", ""
    return name, head, value.strip()


def _judge(rows: Sequence[ImportRow], present: Iterable[Fields]) -> None:
    seen = {_identity(fields) for fields in present}
    for row in rows:
        if row.unreadable:
            continue
        try:
            fields = checked(row.typed)
        except Invalid as error:
            row.faults += error.fields.values()
            continue
        row.fields, row.exists = fields, _identity(fields) in seen
        seen.add(_identity(fields))


def _identity(fields: Fields) -> tuple[str, str]:
    return haystack(fields.name), fields.email.casefold()
