"""Files are scanned before they are stored and before they are sent; and what happens while nobody can scan them."""

import json
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from budkavle import Invalid, call
from budkavle.messaging import drafts
from budkavle_sdk_transport import transport
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.incoming import retry_delays
from budkavle_sdk_transport.malware.clamd import ScannerSettings
from budkavle_sdk_transport.malware.scanner import Screening
from budkavle_sdk_transport.message.sdk_message import Attachment

pytestmark = pytest.mark.feature("SD3", "SD4")
CLEAN = Attachment("ren.pdf", "application/pdf", b"%PDF-1.7 ren")


@pytest.fixture
def unanswered() -> str:
    return "wait"


@pytest.fixture
def sdk_settings(fake_clamd: Any, unanswered: str) -> dict[str, Any]:
    return {"scanner": {"address": fake_clamd.address, "timeout_seconds": 10.0, "unanswered": unanswered}}


@pytest.fixture(autouse=True)
def at_once(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that waits makes the tests wait."""
    monkeypatch.setattr(retry_delays, "FIRST_SECONDS", 0.0)
    for one in (town.network.arrivals, town.network.transport):
        one._screening._clamd.pause_seconds = 0


def harmful(clamds: Any) -> Attachment:
    return Attachment("hemligt namn.pdf", "application/pdf", b"%PDF-1.7 " + clamds.MARK)


def nothing_is_stored(town: Any) -> bool:
    return not town.b.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM attachments UNION ALL SELECT 1 FROM cases")


def waiting(town: Any) -> int:
    return len(town.network.access_point.pending(town.b.participant.participant))


def test_an_incoming_file_with_malware_is_rejected(town: Any, fake_clamd: Any, clamds: Any) -> None:
    """BV forbidden at that file (Innehållsspecifikation 5.3, row 3); an incident in the log; nothing can be read."""
    town.submit(town.seal(town.message(attachments=(CLEAN, harmful(clamds)))))
    town.settle()
    (receipt,) = town.read_receipts()
    (reason,) = receipt.reasons
    assert (receipt.accepted, reason.cause, reason.detail) == (False, "BV", "forbidden")
    assert reason.path.endswith("ContentFiles[2]")
    assert clamds.FOUND in reason.text
    (event,) = town.b.events("message.refused")
    assert "skadlig kod, vilket är en incident" in event
    assert "hemligt namn" not in event
    assert fake_clamd.scanned == [CLEAN.content, harmful(clamds).content]
    assert nothing_is_stored(town)


def test_clean_files_are_scanned_once_and_accepted(town: Any, fake_clamd: Any) -> None:
    """Every file, and no text; a type that is not taken is refused without asking."""
    town.submit(town.seal(town.message(attachments=(CLEAN, CLEAN))))
    town.submit(town.seal(town.message(attachments=(Attachment("a.exe", "application/x-dosexec", b"MZ"),))))
    town.submit(town.seal(town.message(attachments=())))
    town.settle()
    assert sorted(one.accepted for one in town.read_receipts()) == [False, True, True]
    assert fake_clamd.scanned == [CLEAN.content] * 2
    assert [one.warnings for one in town.b.messages()] == [(), ()]


def test_it_waits_while_the_scanner_does_not_answer(town: Any, fake_clamd: Any) -> None:
    """The parcel stays, nobody is answered, an administrator is told once; the rest arrives; then it comes through."""
    fake_clamd.manner = "closes"
    town.submit(town.seal(town.message()))
    town.submit(town.seal(town.message(attachments=())))
    town.settle()
    assert len(town.read_receipts()) == 1
    for _ in range(8):
        assert town.fetch() == 0
    assert waiting(town) == 1
    (event,) = town.b.events("parcel.postponed")
    assert "bilagorna kan inte kontrolleras mot skadlig kod" in event
    assert town.b.events("message.refused") == []
    assert len(town.b.messages()) == 1
    fake_clamd.manner = "well"
    town.settle()
    assert [one.accepted for one in town.read_receipts()] == [True, True]
    assert len(town.b.messages()) == 2
    assert waiting(town) == 0


@pytest.mark.parametrize("unanswered", ["accept"])
def test_what_is_taken_unscanned_warns_who_reads_it(town: Any, fake_clamd: Any, clamds: Any, unanswered: str) -> None:
    """Where the settings say so; malware that is found is refused all the same."""
    assert town.platform.plugins.host("sdk").settings.scanner.unanswered == unanswered
    fake_clamd.manner = "half"
    town.submit(town.seal(town.message()))
    town.settle()
    (message,) = town.b.messages()
    assert "inte kontrollerats mot skadlig kod" in message.warnings[0]
    town.a.send(town.b.address(), attachments=(town.a.attach(),))
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    fake_clamd.manner = "well"
    town.submit(town.seal(town.message(attachments=(harmful(clamds),))))
    town.settle()
    assert [one.accepted for one in town.read_receipts()] == [True, False]


def test_malware_of_ours_is_told_at_its_field(town: Any, fake_clamd: Any, clamds: Any) -> None:
    """Before anything is stored, with which file; it is scanned once, however often it is tried."""
    file = town.a.attach(harmful(clamds).content, "avtal.pdf")
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            town.a.send(town.b.address(), attachments=(file,))
        assert caught.value.fields == {
            "attachments": f"Filen avtal.pdf innehåller skadlig kod ({clamds.FOUND}). Ta bort den."
        }
    assert town.a.rows("SELECT 1 FROM messages") == []
    assert len(fake_clamd.scanned) == 1


def test_a_file_of_ours_is_scanned_once_for_all_its_recipients(town: Any, fake_clamd: Any, stranger: Any) -> None:
    """At its field; when it is sealed that is known."""
    town.a.send(stranger, town.b.address(), attachments=(town.a.attach(),))
    town.carry()
    assert set(town.a.states()) == {"WAITING_FOR_RECEIPT"}
    assert len(fake_clamd.scanned) == 1


def test_what_could_not_be_scanned_at_its_field_is_scanned_when_it_is_sealed(
    town: Any, fake_clamd: Any, clamds: Any, stranger: Any
) -> None:
    """Nobody who writes waits for the scanner; the message does, and says why. Malware never leaves."""
    fake_clamd.manner = "closes"
    town.a.send(stranger, attachments=(town.a.attach(),))
    town.b.send(stranger, attachments=(town.b.attach(harmful(clamds).content, "hemligt namn.pdf"),))
    town.carry()
    assert town.a.states() + town.b.states() == ["WAITING_FOR_RETRY"] * 2
    assert "kan inte kontrolleras mot skadlig kod just nu" in town.a.delivery().failure
    fake_clamd.manner = "well"
    for side in (town.a, town.b):
        side.make_due()
    town.carry()
    assert town.a.states() + town.b.states() == ["WAITING_FOR_RECEIPT", "SEND_FAILURE"]
    assert clamds.FOUND in town.b.delivery().failure
    assert "hemligt" not in town.b.delivery().failure
    assert len(town.network.access_point.pending(stranger.organisation_value)) == 1


def health(town: Any) -> list[tuple[bool, str]]:
    check = town.platform.plugins.health_checks["sdk.scanner"].check
    told, seen = ([(one.ok, str(one)) for one in call(check, who)] for who in (None, town.a.admin.organisation_id))
    assert told == seen
    assert list(call(check, uuid4())) == []
    return told


def days_ago(days: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%a %b %d %H:%M:%S %Y}"


def test_the_health_page_tells_how_the_scanner_is(town: Any, fake_clamd: Any) -> None:
    """Its version, how old its signatures are, and what its silence means."""
    assert health(town) == [
        (True, "Bilagor kontrolleras mot skadlig kod. ClamAV 1.4.6; hur gamla signaturerna är går inte att säga.")
    ]
    fake_clamd.version = f"ClamAV 1.4.6/27500/{days_ago(1)}"
    ((well, said),) = health(town)
    assert well
    assert said.endswith(f"signaturer från {datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}.")
    fake_clamd.version = f"ClamAV 1.4.6/27500/{days_ago(9)}"
    ((well, said),) = health(town)
    assert not well
    assert "men signaturerna är från" in said
    fake_clamd.close()
    ((well, said),) = health(town)
    assert not well
    assert fake_clamd.address in said
    assert "varken tas emot eller skickas" in said


@pytest.mark.parametrize(("environment", "well"), [("simulator", True), ("SDK-PROD", False)])
def test_no_scanner_is_said_plainly(town: Any, environment: str, *, well: bool) -> None:
    """Unset, nothing is scanned, and the health page says so; it is green with that in the simulator only."""
    there = copy(town.platform.plugins.host("sdk"))
    discovery = replace(there.settings.discovery, environment=environment)
    there.settings = replace(there.settings, discovery=discovery)
    (one,) = Screening(there, ScannerSettings()).health()
    assert "kontrolleras inte mot skadlig kod" in str(one)
    assert (one.ok, "elsewhere" in one.remedy) == (well, True)
    (away,) = Screening(there, ScannerSettings("elsewhere")).health()
    assert (away.ok, "någon annanstans" in str(away)) == (True, True)


def test_the_doctor_tries_the_scanner(town: Any, fake_clamd: Any, clamds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file that every scanner is to find, which one without signatures does not."""

    def told() -> dict[str, Any]:
        result = CliRunner().invoke(group(town.platform.plugins.host("sdk")), ["doctor", "--json"])
        (step,) = [one for one in json.loads(result.output)["steps"] if one["step"] == "Virusskydd för SDK"]
        return dict(step)

    assert "hittar inte testfilen EICAR" in told()["sentence"]
    monkeypatch.setattr(clamds, "MARK", b"EICAR")
    assert told()["ok"]
    fake_clamd.close()
    assert "Starta clamd" in told()["remedy"]


def test_a_scanner_that_hangs_stops_nobody_who_sends(
    town: Any, fake_clamd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for no longer than the core waits for the transport, however many files; they are scanned later."""
    assert transport.SOON <= drafts.PATIENCE / 2
    monkeypatch.setattr(transport, "SOON", 0.2)
    monkeypatch.setattr(drafts, "PATIENCE", 5.0)
    fake_clamd.manner = "silent"
    town.a.send(town.b.address(), attachments=tuple(town.a.attach() for _ in range(8)))
    assert town.a.states() == ["READY_TO_SEND"]
    fake_clamd.manner = "well"
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
