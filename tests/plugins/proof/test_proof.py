"""A delivery proof: genuine ones verify, and nothing is said that is not true."""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import ActorScope, Address, DeliveryState, Incoming, Loa, NotFound
from budkavle.accounts import add_members
from budkavle.cases.teamwork.restricting import restrict
from budkavle.cli.main import budkavle
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.people import User
from budkavle.storage.events.chaining import chain_log
from budkavle.testing import acting
from budkavle.web.app import create_app
from budkavle_proof.export import export, public_key
from budkavle_proof.verification_script import source
from budkavle_proof.verify_proof import Report, documents, fingerprint, verify


def said(content: bytes, **more: Any) -> dict[str, str]:
    """The three parts of a report, in Swedish."""
    report, _ = verify(content, **more)
    assert report.genuine, report.broken
    return {name: "\n".join(one[0] for one in getattr(report, name)) for name in ("proven", "attested", "unproven")}


def judged(content: bytes) -> Report:
    return verify(content)[0]


@pytest.mark.feature("Z1")
def test_a_genuine_proof_verifies(proofs: Any) -> None:
    """Sent, receipted, opened after identification: each is told as what it is, and there is no content in the file."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED)
    proofs.open()
    content = proofs.proof(message)
    told = said(content, key=fingerprint(public_key(proofs.host, message.organisation_id)).upper())
    assert "den nyckel du angav" in told["proven"]
    assert "säger att meddelandet är mottaget" in told["attested"]
    assert "legitimering med BankID, nivå 3" in told["attested"]
    assert "tagit emot" not in told["unproven"]
    assert "klockas" in told["unproven"]
    for secret in (proofs.SECRET, "Orosanmälan", "bilaga.pdf"):
        assert secret not in content.decode()
    assert list(documents(json.loads(content)).values()) == [proofs.WORDS]


def test_what_has_not_happened_is_not_proven(proofs: Any) -> None:
    """Without receipt and opening the proof says so; a refusal is no receipt that it was received."""
    message = proofs.send()
    told = said(proofs.proof(message))
    assert "ingen meddelandekvittens säger det" in told["unproven"]
    assert "har läst det" in told["unproven"]
    assert "Vems nyckeln är" in told["unproven"]
    assert "mottaget" not in told["attested"]
    proofs.answer(DeliveryState.REJECTED)
    told = said(proofs.proof(message))
    assert "inte togs emot" in told["attested"]
    assert "ingen meddelandekvittens säger det" in told["unproven"]


def test_files_are_compared(proofs: Any) -> None:
    """The attachment and the text are recognised bit by bit; something else is not."""
    content = proofs.proof(proofs.send())
    text_ = f"Orosanmälan\n\n{proofs.SECRET}".encode()
    told = said(content, compare={"a.pdf": proofs.FILE, "t.txt": text_, "b.pdf": proofs.FILE + b" "})
    assert "a.pdf är bilaga 1" in told["proven"]
    assert "t.txt är meddelandets ämne och text" in told["proven"]
    assert "b.pdf: ingen kontrollsumma stämmer" in told["unproven"]


def test_what_came_in_is_proven_too(proofs: Any) -> None:
    """When and from where it came; that no receipt went back is not hidden. Who read it is no matter of the file."""
    values = {"sender": Address("fake", "them"), "recipient": Address("fake", "us"), "mailbox_id": proofs.mailbox_id}
    at = datetime.now(UTC) + timedelta(minutes=5)  # by a clock that is ahead
    incoming = Incoming(
        proofs.ada.organisation_id, "fake", "r-1", subject="Svar", body=proofs.SECRET, received_at=at, **values
    )
    accepted = acting.accept(proofs.platform, incoming)
    assert accepted.message_id is not None
    content = export(proofs.host, proofs.ada, accepted.message_id)
    told = said(content)
    assert "från them" in told["attested"]
    assert "ingen är noterad" in told["unproven"]
    assert [json.loads(row["entry"])["kind"] for row in json.loads(content)["log"]] == ["message.received"]
    assert proofs.SECRET not in content.decode()


def test_only_readers_may_export_and_it_is_logged(proofs: Any) -> None:
    """Whoever is no member finds nothing; the log tells who has fetched the proof."""
    message = proofs.send()
    with pytest.raises(NotFound):
        export(proofs.host, proofs.bo, message.id)
    with pytest.raises(NotFound):
        export(proofs.host, proofs.ada, uuid4())
    proofs.proof(message)
    chain_log(proofs.platform.database, message.organisation_id)
    with proofs.platform.database.transaction(message.organisation_id) as connection:
        query = text("SELECT entry FROM audit_log WHERE kind = 'proof.exported'")
        (entry,) = (json.loads(row.entry) for row in connection.execute(query))
    assert (entry["actor"]["name"], entry["thing"]) == ("Ada", str(message.id))


@pytest.mark.feature("E22", "Z1")
def test_a_restricted_case_is_proven_to_who_is_named_for_it(proofs: Any) -> None:
    """For a colleague and a system that reads there is no such message, and the try of a person is logged."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED)
    acting.in_work(proofs.platform, proofs.organisation.system, add_members, proofs.mailbox_id, [proofs.bo.id])
    assert judged(export(proofs.host, proofs.bo, message.id)).genuine
    acting.in_work(proofs.platform, proofs.ada, restrict, message.case_id, [proofs.ada.id], "Skyddade uppgifter")
    told = said(proofs.proof(message))
    assert "säger att meddelandet är mottaget" in told["attested"]
    reader = proofs.host.system(proofs.organisation.id, ActorScope.READ)
    for actor in (proofs.bo, reader):
        for message_id in (message.id, uuid4()):
            with pytest.raises(NotFound, match="Meddelandet finns inte"):
                export(proofs.host, actor, message_id)
    assert len(proofs.organisation.log_entries("case.refused")) == 1


def test_exporting_is_no_reading_by_the_recipient(proofs: Any) -> None:
    """The hash of the file is made without noting that anybody has fetched it."""
    message = proofs.send()
    proof = json.loads(proofs.proof(message))
    (delivery,) = proof["statement"]["deliveries"]
    assert (delivery["opened_at"], delivery["downloaded_at"]) == (None, None)
    assert base64.b64encode(proofs.FILE).decode() not in json.dumps(proof)


def test_the_script_works_alone(proofs: Any, tmp_path: Path) -> None:
    """Copied to an empty folder it verifies, compares, takes out the receipts, and finds what is forged."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED)
    content = proofs.proof(message)
    (tmp_path / "verify_proof.py").write_text(source(), "utf-8")
    (tmp_path / "proof.json").write_bytes(content)
    (tmp_path / "forged.json").write_bytes(content.replace(b'"them"', b'"whom"'))
    (tmp_path / "a.pdf").write_bytes(proofs.FILE)

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "verify_proof.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run("proof.json", "--english", "--compare", "a.pdf", "--documents", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The proof is genuine." in done.stdout
    assert "a.pdf is attachment 1, bit by bit." in done.stdout
    assert [file.read_bytes() for file in (tmp_path / "out").iterdir()] == [proofs.WORDS]
    forged = run("forged.json")
    assert forged.returncode == 1
    assert forged.stdout.startswith("INTE ÄKTA.")
    missing = run("none.json")
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr
    assert "budkavle" not in source().split('"""', 2)[2].replace("budkavle-", "")


def test_the_page(proofs: Any) -> None:
    """The case leads to the page, a button gives the file, the program is there; a stranger finds nothing."""
    message = proofs.send()
    with TestClient(create_app(proofs.platform)) as client:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}

        def sign_in(user: User) -> str:
            cookie = sessions.start(proofs.platform, SignedIn(user.user, Loa.TWO, "password", "/"))
            client.cookies.set("budkavle", cookie)
            return str(sessions.find(proofs.platform, cookie).csrf)

        csrf, page = sign_in(proofs.ada), f"/plugin/proof/c/{message.case_id}"
        assert page in client.get(f"/c/{message.case_id}", headers=headers).text
        shown = client.get(page, headers=headers).text
        assert fingerprint(public_key(proofs.host, message.organisation_id)) in shown
        path = f"/plugin/proof/m/{message.id}"
        fetched = client.post(path, data={"csrf": csrf}, headers=headers)
        assert (fetched.status_code, judged(fetched.content).genuine) == (200, True)
        assert "attachment" in fetched.headers["content-disposition"]
        as_pdf = client.post(path, data={"csrf": csrf, "pdf": "1"}, headers=headers)
        assert (as_pdf.headers["content-type"], judged(as_pdf.content).genuine) == ("application/pdf", True)
        assert client.post(path, data={"csrf": "wrong"}, headers=headers).status_code == 403
        assert client.get("/plugin/proof/verify_proof.py", headers=headers).text == source()
        csrf = sign_in(proofs.bo)
        assert client.get(page, headers=headers).status_code == 404
        assert client.post(path, data={"csrf": csrf}, headers=headers).status_code == 404


def test_the_commands(proofs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exported and verified by the command line; an export never writes over a file; the script is the same file."""
    message = proofs.send()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANGUAGE", "sv")
    urls = proofs.platform.settings.database
    (tmp_path / "budkavle.toml").write_text(
        f'data = "{proofs.platform.settings.data}"\nenabled = ["proof"]\n'
        f'[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
    )

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(budkavle, ["proof", *arguments])

    file = f"delivery-proof-{message.id}.json"
    assert run("export", str(message.id)).output.strip() == file
    assert run("export", str(message.id)).exit_code == 1
    pdf = run("export", str(message.id), "--pdf").output.strip()
    assert (pdf, run("verify", pdf).exit_code) == (f"delivery-proof-{message.id}.pdf", 0)
    assert isinstance(run("export", str(uuid4())).exception, NotFound)
    key = run("key").output.split(": ", 1)[1].strip()
    verified = run("verify", file, "--key", key)
    assert (verified.exit_code, "Beviset är äkta." in verified.output) == (0, True)
    assert run("verify", file, "--key", "0000").exit_code == 1
    assert "The proof is genuine." in run("verify", file, "--english").output
    monkeypatch.setenv("LANGUAGE", "en")
    assert "The proof is genuine." in run("verify", file).output
    assert run("script").output == source()
    (tmp_path / "budkavle.toml").write_text("")
    assert run("verify", file).exit_code == 0
