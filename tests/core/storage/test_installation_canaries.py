"""What people write, sent and received as it is in earnest, lies readable nowhere: on disk, in a dump, in a log."""

import base64
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar.testing import TestClient

from budkavle.cases import actions, attachments, search
from budkavle.host import host_of
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import case_view, sending
from budkavle.model.errors import Invalid, Temporary
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, File, Incoming, Person, ReceiptToSend, Reference, Refusal
from budkavle.model.people import Role
from budkavle.model.receipts import Reason, Receipt
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.plugins.loader import installed
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.database.connections import NAME
from budkavle.storage.embedded import binaries
from budkavle.storage.key_wrapping import renewing
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module
from budkavle.web.app import create_app

PLAIN = "kanariefagel-som-ska-finnas"
SENT = {
    "subject": "Nattviol i sänt ämne",
    "body": "Nattviol i sänd text med allt som hör till",
    "file name": "nattviol-i-filnamn.pdf",
    "file": "Nattviol i bilagan och inget annat ",
    "personnummer": "19121212-1212",
    "person": "Nattviola Personsdotter",
    "reference": "NATTVIOL-2026-0001",
    "recipient": "0203:nattviol-mottagare.example",
    "recipient's name": "Nattviolens mottagning",
}
CAME = {name: value.replace("attviol", "attljus") for name, value in SENT.items()} | {"personnummer": "20121212-2398"}
OTHER = {
    "wire": "<Text>Nattfjäril på tråden</Text>",
    "evidence": "<Text>Nattfjäril i kvittensens bevis</Text>",
    "refused": "<Text>Nattfjäril i det som inte togs emot</Text>",
    "searched": "nattfjärilssökning",
    "typed": "Nattfjäril i ett formulär som inte gick att skicka",
}
CONTACT = {"name": "Nattskatta Kontaktsson", "email": "nattskatta@kontakt.example"}
CANARIES = [*SENT.values(), *CAME.values(), *OTHER.values(), *CONTACT.values(), "0701740635"]


class Wired(FakeTransport):
    """A transport whose wire has something of its own."""

    def send(self, outgoing: Any) -> Any:
        outgoing.wire or outgoing.keep(OTHER["wire"].encode())
        return super().send(outgoing)


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of the test's own, whose name is short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-test-"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def transport() -> FakeTransport:
    return Wired(capabilities=Capabilities(receipts=True, references=True, max_bytes=1_000_000))


@pytest.fixture
def platform(temporary: Path, transport: FakeTransport) -> Iterator[Platform]:
    """An installation with a durable database of its own."""
    data = Path(tempfile.mkdtemp(prefix="budkavle-test-", dir="/tmp"))
    settings = Settings(data=data, enabled=("addressbook", "fake"), undo_seconds=0)
    fake, book = (
        plugin_module("fake", transports=lambda host: [transport]),
        import_module("budkavle_addressbook.plugin"),
    )
    offers = offer(fake=fake, addressbook=book) | {"password": installed()["password"]}
    plugins = Plugins.load(settings, offers)
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        opened.database.migrate(plugins.migrations())
        yield opened
    shutil.rmtree(data, ignore_errors=True)  # a process of the test may still be leaving


class Installation:
    """An installation with everything in use, by somebody who is in its one mailbox and administers it all."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        organisation = SampleOrganisation.create(platform, PLAIN)
        self.anna = organisation.add_user("Anna Ek", Role.ADMIN, email="anna@exempel.se")
        self.box = organisation.add_mailbox("Registrator", self.anna, default=True)
        self.worker = Worker(platform)

    def send(self) -> UUID:
        """Send a message with everything in it; returns the delivery's id."""
        content = (SENT["file"] * 4000).encode()
        file = attachments.store(
            self.platform, self.anna, SENT["file name"], "application/pdf", [b"%PDF-1.7\n", content]
        )
        draft = Draft(
            recipients=(Address("fake", SENT["recipient"], SENT["recipient's name"]),),
            subject=SENT["subject"],
            body=SENT["body"],
            attachments=(file.id,),
            references=(Reference("dnr", SENT["reference"]),),
            persons=(Person("1.2.752.129.2.1.3.1", SENT["personnummer"], SENT["person"]),),
        )
        message = in_work(self.platform, self.anna, sending.send, self.box.id, draft)
        view = in_work(self.platform, self.anna, case_view.case, message.case_id)
        return view.thread[0].tracks[0].to.delivery_id

    def arrive(self) -> None:
        """Take in a message with everything in it, and send its receipt."""
        sender = Address("fake", CAME["recipient"], CAME["recipient's name"])
        incoming = Incoming(
            organisation_id=self.anna.organisation_id,
            transport="fake",
            remote_id=str(uuid4()),
            sender=sender,
            recipient=Address("fake", "vi"),
            subject=CAME["subject"],
            body=CAME["body"],
            received_at=datetime.now(UTC),
            files=(File(CAME["file name"], "application/pdf", (CAME["file"] * 4000).encode()),),
            references=(Reference("dnr", CAME["reference"]),),
            persons=(Person("1.2.752.129.2.1.3.1", CAME["personnummer"], CAME["person"]),),
            receipt=ReceiptToSend(uuid4(), sender, OTHER["wire"].encode()),
            evidence=OTHER["evidence"].encode() * 20_000,
        )
        assert acting.accept(self.platform, incoming).message_id
        refusal = Refusal(
            self.anna.organisation_id, "fake", str(uuid4()), "Avsändaren är okänd.", None, OTHER["refused"].encode()
        )
        acting.refuse(self.platform, refusal)
        self.work()

    def receipted(self, delivery_id: UUID) -> None:
        """Let the peer say that it has the message."""
        receipt = Receipt(
            organisation_id=self.anna.organisation_id,
            transport="fake",
            remote_id=str(delivery_id),
            state=DeliveryState.ACKNOWLEDGED,
            at=datetime.now(UTC),
            evidence=OTHER["evidence"].encode(),
            receipt_id=str(uuid4()),
            reasons=(Reason("1", "Mottaget"),),
        )
        assert acting.receipt(self.platform, receipt)

    def work(self) -> None:
        """Let a worker carry what is due."""
        while self.worker.work_once():
            pass

    def use_the_pages(self) -> list[int]:
        """Look at everything, search, and type what is refused; returns what was answered."""
        cookie = sessions.start(self.platform, SignedIn(self.anna.user, Loa.TWO, "password", "/"))
        csrf = sessions.find(self.platform, cookie).csrf
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "cookie": f"budkavle={cookie}"}
        with TestClient(create_app(self.platform), raise_server_exceptions=False) as client:

            def ask(method: str, path: str, **more: Any) -> int:
                client.cookies.clear()
                code: int = client.request(method, path, headers=headers, follow_redirects=False, **more).status_code
                return code

            found = [one.id for one in in_work(self.platform, self.anna, search.search, "nattljus")]
            paths = [f"/m/{self.box.id}", *(f"/c/{case}" for case in found), f"/m/{self.box.id}/sent", "/events"]
            paths += [f"/search?q={OTHER['searched']}", f"/{OTHER['searched']}", f"/m/{OTHER['searched']}"]
            form = {"csrf": csrf, "mailbox": str(self.box.id), "kind": "fake", "body": OTHER["typed"], "send": "1"}
            file = {"file": (SENT["file name"], SENT["file"].encode() * 90_000, "application/pdf")}
            contact = {"csrf": csrf, "phone": "0701740635", "personnummer": SENT["personnummer"], **CONTACT}
            assert ask("POST", "/plugin/addressbook/contacts/new", data=contact) == 303
            typed = {"way": "password", "email": SENT["person"], "password": OTHER["typed"]}
            codes = [ask("GET", path) for path in [*paths, "/plugin/addressbook/contacts"]]
            codes += [ask("POST", "/compose", data=form, files=file), ask("POST", "/compose", data=form)]
            return [*codes, ask("POST", "/sign-in/begin", data=typed)]


@pytest.fixture
def installation(platform: Platform) -> Iterator[Installation]:
    made = Installation(platform)
    yield made
    made.worker.close()


def spellings(canary: str) -> list[bytes]:
    """How a text could lie about: as it is, percent-encoded, in hexadecimal, in UTF-16, in base64 cut at any place."""
    start = canary.strip()[:20]
    raw = start.encode()
    shifted = [base64.b64encode(b"x" * n + raw)[4 if n else 0 : -4] for n in range(3)]
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), start.encode("utf-16-le"), *shifted]


def found_in(written: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which canaries lie where."""
    return [
        (canary, name)
        for name, data in written.items()
        for canary in CANARIES
        if any(spelling in data for spelling in spellings(canary))
    ]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def open_deleted_files() -> dict[str, bytes]:
    """Files that this process has open and that have no name any more, as temporary ones do."""
    found = {}
    for handle in Path("/proc/self/fd").iterdir() if Path("/proc/self/fd").is_dir() else ():
        try:
            target = str(handle.readlink())
        except OSError:
            continue
        if target.endswith("(deleted)") and target.startswith("/"):
            found[target] = handle.read_bytes()
    return found


@pytest.mark.slow
@pytest.mark.feature("SD9", "Y3")
def test_what_was_sent_and_received_lies_readable_nowhere(installation: Installation, temporary: Path) -> None:
    """Tables, write-ahead log, dump, files and the temporary folder have no canary, and a plain word is found."""
    installation.receipted((installation.send(), installation.work())[0])
    installation.arrive()
    assert max(installation.use_the_pages()) < 500
    server = installation.platform.database.server
    assert server
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    command = [binaries() / "pg_dump", "--dbname", server.conninfo(NAME), "--inserts"]
    dump = subprocess.run(command, check=True, capture_output=True).stdout
    written = (
        files_of(installation.platform.settings.data) | files_of(temporary) | open_deleted_files() | {"dump": dump}
    )
    assert any(PLAIN.encode() in data for name, data in written.items() if "pg_wal" in name)
    assert PLAIN.encode() in dump
    assert any("blobs" in name for name in written)
    assert found_in(written) == []


@pytest.mark.feature("Y3")
def test_the_log_has_no_content_and_no_queries(
    installation: Installation,
    transport: FakeTransport,
    capfd: pytest.CaptureFixture[str],
    everything: list[dict[str, Any]],
) -> None:
    """Neither a round trip nor what fails on the way puts a canary, a query or a person's address into the log."""
    transport.failures += [Temporary(SENT["body"]), RuntimeError(SENT["body"])]  # type: ignore[list-item]
    delivery = installation.send()
    for _ in range(3):
        installation.work()
        with installation.platform.database.transaction(installation.anna.organisation_id) as connection:
            connection.exec_driver_sql("UPDATE deliveries SET due_at = now()")
    installation.receipted(delivery)
    installation.arrive()
    with pytest.raises(Invalid):
        in_work(
            installation.platform,
            installation.anna,
            sending.send,
            installation.box.id,
            Draft((), SENT["subject"], OTHER["typed"]),
        )
    (case,) = in_work(installation.platform, installation.anna, search.search, "nattljus")
    in_work(installation.platform, installation.anna, actions.take, case.id)
    assert max(installation.use_the_pages()) < 500
    out, err = capfd.readouterr()
    logged = repr(everything) + "\n".join(line for line in (out + err).splitlines() if " httpx " not in line)
    assert "delivery.plugin_failed" in logged
    assert [canary for canary in CANARIES if canary.strip()[:20] in logged] == []
    assert "anna@exempel.se" not in logged
    assert not re.search(r"\?q=|nattfj", logged, re.IGNORECASE)


@pytest.mark.feature("Y3")
def test_the_log_has_no_keys(
    installation: Installation,
    transport: FakeTransport,
    capfd: pytest.CaptureFixture[str],
    everything: list[dict[str, Any]],
    used_keys: dict[str, set[bytes]],
) -> None:
    """Of all keys that seal and open in a round trip, at their renewal and where something does not open, none."""
    platform = installation.platform
    transport.failures += [RuntimeError(SENT["body"])]
    installation.send()
    installation.work()
    installation.arrive()
    assert max(installation.use_the_pages()) < 500
    assert [*renewing.renew(platform, datetime.now(UTC))]
    with platform.database.transaction(installation.anna.organisation_id) as connection:
        connection.exec_driver_sql("UPDATE messages SET body = set_byte(body, 20, get_byte(body, 20) # 255)")
    installation.use_the_pages()
    assert [module for module, keys in used_keys.items() if not keys] == []
    every_key = set().union(*used_keys.values(), {bytes.fromhex(platform.settings.key_file.read_text("ascii"))})
    assert len(every_key) > 10
    out, err = capfd.readouterr()
    logged = repr(everything) + out + err
    assert "delivery.plugin_failed" in logged
    assert [key for key in every_key for form in forms_of(key) if form in logged] == []


def forms_of(key: bytes) -> list[str]:
    """Return how a key may stand in a text."""
    based = [base64.b64encode(key), base64.urlsafe_b64encode(key)]
    return [key.hex(), repr(key)[2:-1], str(list(key)), *(text.decode().rstrip("=") for text in based)]


@pytest.fixture
def used_keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[bytes]]:
    """Every key that something has been sealed or opened with, by the module that did it."""
    used: dict[str, set[bytes]] = {"keys": set(), "blobs": set(), "blobs.writer": set()}

    def noting(keys: set[bytes]) -> Callable[[bytes], AESGCM]:
        def note(key: bytes) -> AESGCM:
            keys.add(bytes(key))
            return AESGCM(key)

        return note

    for module, keys in used.items():
        monkeypatch.setattr(f"budkavle.storage.{module}.AESGCM", noting(keys))
    return used


@pytest.fixture
def everything() -> Iterator[list[dict[str, Any]]]:
    """Every event that is logged, with all its fields."""
    with structlog.testing.capture_logs() as events:
        yield events  # type: ignore[misc]
