"""A delivery proof: genuine ones verify, anything altered is found, and nothing is said that is not true."""

import base64
import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import (
    Address,
    DeliveryState,
    Draft,
    Entry,
    Fact,
    Host,
    Loa,
    Message,
    NotFound,
    Platform,
    Receipt,
    create_mailbox,
    note_fact,
    receipt,
    send,
    sessions,
    store_attachment,
)
from budkavle.boxes import add_members
from budkavle.cli.main import budkavle
from budkavle.organisations import create_organisation
from budkavle.people import Actor, Role, User
from budkavle.sign_in import SignedIn
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.working import work
from budkavle.users import create_user
from budkavle.web.app import create_app
from budkavle_proof.exporting import export, public_key
from budkavle_proof.routes import source
from budkavle_proof.verify_proof import Report, digest, documents, fingerprint, lines, verify, written

pytestmark = pytest.mark.feature("Z1")

SECRET = "Sekretessbelagd text om Kim"
FILE = b"%PDF-1.7 the attachment\n%%EOF\n"
WORDS = b"<Receipt>ACCEPTED</Receipt>"


@dataclass
class House:
    """One organisation; Ada is a member of the mailbox, Bo is not."""

    platform: Platform
    transport: FakeTransport
    ada: User
    bo: User
    mailbox_id: UUID

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("proof")
        return host

    def actor(self, user: User) -> Actor:
        return Actor(user.organisation_id, user.id, user.name, loa=Loa.TWO)

    def send(self, **more: Any) -> Message:
        """Send a message with a file, and let the worker carry it."""
        ada = self.actor(self.ada)
        file = store_attachment(self.platform, ada, "bilaga.pdf", "application/pdf", iter([FILE]))
        draft = Draft((Address("fake", "them"),), "Orosanmälan", SECRET, attachments=(file.id,), **more)
        message = send(self.platform, ada, self.mailbox_id, draft)
        work(self.platform)
        return message

    def delivery_id(self) -> UUID:
        (delivery_id,) = self.transport.carried
        return delivery_id

    def answer(self, state: DeliveryState) -> None:
        """Let the recipient's receipt come."""
        delivery_id = self.delivery_id()
        at = datetime.now(UTC)
        receipt(self.platform, Receipt(self.ada.organisation_id, "fake", str(delivery_id), state, at, WORDS))

    def open(self) -> None:
        """Let the recipient open it."""
        note_fact(
            self.platform, self.ada.organisation_id, self.delivery_id(), Fact.OPENED, method="BankID", loa=Loa.THREE
        )

    def proof(self, message: Message) -> bytes:
        return export(self.host, self.actor(self.ada), message.id)


@pytest.fixture
def house(budkavle_open: Callable[..., Platform]) -> House:
    platform = budkavle_open(enabled=("proof",))
    transport = FakeTransport()
    book = FakeDirectory(entries=[Entry(Address("fake", "them", "Socialtjänsten", "Kisa kommun"))])
    plugins = platform.plugins
    plugins.build_in(
        transports=[*plugins.transports.values(), transport], directories=[*plugins.directories.values(), book]
    )
    made = create_organisation(platform, Actor(uuid4(), role=Role.PLATFORM), "Håbo kommun")
    chief = Actor(made.id, role=Role.PLATFORM)
    ada, bo = (create_user(platform, chief, email=f"{name.lower()}@habo.example", name=name) for name in ("Ada", "Bo"))
    box = create_mailbox(platform, chief, "Registrator")
    add_members(platform, chief, box.id, [ada.id])
    return House(platform, transport, ada, bo, box.id)


def said(content: bytes, **more: Any) -> dict[str, str]:
    """The three parts of a report, in Swedish."""
    report, _ = verify(content, **more)
    assert report.genuine, report.broken
    return {name: "\n".join(one[0] for one in getattr(report, name)) for name in ("proven", "attested", "unproven")}


def judged(content: bytes) -> Report:
    return verify(content)[0]


def test_a_genuine_proof_verifies(house: House) -> None:
    """Sent, receipted, opened after identification: each is told as what it is, and there is no content in the file."""
    message = house.send()
    house.answer(DeliveryState.ACKNOWLEDGED)
    house.open()
    content = house.proof(message)
    told = said(content, key=fingerprint(public_key(house.host, message.organisation_id)).upper())
    assert "den nyckel du angav" in told["proven"]
    assert "säger att meddelandet är mottaget" in told["attested"]
    assert "legitimering med BankID, nivå 3" in told["attested"]
    assert "tagit emot" not in told["unproven"]
    assert "klockas" in told["unproven"]
    for secret in (SECRET, "Orosanmälan", "bilaga.pdf"):
        assert secret not in content.decode()
    assert list(documents(json.loads(content)).values()) == [WORDS]


def test_what_has_not_happened_is_not_proven(house: House) -> None:
    """Without receipt and opening the proof says so; a refusal is no receipt that it was received."""
    message = house.send()
    told = said(house.proof(message))
    assert "ingen meddelandekvittens säger det" in told["unproven"]
    assert "har läst det" in told["unproven"]
    assert "Vems nyckeln är" in told["unproven"]
    assert "mottaget" not in told["attested"]
    house.answer(DeliveryState.REJECTED)
    told = said(house.proof(message))
    assert "inte togs emot" in told["attested"]
    assert "ingen meddelandekvittens säger det" in told["unproven"]


def test_files_are_compared(house: House) -> None:
    """The attachment and the text are recognised bit by bit; something else is not."""
    content = house.proof(house.send())
    text_ = f"Orosanmälan\n\n{SECRET}".encode()
    told = said(content, compare={"a.pdf": FILE, "t.txt": text_, "b.pdf": FILE + b" "})
    assert "a.pdf är bilaga 1" in told["proven"]
    assert "t.txt är meddelandets ämne och text" in told["proven"]
    assert "b.pdf: ingen kontrollsumma stämmer" in told["unproven"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON document where something stands."""
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def altered(proof: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any], Any]) -> dict[str, Any]:
    made = copy.deepcopy(proof)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = change(place[path[-1]])
    return made


def without(proof: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    made = copy.deepcopy(proof)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return made


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return None if value is not None else "x"


def test_every_altered_field_is_found(house: House) -> None:
    """Each value changed, and each taken away, however deep it lies, in a file that is well written."""
    message = house.send()
    house.answer(DeliveryState.ACKNOWLEDGED)
    proof = json.loads(house.proof(message))
    tried = 0
    for path in places(proof):
        assert not judged(written(altered(proof, path, other))).genuine, path
        if isinstance(path[-1], str):
            gone = without(proof, path)
            assert not judged(written(gone)).genuine, path
        tried += 1
    assert tried > 60


def test_every_altered_byte_is_found(house: House) -> None:
    """Also white space, the order of keys, a key twice, and what stands after the end."""
    content = house.proof(house.send())
    step = max(1, len(content) // 400)
    for place in range(0, len(content), step):
        for bit in (1, 0x20):
            changed = bytes([content[place] ^ bit])
            assert not judged(content[:place] + changed + content[place + 1 :]).genuine, place
    for odd in (content + b" ", content[:-1], b" " + content, json.dumps(json.loads(content)).encode(), b"", b"[]"):
        assert not judged(odd).genuine
    twice = content.replace(b'{\n "format"', b'{\n "format": "x",\n "format"', 1)
    assert twice != content
    assert not judged(twice).genuine


@pytest.mark.parametrize("odd", [b"\xff", b"null", b'"x"', b"{}", b"[" * 5000, b'{"format": 1}', b"1e999"])
def test_what_is_no_proof_is_told_in_a_line(odd: bytes) -> None:
    """No traceback, whatever the file holds."""
    (line,) = lines(judged(odd), "en")
    assert line.startswith("NOT GENUINE. ")


def test_another_key_is_found(house: House) -> None:
    """A forger may sign all of it with a key of his own: it fits itself, and not the fingerprint that was told."""
    proof = json.loads(house.proof(house.send()))
    real = fingerprint(proof["statement"]["key"])
    forged = forge(proof)
    report, _ = verify(written(forged))
    assert report.genuine
    assert any("Vems nyckeln är" in one[0] for one in report.unproven)
    wrong, nothing = verify(written(forged), key=real)
    assert not wrong.genuine
    assert nothing == {}
    assert "en annan än den du angav" in lines(wrong, "sv")[0]


def forge(proof: dict[str, Any]) -> dict[str, Any]:
    """Sign a proof anew with another key, all hashes right."""
    made, key = copy.deepcopy(proof), Ed25519PrivateKey.generate()
    organisation = made["statement"]["organisation"]["id"]
    made["statement"]["key"] = key.public_key().public_bytes_raw().hex()

    def sign(row: dict[str, Any]) -> None:
        number = str(row["number"]).encode()
        head = hashlib.sha256(bytes.fromhex(row["before"]) + number + row["entry"].encode()).digest()
        row["hash"] = head.hex()
        row["signature"] = key.sign(b"|".join((b"budkavle-audit-1", organisation.encode(), number, head))).hex()

    for row in made["log"]:
        sign(row)
    entry = json.loads(made["head"]["entry"])
    entry["facts"]["sha256"] = digest(made)
    made["head"]["entry"] = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    made["head"]["before"] = (
        made["log"][-1]["hash"] if made["head"]["number"] == made["log"][-1]["number"] + 1 else made["head"]["before"]
    )
    sign(made["head"])
    return made


def test_rows_of_another_message_do_not_pass(house: House) -> None:
    """A genuine row of the same log, about something else, has no place in the proof."""
    one, two = house.send(), house.send()
    first, second = json.loads(house.proof(one)), json.loads(house.proof(two))
    first["log"] = sorted([*first["log"], *second["log"]], key=lambda row: int(row["number"]))
    assert not judged(written(first)).genuine


def test_only_readers_may_export_and_it_is_logged(house: House) -> None:
    """Whoever is no member finds nothing; the log tells who has fetched the proof."""
    message = house.send()
    with pytest.raises(NotFound):
        export(house.host, house.actor(house.bo), message.id)
    with pytest.raises(NotFound):
        export(house.host, house.actor(house.ada), uuid4())
    house.proof(message)
    with house.platform.database.transaction(message.organisation_id) as connection:
        query = text("SELECT entry FROM audit_log WHERE kind = 'proof.exported'")
        (entry,) = (json.loads(row.entry) for row in connection.execute(query))
    assert (entry["actor"]["name"], entry["thing"]) == ("Ada", str(message.id))


def test_exporting_is_no_reading_by_the_recipient(house: House) -> None:
    """The hash of the file is made without noting that anybody has fetched it."""
    message = house.send()
    proof = json.loads(house.proof(message))
    (delivery,) = proof["statement"]["deliveries"]
    assert (delivery["opened_at"], delivery["downloaded_at"]) == (None, None)
    assert base64.b64encode(FILE).decode() not in json.dumps(proof)


def test_the_script_works_alone(house: House, tmp_path: Path) -> None:
    """Copied to an empty folder it verifies, compares, takes out the receipts, and finds what is forged."""
    message = house.send()
    house.answer(DeliveryState.ACKNOWLEDGED)
    content = house.proof(message)
    (tmp_path / "verify_proof.py").write_bytes(source())
    (tmp_path / "proof.json").write_bytes(content)
    (tmp_path / "forged.json").write_bytes(content.replace(b'"them"', b'"whom"'))
    (tmp_path / "a.pdf").write_bytes(FILE)

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "verify_proof.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run("proof.json", "--english", "--compare", "a.pdf", "--documents", "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The proof is genuine." in done.stdout
    assert "a.pdf is attachment 1, bit by bit." in done.stdout
    assert [file.read_bytes() for file in (tmp_path / "out").iterdir()] == [WORDS]
    forged = run("forged.json")
    assert forged.returncode == 1
    assert forged.stdout.startswith("INTE ÄKTA.")
    missing = run("none.json")
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr
    assert "budkavle" not in source().decode().split('"""', 2)[2].replace("budkavle-", "")


def test_the_page(house: House) -> None:
    """The case leads to the page, a button gives the file, the program is there; a stranger finds nothing."""
    message = house.send()
    with TestClient(create_app(house.platform)) as client:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}

        def sign_in(user: User) -> str:
            cookie = sessions.start(house.platform, SignedIn(user, Loa.TWO, "password", "/"))
            client.cookies.set("budkavle", cookie)
            return str(sessions.find(house.platform, cookie).csrf)

        csrf, page = sign_in(house.ada), f"/plugin/proof/c/{message.case_id}"
        assert page in client.get(f"/c/{message.case_id}", headers=headers).text
        shown = client.get(page, headers=headers).text
        assert fingerprint(public_key(house.host, message.organisation_id)) in shown
        path = f"/plugin/proof/m/{message.id}"
        fetched = client.post(path, data={"csrf": csrf}, headers=headers)
        assert (fetched.status_code, judged(fetched.content).genuine) == (200, True)
        assert "attachment" in fetched.headers["content-disposition"]
        assert client.post(path, data={"csrf": "wrong"}, headers=headers).status_code == 403
        assert client.get("/plugin/proof/verify_proof.py", headers=headers).content == source()
        csrf = sign_in(house.bo)
        assert client.get(page, headers=headers).status_code == 404
        assert client.post(path, data={"csrf": csrf}, headers=headers).status_code == 404


def test_the_commands(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exported and verified by the command line; an export never writes over a file; the script is the same file."""
    message = house.send()
    monkeypatch.chdir(tmp_path)
    urls = house.platform.settings.database
    (tmp_path / "budkavle.toml").write_text(
        f'data = "{house.platform.settings.data}"\nenabled = ["proof"]\n'
        f'[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
    )

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(budkavle, ["proof", *arguments])

    file = f"delivery-proof-{message.id}.json"
    assert run("export", str(message.id)).output.strip() == file
    assert run("export", str(message.id)).exit_code == 1
    assert isinstance(run("export", str(uuid4())).exception, NotFound)
    key = run("key").output.split(": ", 1)[1].strip()
    verified = run("verify", file, "--key", key)
    assert (verified.exit_code, "Beviset är äkta." in verified.output) == (0, True)
    assert run("verify", file, "--key", "0000").exit_code == 1
    assert run("script").output.encode() == source()
    (tmp_path / "budkavle.toml").write_text("")
    assert run("verify", file).exit_code == 0
