"""Nothing that people write lies readable on disk: not in tables, the write-ahead log, a dump, or files."""

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert

from budkavle.settings import Settings
from budkavle.storage import audit
from budkavle.storage.database.connections import NAME
from budkavle.storage.embedded import binaries
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.tables import attachments, cases, deliveries, messages, organisations, receipts
from budkavle.storage.vault import part_aad
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

CANARIES = {
    "subject": "Kanariefågel i ärendemeningen",
    "body": "Kanariefågel i meddelandets text",
    "name": "kanariefagel-i-filnamn.pdf",
    "content": "Kanariefågel i bilagans innehåll " * 5000,
    "personnummer": "19121212-1212",
    "recipient": "0203:kanariefagel-mottagare",
    "wire": "<Text>Kanariefågel på tråden</Text>",
}
PLAIN = "kanariefagel-som-ska-finnas"
NOW = datetime.now(UTC)


@pytest.fixture
def installed() -> Iterator[Platform]:
    """A whole installation with a server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-test-"))
    with closing(open_platform(Settings(data=folder))) as platform:
        platform.database.migrate()
        yield platform
    shutil.rmtree(folder)


def plant(platform: Platform) -> None:
    """Store a message with all that a message has, as the doing floor does."""
    vault, tenant, thing = platform.vault, uuid4(), uuid4()
    own: dict[str, object] = {"organisation_id": tenant, "id": thing}
    sdk: dict[str, object] = {"transport": "sdk", "remote_id": "1"}
    with platform.database.transaction(tenant) as connection:
        connection.execute(insert(organisations).values(id=tenant, slug=PLAIN, name="A", created_at=NOW))
        vault.create_organisation_key(connection, tenant)

        def small(label: str) -> bytes:
            return vault.seal_small(tenant, label, CANARIES[label].encode(), connection)

        head = f"{CANARIES['subject']} {CANARIES['personnummer']}".encode()
        parts = vault.seal(connection, tenant, thing, {"head": head, "body": CANARIES["body"].encode()})
        message = {"mailbox_id": thing, "case_id": thing, "direction": "in", "conversation_id": "1"}
        message |= {"confidential": True, "attachments": 1, "evidence": small("wire"), "created_at": NOW}
        connection.execute(insert(messages).values(own | sdk | message | parts))

        key = vault.new_key()
        vault.store_keys(connection, tenant, [(thing, "file", key)])
        file = platform.blobs.store(tenant, key, part_aad(tenant, thing, "file"), CANARIES["content"].encode())
        attachment = {"name": small("name"), "content_type": "a/b", "size": file.size, "blob": file.name}
        connection.execute(insert(attachments).values(own | attachment | {"created_at": NOW}))

        case = {"mailbox_id": thing, "number": "1", "state": "open", "conversation_id": "1", "channel": "sdk"}
        case |= {"has_incoming": True, "has_outgoing": False, "confidential": True, "attachments": 1, "messages": 1}
        case |= {"words": vault.word_hashes(tenant, CANARIES["subject"].split(), connection)}
        connection.execute(insert(cases).values(own | case | {"opened_at": NOW, "active_at": NOW}))

        delivery = {"purpose": "message", "state": "READY_TO_SEND", "recipient": small("recipient")}
        delivery |= {"wire": small("wire"), "due_at": NOW, "created_at": NOW, "changed_at": NOW}
        connection.execute(insert(deliveries).values(own | sdk | delivery))
        receipt = {"receipt_id": "1", "state": "ACKNOWLEDGED", "applied": True, "evidence": small("wire")}
        connection.execute(insert(receipts).values(own | sdk | receipt | {"at": NOW, "received_at": NOW}))
    in_work(platform, system_actor(tenant), audit.record, "message.received", thing)


def dump(platform: Platform) -> bytes:
    """All of the database as pg_dump gives it, with large values also as text."""
    server = platform.database.server
    assert server
    command = [binaries() / "pg_dump", "--dbname", server.conninfo(NAME), "--inserts"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def spellings(canary: str) -> list[bytes]:
    """How a text could lie about: as it is, in hexadecimal, in UTF-16 and, cut at any place, in base64."""
    raw = canary.strip()[:24].encode()
    shifted = [base64.b64encode(b"x" * n + raw)[8:-8] for n in range(3)]
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), canary[:24].encode("utf-16-le"), *shifted]


@pytest.mark.feature("Z12")
def test_no_canary_is_found(installed: Platform) -> None:
    """Planted strings are in no file of the data folder and no dump; a plain one is found."""
    plant(installed)
    server = installed.database.server
    assert server
    with server.connect() as connection:
        connection.execute("CHECKPOINT")
    files = [path for path in installed.settings.data.rglob("*") if path.is_file()]
    written = {str(path): path.read_bytes() for path in files} | {"the dump": dump(installed)}
    assert any("pg_wal" in name for name in written)
    assert any("blobs" in name for name in written)
    assert PLAIN.encode() in written["the dump"]
    assert any(PLAIN.encode() in data for name, data in written.items() if "pg_wal" in name)
    for name, data in written.items():
        for kind, canary in CANARIES.items():
            assert not any(spelling in data for spelling in spellings(canary)), (kind, name)
