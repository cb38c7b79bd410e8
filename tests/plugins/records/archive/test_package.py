"""Packages as the national format has them: judged by a public validator, and by what an archivist looks for."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.plugins.records.archive.conftest import AT, BY, PACKAGE, PDF, make_case, make_file, make_message, packed
from tests.plugins.records.archive.eark import Judge

from budkavle import Damaged
from budkavle_records.archive.package.check import check
from budkavle_records.archive.package.content import ArchivedFile, Party
from budkavle_records.archive.package.sealed_stream import SealedStream

TOP = PACKAGE.name
DATA = f"{TOP}/representations/rep1/data"
ERMS = {"e": "https://DILCIS.eu/XML/ERMS"}
PREMIS = {"p": "http://www.loc.gov/premis/v3"}
Files = dict[str, bytes]


def unpacked(package: bytes) -> Files:
    """Return the files of a package."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(files: Files) -> bytes:
    """Return files as a zip again."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def texts(document: bytes, path: str, names: dict[str, str]) -> list[str]:
    """Return the texts or attributes at a path of an XML file."""
    return [getattr(each, "text", each) for each in etree.fromstring(document).xpath(path, namespaces=names)]


@pytest.mark.feature("ZR4")
def test_a_package_is_valid_by_a_public_validator(judge: Judge) -> None:
    """E-ARK CSIP and SIP 2.1.0, ERMS by schema and rules, PREMIS, every checksum; and our own check says so too."""
    package = packed(make_case())
    assert judge.errors(package) == []
    assert check(io.BytesIO(package)) == []


@pytest.mark.parametrize("by", [BY, replace(BY, number="", archive="", agreement="", reference_code="", scheme="")])
@pytest.mark.parametrize("messages", [0, 1, 30])
def test_a_package_is_valid_however_little_or_much_is_known(judge: Judge, by: Any, messages: int) -> None:
    """Without plan, register, agreement or even messages, and with many of them."""
    thread = [make_message(number, files=(make_file(),)) for number in range(1, messages + 1)]
    case = make_case(*thread, title="", responsible="", registration=(), appraisal=None, happenings=())
    package = packed(replace(case, messages=tuple(thread)), by=by)
    assert judge.errors(package) == []


def test_everything_lies_below_one_folder_named_as_the_package() -> None:
    files = unpacked(packed(make_case()))
    assert {name.partition("/")[0] for name in files} == {TOP}
    assert etree.fromstring(files[f"{TOP}/METS.xml"]).get("OBJID") == TOP


def test_attachments_receipts_and_texts_are_files_of_their_own() -> None:
    """As they came, by number of the message; a destroyed message has none."""
    files = unpacked(packed(make_case()))
    data = {name.removeprefix(f"{DATA}/"): content for name, content in files.items() if name.startswith(DATA)}
    assert data["001-01.pdf"] == PDF
    assert data["001-text.txt"].decode() == "Hej.\n\nHär kommer en anmälan."
    assert data["002-kvittens-01.xml"] == b"<kvittens/>"
    assert not [name for name in data if name.startswith("003")]
    assert data["arende.pdf"].startswith(b"%PDF-")
    assert PDF not in data["arende.pdf"]


def test_the_case_says_what_an_archive_asks_for() -> None:
    """Creator, organisation's number, case and register numbers, class, secrecy with its rule, appraisal, agents."""
    erms = unpacked(packed(make_case()))[f"{DATA}/ERMS.xml"]

    def found(path: str) -> list[str]:
        return texts(erms, path, ERMS)

    kinds = ("arkivbildare", "organisationsnummer", "ärendenummer", "diarienummer")
    identified = [found(f"//e:control/e:identification[@identificationType='{kind}']") for kind in kinds]
    assert identified == [[BY.organisation], ["2120000000"], ["2026-0114"], ["SN 2026-0114"]]
    assert found("//e:aggregation/e:classification/@classificationCode") == ["3.7.1"]
    assert found("//e:aggregation/e:disposal/@disposable") == ["false"]
    assert found("//e:aggregation/e:disposal/e:disposalMandate") == ["SN 2025-05-20 § 63"]
    assert found("//e:restriction/e:regulation") == ["OSL 26 kap. 1 §"] * 2  # the case, and the one message
    assert found("//e:aggregation/e:agents/e:agent[@agentType='responsible_person']/e:name") == ["Anna Handläggare"]
    assert found("//e:aggregation/e:dates/e:date[@dateType='closed']") == ["2026-11-26T08:12:00"]  # in Stockholm
    assert found("//e:record[1]/e:extraId") == ["urn:uuid:1"]
    assert found("//e:record[1]/e:notes/e:note[@noteType='tillitsnivå']") == ["3"]
    assert found("//e:record[1]//e:appendix/@name") == ["Meddelandets text", "Anmälan.pdf"]
    assert found("//e:record[1]//e:agent[@agentType='counterpart']/e:name") == ["Kim Exempel"]
    assert found("//e:record[2]/e:direction/@directionDefinition") == ["outgoing"]
    assert found("//e:record[2]/e:notes/e:note[@noteType='leveransstatus']") == ["Barn och unga: ACKNOWLEDGED"]


def test_what_was_destroyed_is_named_without_content() -> None:
    case = make_case(make_message(1, destroyed=True, subject="Hemligt ämne", body="Hemlig text"))
    files = unpacked(packed(replace(case, title="")))
    record = files[f"{DATA}/ERMS.xml"]
    assert texts(record, "//e:record/e:title", ERMS) == ["Gallrat meddelande"]
    assert texts(record, "//e:record/e:status/@value", ERMS) == ["obliterated"]
    assert b"Hemlig" not in b"".join(files.values())


def test_premis_has_each_file_with_its_checksum_and_what_happened() -> None:
    files = unpacked(packed(make_case()))
    premis = files[f"{TOP}/representations/rep1/metadata/preservation/premis.xml"]
    paths = texts(premis, "//p:object/p:objectIdentifier/p:objectIdentifierValue", PREMIS)
    sums = texts(premis, "//p:object//p:messageDigest", PREMIS)
    for path, digest in zip(paths, sums, strict=True):
        assert hashlib.sha256(files[f"{TOP}/representations/rep1/{path}"]).hexdigest() == digest
    assert {name.removeprefix(f"{DATA}/") for name in files if name.startswith(DATA)} == {
        path.removeprefix("data/") for path in paths
    }
    events = texts(premis, "//p:event/p:eventType", PREMIS)
    assert events == ["message receipt", "case log", "information package creation"]
    assert texts(premis, "//p:agent/p:agentType", PREMIS) == ["person", "organization", "software"]


def test_the_same_case_gives_the_same_bytes() -> None:
    assert packed(make_case()) == packed(make_case())


ODD = "👋🎉中文עבריתالعربية\u202e\u200f\u2066\ufeff\x00\x0b\x1f\x7f\u2028\ue000\ud800é\n\t#$*_<>&\"'"
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200),
    st.text(st.sampled_from(ODD), max_size=60),
    st.builds(lambda char, count: char * count, st.sampled_from("aåא "), st.integers(1_000, 20_000)),
)


@given(text=TEXTS, name=TEXTS, other=TEXTS)
@example(text=ODD, name=ODD, other=ODD)
@example(text="", name="aåא " * 5_000, other="")
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_a_valid_package(judge: Judge, text: str, name: str, other: str) -> None:
    """Control characters, emoji, right to left, lone surrogates, markup, very long: in every place where a text is."""
    file = ArchivedFile(name, other, len(PDF), make_file().open)
    message = make_message(
        1,
        subject=other,
        body=text,
        sender=Party(name, other, text),
        files=(file,),
        remote_id=name,
        persons=(Party(text, number=other, number_type=name),),
        references=(text,),
        author=name,
        channel=other,
    )
    case = make_case(message, title=text, responsible=name, registration=(other,), mailbox=name)
    package = packed(case, by=replace(BY, organisation=name or "x", regulation=other, archive=text, scheme=name))
    assert judge.errors(package) == []
    assert check(io.BytesIO(package)) == []
    stored = unpacked(package)[f"{DATA}/001-text.txt"]
    assert stored == text.encode("utf-8", "replace")


def test_a_file_that_is_not_as_it_was_stored_stops_the_package() -> None:
    """Half an attachment never goes to an archive as a whole one."""
    short = replace(make_file(), size=len(PDF) + 1)
    with pytest.raises(Damaged):
        packed(make_case(make_message(1, files=(short,))))


def put(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {each: change(content) if each == name else content for each, content in files.items()}


METS = f"{TOP}/METS.xml"
REP_METS = f"{TOP}/representations/rep1/METS.xml"
BROKEN: dict[str, Callable[[Files], Files]] = {
    "a flipped byte in a file": put(f"{DATA}/001-01.pdf", lambda raw: raw[:5] + bytes([raw[5] ^ 1]) + raw[6:]),
    "a file that is shorter": put(f"{DATA}/001-text.txt", lambda raw: raw[:-1]),
    "a missing file": lambda files: {name: raw for name, raw in files.items() if name != f"{DATA}/arende.pdf"},
    "a stray file": lambda files: {**files, f"{DATA}/extra.txt": b"x"},
    "no METS": lambda files: {name: raw for name, raw in files.items() if name != METS},
    "no METS of the representation": lambda files: {name: raw for name, raw in files.items() if name != REP_METS},
    "a folder of another name": lambda files: {name.replace(TOP, "uuid-x"): raw for name, raw in files.items()},
    "two folders": lambda files: {**files, "other/file.txt": b"x"},
    "a path that leads out": put(METS, lambda raw: raw.replace(b'"documentation/', b'"../documentation/')),
    "METS against its schema": put(METS, lambda raw: raw.replace(b"structMap", b"structMop")),
    "another PREMIS": put(f"{TOP}/metadata/preservation/premis.xml", lambda raw: raw.replace(b"FGS", b"FGX")),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_package_is_found_by_both(judge: Judge, kind: str) -> None:
    """By the public files, and by the check that the page offers."""
    broken = repacked(BROKEN[kind](unpacked(packed(make_case()))))
    assert check(io.BytesIO(broken))
    assert kind == "a folder of another name" or judge.errors(broken)


def test_what_is_no_zip_is_told() -> None:
    package = packed(make_case())
    for raw in (b"", b"PK", package[: len(package) // 2]):
        assert [str(fault) for fault in check(io.BytesIO(raw))] == ["Filen är ingen hel zip-fil."]


@pytest.mark.parametrize("size", [1, 7, 29, 1000])
def test_a_package_in_the_store_is_whole_wherever_its_pieces_end(size: int) -> None:
    """The store gives pieces of any size; a header of the zip that lies across two of them is read whole."""
    package = packed(make_case())

    def open_at(place: int) -> Iterator[bytes]:
        yield from (package[start : start + size] for start in range(place, len(package), size))

    assert check(SealedStream(len(package), open_at)) == []


def test_the_stream_holds_a_piece_and_no_more() -> None:
    """A large attachment goes through in pieces: what waits between two reads stays small."""
    piece, count = bytes(range(256)) * 256, 400
    large = ArchivedFile("stor.bin", "application/octet-stream", len(piece) * count, lambda: iter([piece] * count))
    import tracemalloc

    from budkavle_records.archive.package.writer import pieces

    stream = pieces(replace(PACKAGE, id=UUID(int=9)), make_case(make_message(1, files=(large,), at=AT)), BY)
    tracemalloc.start()
    try:
        total = sum(len(each) for each in stream)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 0
    assert peak < len(piece) * count / 3
