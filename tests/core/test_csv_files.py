"""CSV files as spreadsheets, old programs and other systems write them."""

import codecs
import unicodedata

import pytest

from budkavle.csv_files import MAX_BYTES, MAX_ROWS, CsvColumn, read_csv, write_csv
from budkavle.model.errors import Invalid

COLUMNS = (
    CsvColumn("name", ("namn", "name")),
    CsvColumn("email", ("e-post", "email"), required=True),
    CsvColumn("number", ("personnummer",)),
)
BODY = "Namn;E-post;Personnummer\r\nÅsa Öst-Ek;asa@kommun.example;198001011234\r\n;;\r\nBo;bo@kommun.example;\r\n"


@pytest.mark.parametrize(
    ("content", "encoding", "separator"),
    [
        (BODY.encode(), "utf-8", ";"),
        (BODY.encode("utf-8-sig"), "utf-8-sig", ";"),
        (BODY.encode("cp1252"), "cp1252", ";"),
        (BODY.encode("cp850"), "cp850", ";"),
        (codecs.BOM_UTF16_LE + BODY.replace(";", "\t").encode("utf-16-le"), "utf-16", "\t"),
        (codecs.BOM_UTF16_BE + BODY.encode("utf-16-be"), "utf-16", ";"),
        (BODY.encode("utf-16-le"), "utf-16-le", ";"),
        (BODY.replace(";", ",").encode(), "utf-8", ","),
        (b"sep=|\r\n" + BODY.replace(";", "|").encode("cp1252"), "cp1252", "|"),
        (unicodedata.normalize("NFD", BODY).encode(), "utf-8", ";"),
        (BODY.replace("\r\n", "\r").encode(), "utf-8", ";"),
    ],
)
def test_every_way_of_writing_is_read_alike(content: bytes, encoding: str, separator: str) -> None:
    file = read_csv(content, COLUMNS)
    assert (file.encoding, file.separator) == (encoding, separator)
    assert [row.values["name"] for row in file.rows] == ["Åsa Öst-Ek", "Bo"]
    assert not any(row.faults for row in file.rows)


def test_a_row_has_the_line_where_it_begins() -> None:
    content = b'sep=;\nE-post;Namn\n"a@b.se";"Bo\nAlm"\n;\n\nc@d.se;C\n'
    assert [(row.line, row.values["email"]) for row in read_csv(content, COLUMNS).rows] == [
        (3, "a@b.se"),
        (7, "c@d.se"),
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Bo;bo@a.se", "Raden har 2 celler, men rubrikraden har 3."),
        ('=HYPERLINK("x");bo@a.se;', "En cell börjar som en formel, med =."),
        ("@SUM(1);bo@a.se;", "En cell börjar som en formel, med @."),
        ("Bo;bo@a.se;1,98001E+11", "som 1,98E+11"),
        ("Bo;bo@a.se;1.98E+11", "som 1,98E+11"),
        ("B" * 1001 + ";bo@a.se;", "En cell har mer än 1000 tecken."),
    ],
)
def test_a_row_says_what_is_wrong_with_it(row: str, fault: str) -> None:
    (found,) = read_csv(f"Namn;E-post;Personnummer\n{row}\n".encode(), COLUMNS).rows
    assert [fault in text for text in found.faults] == [True]


def test_numbers_are_no_formulas() -> None:
    content = b"Namn;E-post;Personnummer\n+46 70-174 06 05;a@b.se;-5\n"
    assert read_csv(content, COLUMNS).rows[0].faults == []


def test_a_quote_that_is_never_closed_is_a_fault_of_its_row() -> None:
    rows = read_csv(b'Namn;E-post\nBo;bo@a.se\n"A;a@b.se\nC;c@d.se\n', COLUMNS).rows
    assert [(row.line, bool(row.faults)) for row in rows] == [(2, False), (3, True)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 and so on", "arbetsbok"),
        (b"Namn\nBo\n", "saknar kolumnen e-post"),
        (b"", "saknar kolumnen e-post"),
        (b"E-post;email\na@b.se;a@b.se\n", "två gånger"),
        (b"E-post\n" + b"a@b.se\n" * (MAX_ROWS + 1), "fler än"),
        (b" " * (MAX_BYTES + 1), "för stor"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\xd8\x00", "inte en textfil"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_csv(content, COLUMNS)


def test_headings_that_mean_nothing_are_named() -> None:
    assert read_csv(b"E-post;Skonummer;\na@b.se;43;\n", COLUMNS).unused == ["Skonummer"]


def test_what_is_written_is_read_again_and_runs_nothing() -> None:
    content = write_csv(
        [("Namn", "E-post", "Personnummer"), ("=cmd|' /C calc'!A0", "å@b.se", -5), ("Åsa", "c@d.se", None)]
    )
    assert content == ("\ufeffNamn;E-post;Personnummer\r\n'=cmd|' /C calc'!A0;å@b.se;-5\r\nÅsa;c@d.se;\r\n".encode())
    rows = read_csv(content, COLUMNS).rows
    assert [row.values["number"] for row in rows] == ["-5", ""]
    assert not any(row.faults for row in rows)
