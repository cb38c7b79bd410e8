"""A fax stays in the folder until it is stored, whatever is down or dies meanwhile."""

import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.fax.receiving.ringing import found, ring, the_case, tiff

from budkavle import FunctionMailbox, Host, Misconfigured, Platform, Unavailable
from budkavle.accounts import create_mailbox
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeScanner
from budkavle_fax import health
from budkavle_fax.parts import Parts
from budkavle_fax.receiving.message_text import Slip

HOOK = Path(__file__).parents[4] / "plugins/fax/budkavle_fax/hook/budkavle-faxrcvd"


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
    """Twelve faxes, three workers at the same time, each of which dies now and then after it has stored one."""
    for number in range(12):
        ring(inbox, tiff(1) + bytes([number]), name=f"{number:03}")
    arrivals, lock, taken = parts.arrivals, threading.Lock(), [0]
    before = type(arrivals).take

    class Died(BaseException):
        """The process is gone, as far as its faxes know."""

    def dying(self: Any, slip: Slip, content: bytes) -> Any:
        stored = before(self, slip, content)
        with lock:
            taken[0] += 1
            dies = taken[0] % 4 == 0
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
    assert len(found(organisation, mailbox.id)) == 12
