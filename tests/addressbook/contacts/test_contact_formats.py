"""Contacts in files: what spreadsheets, telephones and people with bad intentions write, and what comes back."""

import pytest

from budkavle import Invalid
from budkavle_addressbook.contacts import files
from budkavle_addressbook.contacts.contact import Contact, Fields
from budkavle_addressbook.contacts.files import MOST, ImportRow, pack_rows, read_file, to_csv, to_vcard, unpack_rows

MARIA = Fields("Maria Öberg", "maria@example.se", "+46701740605", "198112189876", "+4687654321")
ODD = Fields('=cmd|" /C calc"!A0; Erik, \\ Åkesson', "erik@example.se", "0171-12345".replace("-", ""))
PHONE_CARD = """BEGIN:VCARD
VERSION:4.0
FN:Vårdcentralen Söder\\, reception
N:Söder;;;;
PHOTO:data:image/jpeg;base64,AAAA
 AAAA
item1.EMAIL;TYPE=INTERNET;PREF=1:vc@soder.example
EMAIL:other@soder.example
TEL;VALUE=uri;TYPE="voice,work":tel:+46-8-123-45-67
TEL;TYPE=CELL:070-174 06 05
TEL;TYPE=WORK;TYPE=FAX:08-765 43 21
END:VCARD
"""


def fields_of(rows: list[ImportRow]) -> list[Fields | None]:
    return [row.fields for row in rows]


def contacts(*fields: Fields) -> list[Contact]:
    from uuid import uuid4

    return [Contact(uuid4(), one) for one in fields]


@pytest.mark.feature("E28")
@pytest.mark.parametrize("write", [to_csv, to_vcard])
def test_what_is_exported_is_imported_again(write: object) -> None:
    """The same contacts, with a name that a spreadsheet would run; personnummer where they are asked for."""
    assert callable(write)
    assert fields_of(read_file(write(contacts(MARIA, ODD), numbers=True), [])) == [MARIA, ODD]
    (plain,) = fields_of(read_file(write(contacts(MARIA), numbers=False), []))
    assert plain is not None
    assert plain.personnummer == ""


@pytest.mark.feature("E28")
def test_no_cell_is_a_formula() -> None:
    """A spreadsheet that opens the file runs nothing."""
    assert b"'=cmd" in to_csv(contacts(ODD), numbers=True)
    assert b";=cmd" not in to_csv(contacts(ODD), numbers=True)


@pytest.mark.feature("E28")
def test_a_name_adds_no_line_to_a_card() -> None:
    """What stands in a name stays in it."""
    sly = Fields("A;B\\nEND:VCARD", "a@example.se", "0701740605")
    assert to_vcard(contacts(sly), numbers=True).count(b"\r\nEND:VCARD") == 1
    assert fields_of(read_file(to_vcard(contacts(sly), numbers=True), [])) == [sly]


@pytest.mark.feature("E28")
def test_a_telephones_card_is_read() -> None:
    """With groups, several types, addresses as URIs and a picture; the mobile number is the telephone."""
    (row,) = read_file(PHONE_CARD.encode(), [])
    assert row.fields == Fields("Vårdcentralen Söder, reception", "vc@soder.example", "0701740605", "", "+4687654321")
    assert row.line == 1


@pytest.mark.feature("E28", "B4", "B5")
def test_each_row_says_what_is_wrong_with_it() -> None:
    """Mandatory fields, the personnummer, and what is there already: in the book, or earlier in the file."""
    content = "Namn;E-post;Telefon;Personnummer\nMaria Öberg;MARIA@example.se;070-1740605;\nErik;;08-1;19811218-9875\n"
    content += "Eva;eva@example.se;08-123456;\nEva;eva@example.se;08-123456;\n"
    rows = read_file(content.encode(), [MARIA])
    assert [(row.line, row.is_new, row.exists, len(row.faults)) for row in rows] == [
        (2, False, True, 0),
        (3, False, False, 3),
        (4, True, False, 0),
        (5, False, True, 0),
    ]
    assert [row.is_new for row in unpack_rows(pack_rows(rows), [MARIA])] == [False, False, True, False]


@pytest.mark.feature("E28")
@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN:VCARD\nVERSION:2.1\nFN:A\nEMAIL:a@b.se\nTEL:0701740605\nEND:VCARD\n",
        b"BEGIN:VCARD\nVERSION:3.0\nFN:A\nEMAIL:a@b.se\nTEL:0701740605\n",
        b"BEGIN:VCARD\nVERSION:3.0\nFN:A\nEMAIL:a@b.se\nTEL:0701740605\nBEGIN:VCARD\nEND:VCARD\n",
    ],
    ids=["an old version", "not ended", "one within another"],
)
def test_a_card_that_cannot_be_trusted_says_so(content: bytes) -> None:
    """It is not added, and the next ones are read all the same; a confirmation changes nothing."""
    rows = read_file(content, [])
    assert not any(row.is_new for row in rows)
    assert all(row.faults for row in rows)
    assert not any(row.is_new for row in unpack_rows(pack_rows(rows), []))


@pytest.mark.feature("E28")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02" * 100,
        b"PK\x03\x04xlsx",
        b"Namn;E-post\nA;a@b.se\n",
        b"x" * (files.MAX_BYTES + 1),
        b"Namn;E-post;Telefon\n" + b"A;a@b.se;0701740605\n" * (MOST + 1),
        b"BEGIN:VCARD\nEND:VCARD\n" * (MOST + 1),
    ],
    ids=["empty", "no text", "a workbook", "a column is missing", "too large", "too many rows", "too many cards"],
)
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    """With a sentence that says what to do."""
    with pytest.raises(Invalid) as caught:
        read_file(content, [])
    assert str(caught.value).endswith(".")


@pytest.mark.feature("E28")
@pytest.mark.parametrize("packed", ["", "A", "====", "eJwDAAAAAAE=", "bm8="])
def test_a_confirmation_that_was_tampered_with_is_refused(packed: str) -> None:
    """It says that the file did not come through."""
    with pytest.raises(Invalid):
        unpack_rows(packed, [])


@pytest.mark.feature("E28")
def test_an_endless_line_is_cut() -> None:
    """A picture of megabytes costs no more than its reading."""
    card = PHONE_CARD.replace(" AAAA", "\n".join([" " + "A" * 70] * 50_000))
    (row,) = read_file(card.encode(), [])
    assert row.fields is not None


@pytest.mark.feature("E28")
@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Eva;eva@a.se;0701740605;;", "Raden har 5 celler, men rubrikraden har 3."),
        ("=Eva;eva@a.se;0701740605", "formel"),
    ],
)
def test_a_row_that_is_broken_is_told_of_again_when_it_is_saved(row: str, fault: str) -> None:
    """Its fault goes with the file from the page where it is looked through, with its numbers, in both languages."""
    rows = read_file(f"Namn;E-post;Telefon\n{row}\nBo;bo@a.se;0701740605\n".encode(), [])
    again = unpack_rows(pack_rows(rows), [])
    assert [[str(each) for each in one.faults] for one in again] == [[str(each) for each in one.faults] for one in rows]
    assert fault in str(again[0].faults[0])
    assert (again[0].fields, again[1].is_new) == (None, True)
