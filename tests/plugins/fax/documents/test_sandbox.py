"""Documents that are small and become large: refused by name on their way out, kept as they came on their way in."""

import io
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from budkavle import Bounds, File, FunctionMailbox, Invalid, Temporary, TooLarge
from budkavle.cases import list_cases
from budkavle.messaging import drafts, read_case
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_fax.documents import conversion, received, rendering, sandbox
from budkavle_fax.documents.cover import Cover
from budkavle_fax.parts import Parts

JUDGED = sandbox.JUDGED
TIGHT = Bounds(cpu=20, wall=120, memory=150_000_000)
SEED = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[9 0 R]/Count 1>>endobj\n"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a draft's documents are judged to the end."""
    monkeypatch.setattr(sandbox, "JUDGED", 120)


@cache
def object_stream(size: int) -> bytes:
    """Return a PDF whose objects, packed together, are a thousand times its size."""
    packed = zlib.compress(b"9 0 <</Type/Page/Parent 2 0 R/X(" + b"x" * size + b")>>", 9)
    stream = b"3 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    made = SEED + stream + packed + b"\nendstream endobj\n"
    at = [SEED.index(b"1 0 obj"), SEED.index(b"2 0 obj"), len(SEED), 0, 0, 0, 0, 0]
    rows = [b"\x00" + bytes(5), *(b"\x01" + one.to_bytes(4, "big") + b"\0" for one in at[:3])]
    rows += [b"\x00" + bytes(5)] * 5 + [b"\x02" + (3).to_bytes(4, "big") + b"\0"]
    rows += [b"\x01" + len(made).to_bytes(4, "big") + b"\0"]
    index = b"".join(rows)
    head = b"10 0 obj<</Type/XRef/Size 11/W[1 4 1]/Root 1 0 R/X 9 0 R/Length %d>>stream\n" % len(index)
    return made + head + index + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(made)


def large_pages(count: int, side: int = 12_000) -> bytes:
    """Return a TIFF of white pages, a few hundred bytes each."""
    first, *others = [Image.new("1", (side, side), 1)] * count
    kept = io.BytesIO()
    first.save(kept, "TIFF", compression="group4", save_all=True, append_images=others)
    return kept.getvalue()


def test_a_child_imports_no_log_database_or_web() -> None:
    """Each fax that is looked at, checked, sent or received starts one, and somebody waits for it."""
    code = "import budkavle_fax.documents.sandbox, sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"structlog", "sqlalchemy", "psycopg", "litestar"} & set(told) == set()


def test_a_pdf_that_swells_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its child has no more memory; the one beside it is told apart from it."""
    monkeypatch.setattr(sandbox, "SOON", TIGHT)
    bomb = File("bomb.pdf", "application/pdf", object_stream(200_000_000))
    assert len(bomb.content) < 1_000_000
    assert sandbox.faults([bomb], 200) == [sandbox.TOO_MUCH.format(name="bomb.pdf")]
    good = File("bra.txt", "text/plain", b"Hej")
    assert sandbox.faults([good, bomb], 200) == [sandbox.TOO_MUCH.format(name="bomb.pdf")]
    assert sandbox.faults([good], 200) == []


@pytest.mark.parametrize(
    ("name", "kind", "content", "said"),
    [
        ("rader.txt", "text/plain", b"a\n" * 200_000, "rader.txt blir 3773 sidor. Gränsen är 200"),
        ("rad.txt", "text/plain", b"x " * 2_000_000, "rad.txt blir"),
        ("bild.tif", "image/tiff", large_pages(2), "bild.tif är för stor"),
        ("sidor.tif", "image/tiff", large_pages(201, 10), "sidor.tif blir 201 sidor"),
    ],
)
def test_what_is_too_much_is_refused_before_the_work(
    name: str, kind: str, content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its lines, or by what the file says of its pages: nothing is set, and no picture is read."""

    def work(*_: object) -> bytes:
        raise AssertionError("the work was begun")

    monkeypatch.setattr(conversion, "typeset", work)
    monkeypatch.setattr(conversion, "_frame", work)
    with pytest.raises(Invalid, match=said.replace(".", r"\.")):
        conversion.as_pdf(File(name, kind, content), 200)


def test_all_pages_of_a_picture_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page may be as large as paper is, but not all of them."""
    monkeypatch.setattr(conversion, "MOST_IN_ALL", 250_000)
    conversion.as_pdf(File("a.tif", "image/tiff", large_pages(2, 300)))
    with pytest.raises(Invalid, match=r"a\.tif är för stor"):
        conversion.as_pdf(File("a.tif", "image/tiff", large_pages(3, 300)))


@pytest.mark.feature("Y9")
def test_the_preview_says_what_is_too_large(
    case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the document's name; and so does the form that sends."""
    monkeypatch.setattr(sandbox, "SOON", TIGHT)
    page, to = sign_in(case_worker), "fax:+46107654321"
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "Ang.", "body": "Hej!", "recipients": to}
    file = {"attachments": ("bomb.pdf", object_stream(200_000_000), "application/pdf")}
    for path in ("/plugin/fax/preview", "/compose"):
        answer = page.post(path, files=file, **form, send="1")
        assert answer.status_code == 422
        assert "bomb.pdf är för stor eller för invecklad att faxa" in answer.text


def test_many_at_once_are_asked_to_come_back(
    case_worker: SampleUser, mailbox: FunctionMailbox, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preview and the form both say when; nothing is lost of the form."""

    def full(*_: object, **__: object) -> bytes:
        raise Temporary("Servern visar och omvandlar många dokument just nu. Försök igen om en stund.")

    monkeypatch.setattr(sandbox, "bounded", full)
    page, to = sign_in(case_worker), "fax:+46107654321"
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "Ang.", "body": "Hej på er!", "recipients": to}
    file = {"attachments": ("a.txt", b"Hej", "text/plain")}
    for path in ("/plugin/fax/preview", "/compose"):
        answer = page.post(path, files=file, **form, send="1")
        assert answer.status_code == 422
        assert "Försök igen om en stund" in answer.text
    assert "Hej på er!" in answer.text


@pytest.mark.feature("T1")
@pytest.mark.parametrize("reason", ["pages", "child", "fault"])
def test_a_fax_that_cannot_be_opened_is_received_all_the_same(
    reason: str, organisation: SampleOrganisation, parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many dots by its own word, too much for its child, or a library's fault: the file is there, and a warning."""
    content = large_pages(1) if reason == "pages" else large_pages(1, 100)

    def fall(*_: object, **__: object) -> bytes:
        raise TooLarge("") if reason == "child" else Invalid("")

    if reason != "pages":
        monkeypatch.setattr(sandbox, "bounded", fall)
    (inbox / "a.tif").write_bytes(content)
    (inbox / "a.slip").write_text("modem=ttyA\ncommid=1\nerror=\ncaller=0107654321\ndid=0101234567\n")
    assert parts.arrivals.fetch() == 1
    assert not list(inbox.iterdir())
    (case,) = in_work(organisation.platform, organisation.case_worker, list_cases, organisation.mailbox.id).items
    (entry,) = in_work(organisation.platform, organisation.case_worker, read_case, case.id).thread
    assert [one.file_name for one in entry.message.attachments] == ["fax.tif"]
    said = received.UNREADABLE if reason == "fault" else received.TOO_LARGE
    assert said in entry.message.warnings


def test_a_fax_waits_where_too_many_documents_are_open(
    parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays in the folder, and comes in next time."""
    (inbox / "a.tif").write_bytes(large_pages(1, 100))
    (inbox / "a.slip").write_text("modem=ttyA\ncommid=1\nerror=\ncaller=0107654321\ndid=0101234567\n")

    def full(*_: object, **__: object) -> bytes:
        raise Temporary("")

    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "bounded", full)
        assert parts.arrivals.fetch() == 0
    assert len(list(inbox.iterdir())) == 2
    assert parts.arrivals.fetch() == 1


def test_nothing_is_read_of_pages_that_are_too_large() -> None:
    """Two pages of 144 million dots each, in a thousand bytes, are refused by what the file says of them."""
    bomb = large_pages(2)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(received, "_pages", lambda _: (_ for _ in ()).throw(AssertionError("read")))
        got = received.received(bomb)
    assert (got.pages, got.warnings, got.files[0].content) == (0, (received.TOO_LARGE,), bomb)


def test_what_the_child_makes_is_what_is_made_here() -> None:
    """The same pages, the cover's words translated."""
    today = date(2026, 11, 27)
    cover = Cover("Håbo", "Barn", "+46101234567", "", "+46107654321", today, "Ämne", "Hej", language="en")
    files: Sequence[File] = [File("a.txt", "text/plain", b"Hej")]
    words = {"FAX": "TELEFAX", "Antal sidor": "Pages"}
    here = rendering.prepare(cover, files, 10, lambda word: words.get(word, word))
    there = sandbox.prepare(cover, files, 10, lambda word: words.get(word, word))
    assert list(rendering.previews(there, 640)) == list(rendering.previews(here, 640))
    count, pngs = sandbox.previews(cover, files, 10, str, (640, 1))
    assert (count, len(pngs)) == (2, 1)


def test_documents_that_take_long_are_judged_when_they_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core waits for ten seconds, and nobody could ever fax what takes longer; a bomb is told by name."""
    now, asked = [0.0], list[float]()
    takes = {"foto.jpg": 60.0, "bomb.pdf": 0.0, "bra.pdf": 0.0}

    def bounded(_work: object, files: list[File], _most: int, *, bounds: Bounds) -> list[str]:
        need = sum(takes[one.file_name] for one in files)
        asked.append(min(need, bounds.wall))
        now[0] += asked[-1]
        if need > bounds.wall or any(one.file_name == "bomb.pdf" for one in files):
            raise TooLarge("För stort.")
        return []

    monkeypatch.setattr(sandbox, "bounded", bounded)
    monkeypatch.setattr(sandbox, "monotonic", lambda: now[0])
    monkeypatch.setattr(sandbox, "JUDGED", JUDGED)
    photo, bomb, good = (File(name, "application/pdf", b"") for name in takes)
    for files, said in (
        ([photo], []),
        ([photo, photo], []),
        ([good, bomb], [sandbox.TOO_MUCH.format(name="bomb.pdf")]),
        ([bomb, photo], []),
    ):
        asked.clear()
        assert sandbox.faults(files, 200) == said
        assert sum(asked) < drafts.PATIENCE
