"""The protocol of a run: what it says, that anybody can verify it offline, and that a changed byte is found out."""

import io
import json
from typing import Any

import pikepdf
import pytest
from tests.conftest import PdfAFaults
from tests.plugins.records.conftest import Records

from budkavle import NotFound
from budkavle.testing import SampleOrganisation
from budkavle_proof.verification_script import source
from budkavle_proof.verify_proof import fingerprint, lines, verify
from budkavle_records.disposal.protocol_pdf import typeset
from budkavle_records.disposal.protocols import list_protocols, read_protocol
from budkavle_records.holds.legal_holds import NewHold, add_hold


@pytest.fixture
def protocol(records: Records) -> bytes:
    """The signed file of a run that destroyed two cases and left a third."""
    short = records.plan()[0]
    cases = [records.case(200, short) for _ in range(3)]
    run = records.listed()
    request_id = records.ask(run)
    with records.host.work(records.administrator) as work:
        add_hold(records.host, work, NewHold("Tvist", "Begärt.", [cases[2]]))
    records.approve(request_id)
    records.work()
    with records.host.work(records.administrator) as work:
        return read_protocol(records.host, work, run.id, "json")[1]


@pytest.mark.feature("Z2")
def test_the_protocol_says_what_was_done(records: Records, protocol: bytes) -> None:
    """Kinds, numbers, people, held and why, hashes, and when the keys' copies are gone; no case is named."""
    said = json.loads(protocol)["statement"]
    (kind,) = said["kinds"]
    assert (kind["klass"], kind["decision"], kind["cases"], kind["messages"]) == ("1.3.2", "KS 2025-03-12 § 41", 2, 2)
    assert (said["destroyed"]["cases"], said["run"]["plan_version"]) == (2, 1)
    assert (said["run"]["asked_by"], said["run"]["approved_by"]) == (records.administrator.name, "Sigrid Andra")
    assert said["run"]["reason"] == "Tiden har gått ut."
    (kept,) = said["kept"]
    assert (kept["outcome"], kept["why"], kept["cases"]) == ("kept", "Ärendet omfattas av ett gallringsstopp.", 1)
    assert said["destroyed"]["ids_sha256"] != said["run"]["approved_list_sha256"]
    assert said["key_copies_gone"] > said["made_at"][:10]
    for row in records.organisation.rows("SELECT id, number FROM cases"):
        assert str(row.id) not in protocol.decode()


@pytest.mark.feature("Z2")
def test_anybody_verifies_it_offline(records: Records, protocol: bytes) -> None:
    """With the program of delivery proofs, also as the one file that is handed out."""
    key = records.host.vault.public_key(records.organisation.id).public_bytes_raw().hex()
    report, _ = verify(protocol, fingerprint(key))
    assert report.genuine, report.broken
    told = "\n".join(lines(report, "sv"))
    assert "2 ärenden och 2 meddelanden förstördes" in told
    assert "godkänt av Sigrid Andra" in told
    program: dict[str, Any] = {"__name__": "verify"}
    exec(compile(source(), "verify_proof.py", "exec"), program)  # noqa: S102 - the file that is handed out
    assert program["verify"](protocol)[0].genuine
    assert not verify(protocol, fingerprint("00" * 32))[0].genuine


@pytest.mark.feature("Z2")
def test_a_changed_byte_is_found(protocol: bytes) -> None:
    """Wherever it stands."""
    for place in range(0, len(protocol), 7):
        changed = bytearray(protocol)
        changed[place] = changed[place] ^ 1
        assert not verify(bytes(changed))[0].genuine, place


def test_the_pdf_is_pdf_a(records: Records, protocol: bytes) -> None:
    """It says so, has its fonts and a language; a character that no font draws is written by its name."""
    document = json.loads(protocol)
    document["statement"]["run"]["reason"] = "Städning \N{BROOM} och 漢字\x07"
    content = typeset(document, "0" * 64)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "A")
        assert str(pdf.Root.Lang).startswith("sv")
        assert "/Encrypt" not in pdf.trailer


@pytest.mark.feature("Z2")
def test_a_validator_finds_the_pdf_to_be_2a(protocol: bytes, pdf_a_faults: PdfAFaults) -> None:
    """Also with characters that no font draws."""
    document = json.loads(protocol)
    document["statement"]["run"]["reason"] = "Städning \N{BROOM} och 漢字\x07"
    assert pdf_a_faults(typeset(document, "0" * 64), "2a") == []


def test_protocols_are_kept_and_listed(
    records: Records, protocol: bytes, other_organisation: SampleOrganisation
) -> None:
    """For this organisation alone."""
    with records.host.work(records.administrator) as work:
        (kept,) = list_protocols(records.host, work)
        assert read_protocol(records.host, work, kept.run_id, "json") == (1, protocol)
    with records.host.work(other_organisation.administrator) as work:
        assert list_protocols(records.host, work) == []
        with pytest.raises(NotFound):
            read_protocol(records.host, work, kept.run_id, "pdf")
