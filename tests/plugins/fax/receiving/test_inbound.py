"""In: from the folder of the hook to the right mailbox, with every dot, whatever is wrong with it."""

import io
import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from PIL import Image, ImageDraw

from budkavle import Address, Draft, FunctionMailbox, Host, IncomingState, Misconfigured, Platform, Role, Unavailable
from budkavle.accounts import add_members, create_mailbox
from budkavle.accounts.mailboxes import update_mailbox
from budkavle.cases import list_cases
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.messaging import open_attachment, read_case, send
from budkavle.storage.audit import entries
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeScanner
from budkavle_fax import health
from budkavle_fax.documents.received import BROKEN_PAGES, UNREADABLE, received
from budkavle_fax.numbers import contacts, mailbox_numbers
from budkavle_fax.parts import Parts
from budkavle_fax.receiving.message_text import Slip

HOOK = Path(__file__).parents[4] / "plugins/fax/budkavle_fax/hook/budkavle-faxrcvd"
CALLER = "0107654321"


def page(number: int = 1, size: tuple[int, int] = (1728, 2292)) -> Image.Image:
    image = Image.new("1", size, 1)
    draw = ImageDraw.Draw(image)
    draw.line((0, 100 * number, size[0], 100 * number + 50), 0, 1)
    draw.rectangle((200, 300, 200 + 40 * number, 700), 0)
    return image


def tiff(pages: int = 2, compression: str = "group4", **more: Any) -> bytes:
    first, *others = [page(number + 1) for number in range(pages)]
    kept = io.BytesIO()
    first.save(kept, "TIFF", compression=compression, save_all=True, append_images=others, dpi=(204, 196), **more)
    return kept.getvalue()


def dots(pdf: bytes) -> list[bytes]:
    """Return the pictures of a PDF, dot by dot."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        images = [pikepdf.PdfImage(image) for one in opened.pages for image in one.get_images().values()]
        return [image.as_pil_image().convert("1").tobytes() for image in images]


def ring(
    inbox: Path,
    content: bytes,
    did: str = "0101234567",
    caller: str = CALLER,
    error: str = "",
    name: str = "1",
) -> Path:
    """Lay a fax in the folder as the hook does."""
    file = inbox / f"ttyA-{name}-fax{name}.tif"
    file.write_bytes(content)
    slip = f"modem=ttyA\ncommid={name}\nerror={error}\ncaller={caller}\ndid={did}\n"
    file.with_suffix(".slip").write_text(slip)
    return file


def found(organisation: SampleOrganisation, mailbox_id: UUID) -> list[Any]:
    """Return the cases of a mailbox, opened."""
    cases = in_work(organisation.platform, organisation.case_worker, list_cases, mailbox_id).items
    return [in_work(organisation.platform, organisation.case_worker, read_case, one.id) for one in cases]


def the_case(organisation: SampleOrganisation) -> Any:
    return found(organisation, organisation.mailbox.id)[0]


@pytest.mark.feature("T1")
def test_a_fax_comes_as_a_pdf_with_every_dot(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, inbox: Path
) -> None:
    """To the mailbox of the called number, as a case, with the sender's number; the folder is empty afterwards."""
    content = tiff(2)
    ring(inbox, content)
    assert parts.arrivals.fetch() == 1
    assert list(inbox.iterdir()) == []
    (one,) = the_case(organisation).thread
    message = one.message
    assert message.state is IncomingState.RECEIVED
    assert message.sender.value == "+46107654321"
    assert (message.subject, message.transport) == ("Fax från +46 10 765 43 21", "fax")
    assert "2 sidor" in message.body
    (file,) = message.attachments
    assert (file.file_name, file.content_type) == ("fax.pdf", "application/pdf")
    pdf = b"".join(in_work(platform, case_worker, open_attachment, file.id)[1])
    assert dots(pdf) == [page(1).tobytes(), page(2).tobytes()]


def test_faxes_are_counted_by_the_event_log(organisation: SampleOrganisation, parts: Parts, inbox: Path) -> None:
    """Each that is sent or comes stands there once, as fax, and with no number."""
    draft = Draft((Address("fax", "+46107654321"),), "Fråga", "Svara per fax.")
    in_work(organisation.platform, organisation.case_worker, send, organisation.mailbox.id, draft)
    ring(inbox, tiff(1))
    parts.arrivals.fetch()
    kinds = ("message.sent", "message.received")
    found_there = [one for one in entries(organisation.platform.database, organisation.id) if one.kind in kinds]
    assert sorted(one.kind for one in found_there) == ["message.received", "message.sent"]
    assert {one.facts["transport"] for one in found_there} == {"fax"}
    assert "7654321" not in str(found_there)


@pytest.mark.feature("T2")
def test_each_number_has_its_mailbox_and_unknown_ones_go_to_the_default(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """With a notice that says why it is there."""
    other = in_work(organisation.platform, organisation.administrator, create_mailbox, "Reception", default=True)
    ring(inbox, tiff(), did="0109999999", name="1")
    ring(inbox, tiff(1), did="", name="2")
    parts.arrivals.fetch()
    in_work(
        organisation.platform, organisation.administrator, add_members, other.id, [organisation.case_worker.user_id]
    )
    messages = [one.thread[0].message for one in found(organisation, other.id)]
    assert {message.state for message in messages} == {IncomingState.RECEIVED_WITH_WARNINGS}
    said = " ".join(warning for message in messages for warning in message.warnings)
    assert "+46 10 999 99 99" in said
    assert "sade inte vilket nummer" in said


@pytest.mark.feature("T2")
def test_a_modem_with_a_number_of_its_own_routes_by_it(
    organisation: SampleOrganisation, host: Host, parts: Parts, inbox: Path
) -> None:
    """Where the exchange says nothing, the settings know whose line it is."""
    other = in_work(organisation.platform, organisation.administrator, create_mailbox, "Region")
    mailbox_numbers.link(host, replace(organisation.administrator, role=Role.PLATFORM), "010-765 43 21", other.id)
    file = ring(inbox, tiff(1), did="")
    slip = file.with_suffix(".slip")
    slip.write_text(slip.read_text().replace("modem=ttyA", "modem=ttyB"))
    parts.arrivals.fetch()
    in_work(
        organisation.platform, organisation.administrator, add_members, other.id, [organisation.case_worker.user_id]
    )
    assert len(found(organisation, other.id)) == 1
    assert found(organisation, organisation.mailbox.id) == []


@pytest.mark.feature("T1")
def test_the_caller_is_known_and_an_answer_joins_the_case(
    organisation: SampleOrganisation, host: Host, parts: Parts, inbox: Path
) -> None:
    """The mailbox's own name stands as sender; a fax from whom it has faxed goes on in the same case."""
    contacts.keep(host, organisation.case_worker, organisation.mailbox.id, CALLER, "Vårdcentralen Söder")
    sent = in_work(
        organisation.platform,
        organisation.case_worker,
        send,
        organisation.mailbox.id,
        Draft((Address("fax", "+46107654321"),), "Fråga", "Svara per fax."),
    )
    deliver_due(organisation.platform)
    ring(inbox, tiff(1))
    parts.arrivals.fetch()
    thread = in_work(organisation.platform, organisation.case_worker, read_case, sent.case_id).thread
    assert [one.message.sender.name for one in thread][-1] == "Vårdcentralen Söder (+46 10 765 43 21)"
    assert len(thread) == 2


@pytest.mark.feature("T1", "F6")
def test_what_an_english_mailbox_gets_says_so_in_english(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """Its subject and its text, which the mailbox itself writes."""
    in_work(organisation.platform, organisation.administrator, update_mailbox, organisation.mailbox.id, language="en")
    ring(inbox, tiff(2))
    parts.arrivals.fetch()
    message = the_case(organisation).thread[0].message
    assert message.subject == "Fax from +46 10 765 43 21"
    assert message.body == "2 pages from +46 10 765 43 21 to +46 10 123 45 67."


@pytest.mark.feature("T2")
def test_a_number_of_a_mailbox_that_is_gone_goes_to_the_default(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """With the notice, so that somebody links the number anew."""
    other = in_work(organisation.platform, organisation.administrator, create_mailbox, "Reception", default=True)
    in_work(
        organisation.platform, organisation.administrator, add_members, other.id, [organisation.case_worker.user_id]
    )
    in_work(organisation.platform, organisation.administrator, delete_mailbox, organisation.mailbox.id)
    ring(inbox, tiff(1))
    assert parts.arrivals.fetch() == 1
    message = found(organisation, other.id)[0].thread[0].message
    assert "inte är kopplat" in message.warnings[0]


def test_a_hidden_number_comes_in_and_cannot_be_answered(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """Nobody knows where an answer would go."""
    ring(inbox, tiff(1), caller="<NONE>")
    parts.arrivals.fetch()
    message = the_case(organisation).thread[0].message
    assert message.sender.name == "Dolt nummer"
    assert not message.reply_allowed


@pytest.mark.feature("T1")
def test_a_call_that_was_cut_is_kept_with_a_warning(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """The pages that came, and why there may be more."""
    ring(inbox, tiff(1), error="T.30 T2 timeout, expected page not received")
    parts.arrivals.fetch()
    message = the_case(organisation).thread[0].message
    assert message.state is IncomingState.RECEIVED_WITH_WARNINGS
    assert "Sidor kan saknas" in message.warnings[0]


@pytest.mark.parametrize("content", [b"", b"not a fax", tiff(2)[: len(tiff(2)) // 2], tiff(1)[:40]])
def test_broken_pages_are_kept_as_they_came(content: bytes) -> None:
    """What can be read is read; the file as it came is always there."""
    got = received(content)
    assert got.warnings[0] in {BROKEN_PAGES, UNREADABLE}
    assert got.files[-1].content == content


@pytest.mark.parametrize(("tag", "kind", "value"), [(274, 3, 0), (274, 2, 1), (283, 2, 8)])
def test_a_page_that_says_nonsense_of_itself_is_kept_as_it_came(tag: int, kind: int, value: int) -> None:
    """Which way is up, or how dense the lines are: what no library has a word for is not lost for that."""
    content = bytearray(tiff(1, tiffinfo={274: 1}))
    first = int.from_bytes(content[4:8], "little") + 2
    (place,) = (at for at in range(first, first + 600, 12) if content[at : at + 2] == tag.to_bytes(2, "little"))
    content[place + 2 : place + 4] = kind.to_bytes(2, "little")
    content[place + 8 : place + 12] = value.to_bytes(4, "little")
    got = received(bytes(content))
    assert got.warnings
    assert got.files[-1].content == bytes(content)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw"])
def test_every_form_of_fax_page_keeps_its_dots(compression: str) -> None:
    """G3, G4 and others."""
    got = received(tiff(2, compression))
    assert got.pages == 2
    assert dots(got.files[0].content) == [page(1).tobytes(), page(2).tobytes()]


def test_a_page_of_coarse_lines_has_its_right_shape() -> None:
    """At 98 lines to the inch the paper is as long as it was."""
    kept = io.BytesIO()
    page(1, (1728, 1146)).save(kept, "TIFF", compression="group4", dpi=(204, 98))
    with pikepdf.open(io.BytesIO(received(kept.getvalue()).files[0].content)) as opened:
        box = opened.pages[0].mediabox
        assert abs(float(box[3]) / 72 - 1146 / 98) < 0.01


def test_nothing_leaves_the_folder_before_it_is_stored(
    organisation: SampleOrganisation, host: Host, parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is down: the file stays; afterwards it comes in once, however often it is brought."""

    def down(*_: object) -> None:
        raise Unavailable("Lagringen svarar inte.")

    with monkeypatch.context() as broken:
        broken.setattr(type(host), "accept", down)
        file = ring(inbox, tiff(1))
        assert parts.arrivals.fetch() == 0
        assert file.exists()
    slip = parts.arrivals._read_slip(file.with_suffix(".slip"), file)
    first = parts.arrivals.take(slip, file.read_bytes())
    assert parts.arrivals.fetch() == 1
    assert parts.arrivals.take(slip, tiff(1)) == first
    assert len(the_case(organisation).thread) == 1


def test_a_fax_with_malware_comes_without_its_pages(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That somebody has faxed is told, and why nothing of it is there: neither pages nor the bytes as they came."""
    scanner = FakeScanner()
    scanner.switch_on(platform, monkeypatch)
    content = tiff(1) + FakeScanner.MARK
    ring(inbox, content)
    assert parts.arrivals.fetch() == 1
    message = the_case(organisation).thread[0].message
    assert message.attachments == ()
    assert [str(warning) for warning in message.warnings] == [
        "fax.tif innehöll skadlig kod (Fake.Worm) och togs bort. Be avsändaren skicka filen på nytt."
    ]
    assert scanner.scanned == [content]
    (row,) = organisation.rows("SELECT evidence, evidence_blob FROM messages")
    assert (row.evidence, row.evidence_blob) == (None, None)
    (entry,) = organisation.log_entries("malware.refused")
    assert "Fake.Worm" in entry


def test_a_fax_waits_while_the_scanner_says_nothing(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays in the folder, unopened, and comes in once the scanner answers."""
    scanner = FakeScanner()
    scanner.switch_on(platform, monkeypatch)
    scanner.answers = False
    file = ring(inbox, tiff(1))
    assert parts.arrivals.fetch() == 0
    assert file.exists()
    assert found(organisation, organisation.mailbox.id) == []
    scanner.answers = True
    assert parts.arrivals.fetch() == 1
    assert len(the_case(organisation).thread[0].message.attachments) == 1


def test_one_that_nobody_can_take_in_does_not_hold_the_others_up(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """A file that the worker may not even read lies first in the folder; the next one comes in all the same."""
    (inbox / "a.tif").mkdir()
    (inbox / "a.slip").write_text("modem=ttyA\n")
    ring(inbox, tiff(1))
    assert parts.arrivals.fetch() == 1
    assert len(the_case(organisation).thread) == 1


def test_a_file_without_slip_comes_in_after_a_while(
    platform: Platform, administrator: SampleUser, parts: Parts, inbox: Path
) -> None:
    """A crash of the hook between the two loses nothing."""
    in_work(platform, administrator, create_mailbox, "Reception", default=True)
    orphan = inbox / "ttyA-7-fax7.tif"
    orphan.write_bytes(tiff(1))
    assert parts.arrivals.fetch() == 0
    long_ago = (datetime.now(UTC) - timedelta(minutes=11)).timestamp()
    os.utime(orphan, (long_ago, long_ago))
    assert parts.arrivals.fetch() == 1
    assert not orphan.exists()


def test_a_fax_to_nobody_waits_where_several_organisations_could_have_it(
    organisation: SampleOrganisation,
    parts: Parts,
    carrier: Any,
    inbox: Path,
    give_number: Callable[..., SampleOrganisation],
) -> None:
    """It stays in the folder, and the health page says so."""
    give_number(SampleOrganisation.create(organisation.platform, "Region Vättern"), "+46107654321")
    file = ring(inbox, tiff(1), did="0109999999")
    with pytest.raises(Misconfigured):
        parts.arrivals.take(Slip("x", "+46109999999", ""), tiff(1))
    assert parts.arrivals.fetch() == 0
    long_ago = (datetime.now(UTC) - timedelta(minutes=11)).timestamp()
    os.utime(file, (long_ago, long_ago))
    said = [str(one) for one in health.check(carrier, parts.submissions, parts.arrivals, inbox, None) if not one.ok]
    assert said == ["1 inkommande fax ligger kvar och har inte tagits in."]


@pytest.mark.feature("T1")
def test_the_hook_only_moves_the_file_and_lays_a_slip(tmp_path: Path) -> None:
    """As HylaFAX calls it, with whatever the other machine says of itself."""
    spool, inbox = tmp_path / "spool", tmp_path / "in"
    for folder in (spool / "etc", spool / "recvq", inbox):
        folder.mkdir(parents=True)
    (spool / "etc/budkavle-inbox").write_text(f"{inbox}\n")
    (spool / "recvq/fax00001.tif").write_bytes(b"pages")
    odd = "0107654321\nerror=$(touch x)"
    command = ["sh", str(HOOK), "recvq/fax00001.tif", "tty/A", "00042", "", "<NONE>", "name", odd, "0101234567"]
    subprocess.run(command, cwd=spool, check=True)
    assert sorted(one.name for one in inbox.iterdir()) == ["tty-A-00042-fax00001.slip", "tty-A-00042-fax00001.tif"]
    assert (inbox / "tty-A-00042-fax00001.slip").read_text().splitlines() == [
        "modem=tty/A",
        "commid=00042",
        "error=",
        "caller=0107654321error=$(touch x)",
        "did=0101234567",
    ]
    assert not (spool / "recvq/fax00001.tif").exists()
    assert not (spool / "x").exists()


def test_many_at_once_come_in_once_each_while_workers_die(
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    parts: Parts,
    inbox: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty faxes, three workers at the same time, each of which dies now and then after it has stored one."""
    for number in range(30):
        ring(inbox, tiff(1) + bytes([number]), name=f"{number:03}")
    arrivals, lock, taken = parts.arrivals, threading.Lock(), [0]
    before = type(arrivals).take

    class Died(BaseException):
        """The process is gone, as far as its faxes know."""

    def dying(self: Any, slip: Slip, content: bytes) -> Any:
        stored = before(self, slip, content)
        with lock:
            taken[0] += 1
            dies = taken[0] % 7 == 0
        if dies:
            raise Died
        return stored

    monkeypatch.setattr(type(arrivals), "take", dying)

    def work(_: int) -> None:
        for _ in range(40):
            try:
                if not arrivals.fetch() and not arrivals.waiting():
                    return
            except Died:
                continue

    with ThreadPoolExecutor(3) as crew:
        list(crew.map(work, range(3)))
    assert list(inbox.iterdir()) == []
    assert len(found(organisation, mailbox.id)) == 30
