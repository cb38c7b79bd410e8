"""What a proof says of a receipt by its own sender's signature, and of who has identified to read."""

import ast
import hashlib
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from types import ModuleType
from typing import Any, TypeGuard

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from budkavle import DeliveryState, record
from budkavle.model.people import GuestActor
from budkavle.testing.acting import in_work
from budkavle_proof import receipt_signature
from budkavle_proof.receipt_signature import judge_signature, print_of, said_in
from budkavle_proof.verification_script import PARTS, source
from budkavle_proof.verify_proof import verify
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope
from budkavle_sdk_transport.formats.findings import Cause, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT, FEDERATION_TEST
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation


@pytest.fixture(scope="session")
def keys(federation_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """The recipient's, of the simulated federation."""
    folder = tmp_path_factory.mktemp("federation")
    copytree(federation_keys, folder / "keys")
    return Federation.at(folder).keys_of(PARTICIPANTS[1].participant)


def receipt_of(message_id: str, keys: KeyPair, *, accepted: bool = True) -> bytes:
    """A receipt as the SDK transport makes it: in its envelope, signed."""
    at, (us, them) = datetime.now(UTC), (one.participant for one in PARTICIPANTS[:2])
    reasons = () if accepted else (Finding(Cause.SV, None, "NA", "Åäö är fel", "test"),)
    receipt = MessageReceipt("r-1", at, them, us, message_id, accepted, reasons)
    envelope = Envelope("e-1", at, them, us, DOCUMENT_RECEIPT, "", False, FEDERATION_TEST)
    return sign(build_envelope(envelope, build_receipt(receipt)), keys)


def told(content: bytes, **more: Any) -> Mapping[str, str]:
    report, _ = verify(content, **more)
    assert report.genuine, report.broken
    return {name: "\n".join(one[0] for one in getattr(report, name)) for name in ("proven", "attested", "unproven")}


@pytest.mark.feature("Z1")
def test_a_signed_receipt_is_proven(proofs: Any, keys: KeyPair) -> None:
    """It says ACCEPTED about this delivery, and nobody can deny it who has the certificate's key."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED, receipt_of(str(proofs.delivery_id()), keys))
    said = told(proofs.proof(message))
    mark = print_of(keys.certificate.public_bytes(Encoding.DER))
    assert f"Kvittensen säger ACCEPTED om försändelsen {proofs.delivery_id()}." in said["proven"]
    assert mark in said["proven"]
    assert f"Vems certifikatet {mark} är" in said["unproven"]
    for form in (Encoding.PEM, Encoding.DER):
        known = told(proofs.proof(message), certificates=[keys.certificate.public_bytes(form)])
        assert "Vems certifikatet" not in known["unproven"]


def test_a_refusal_is_proven_as_one(proofs: Any, keys: KeyPair) -> None:
    """A receipt with reasons says REJECTED, whatever its code."""
    message = proofs.send()
    proofs.answer(DeliveryState.REJECTED, receipt_of(str(proofs.delivery_id()), keys, accepted=False))
    assert "säger REJECTED om" in told(proofs.proof(message))["proven"]


def test_a_receipt_about_another_delivery_proves_nothing_of_this(proofs: Any, keys: KeyPair) -> None:
    """Its signature holds, and what it says is not told as if it were about this one."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED, receipt_of("another", keys))
    said = told(proofs.proof(message))
    assert "säger ACCEPTED" not in said["proven"]
    assert "den säger det inte" in said["unproven"]


def test_a_forged_receipt_is_told_as_forged(proofs: Any, keys: KeyPair) -> None:
    """The organisation cannot make an acceptance of a refusal: that the signature fails is said in capitals."""
    message = proofs.send()
    refusal = receipt_of(str(proofs.delivery_id()), keys, accepted=False)
    proofs.answer(DeliveryState.ACKNOWLEDGED, refusal.replace(b">REJECTED<", b">ACCEPTED<"))
    said = told(proofs.proof(message))
    assert "HÅLLER INTE" in said["unproven"]
    assert "säger ACCEPTED" not in said["proven"]


def test_what_is_not_judged_is_said(proofs: Any) -> None:
    """A receipt of another kind, without such a signature: why it is not judged, and how to take it out."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED)
    assert "prövas inte här, den har ingen underskrift. Ta ut kvittensen" in told(proofs.proof(message))["unproven"]


def test_a_receipt_of_two_minds_says_nothing(odd: ModuleType) -> None:
    """Two codes, two receipts, none: unclear is not accepted."""
    parts = 'xmlns="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"'
    parts += ' xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    parts += ' xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
    code, about = (
        "<b:ResponseCode>ACCEPTED</b:ResponseCode>",
        "<a:DocumentReference><b:ID>1</b:ID></a:DocumentReference>",
    )
    good = (
        f"<ApplicationResponse {parts}><a:DocumentResponse><a:Response>{code}</a:Response>{about}</a:DocumentResponse>"
    )
    good += "</ApplicationResponse>"

    def said(payload: str) -> tuple[str, str]:
        return said_in(judge_signature(odd.Documents(0).plain(odd.signer("one"), payload).encode())[0])

    assert said(good) == ("ACCEPTED", "1")
    assert said(good.replace(about, about + "<a:LineResponse/>")) == ("REJECTED", "1")
    for unclear in (
        good + good,
        good.replace(code, code * 2),
        good.replace(about, about * 2),
        good.replace(code, ""),
        "",
    ):
        assert said(unclear) == ("", "")


def test_diggs_signed_example(shared: Path) -> None:
    """The envelope that Digg has signed holds; two that were changed after signing do not, as libxmlsec1 says too."""
    folder = shared / "sdk-spec" / "examples"
    judge_signature((folder / "XHE-tm-base-ext-sigenc.xml").read_bytes())
    for changed in ("xhe_encrypted_payload.xml", "xhe_unencrypted_payload.xml"):
        with pytest.raises(receipt_signature.Forged):
            judge_signature((folder / changed).read_bytes())


def identified(proofs: Any, evidence: str) -> None:
    """What the core notes when a guest has identified (see `identified` in the core)."""
    facts = {"provider": "bankid", "method": "BankID", "loa": 3, "ref": f"link:{proofs.delivery_id()}"}
    guest = GuestActor(proofs.ada.organisation_id)
    in_work(proofs.platform, guest, record, "guest.identified", str(proofs.delivery_id()), **facts, evidence=evidence)


def test_who_identified_is_named_by_the_evidence(proofs: Any) -> None:
    """The proof has its hash and no name; the evidence itself is recognised, and who it was is not claimed."""
    message = proofs.send()
    evidence = b'{"format":"budkavle-bankid-1"}'
    identified(proofs, "sha256:" + hashlib.sha256(evidence).hexdigest())
    proofs.open()
    content = proofs.proof(message)
    said = told(content)
    assert "BankID, nivå 3" in said["attested"]
    assert f"Begär underlaget {hashlib.sha256(evidence).hexdigest()}" in said["unproven"]
    known = told(content, compare={"evidence.json": evidence})
    assert "evidence.json är underlaget för legitimeringen" in known["proven"]
    assert "Pröva underlaget:" in known["unproven"]
    other = told(content, compare={"evidence.json": evidence + b" "})
    assert "evidence.json: ingen kontrollsumma stämmer" in other["unproven"]


def test_evidence_that_has_no_hash_is_only_the_organisations_word(proofs: Any) -> None:
    """Some ways give a reference or nothing: nothing is said that could not be checked."""
    message = proofs.send()
    identified(proofs, "")
    said = told(proofs.proof(message))
    assert "Vem som legitimerade sig" in said["unproven"]
    assert "Begär" not in said["unproven"]


def test_the_single_file_judges_receipts_too(proofs: Any, keys: KeyPair, tmp_path: Path) -> None:
    """Alone in a folder, with the recipient's certificate; one that is none is told in a line."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED, receipt_of(str(proofs.delivery_id()), keys))
    (tmp_path / "verify_proof.py").write_text(source(), "utf-8")
    (tmp_path / "proof.json").write_bytes(proofs.proof(message))
    (tmp_path / "them.pem").write_bytes(keys.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "odd.pem").write_text("x")

    def run(certificate: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "verify_proof.py", "proof.json", "--english", "--cert", certificate]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run("them.pem")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The receipt says ACCEPTED of the delivery" in done.stdout
    assert "Whose certificate" not in done.stdout
    assert run("odd.pem").returncode == 2
    assert run("missing.pem").returncode == 2


def test_the_parts_of_the_file_have_no_name_in_common() -> None:
    """They stand in one file: one that took another's name would change what it does."""
    names = [
        {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef)}
        | {target.id for one in tree.body if isinstance(one, ast.Assign) for target in one.targets if has_name(target)}
        for tree in (ast.parse(part.read_text("utf-8")) for part in PARTS)
    ]
    assert [len(own) > 2 for own in names] == [True] * len(PARTS)
    assert sum(map(len, names)) == len(set().union(*names))


def has_name(target: ast.expr) -> TypeGuard[ast.Name]:
    return isinstance(target, ast.Name)
