"""Nothing that people write lies readable on disk: not in tables, the write-ahead log, a dump, or files."""

import os
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

from budkavle import audit
from budkavle.database.connections import NAME
from budkavle.database.embedded import binaries
from budkavle.people import Actor
from budkavle.platform import Platform, open_platform
from budkavle.settings import Settings
from budkavle.tables import attachments, cases, deliveries, messages, organisations, receipts
from budkavle.vault import part_aad

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
    vault, tenant, id = platform.vault, uuid4(), uuid4()
    own = {"organisation_id": tenant, "created_at": NOW}
    with platform.database.transaction(tenant) as connection:
        connection.execute(insert(organisations).values(id=tenant, slug=PLAIN, name="A", created_at=NOW))
        vault.create_organisation_key(connection, tenant)
        head = f"{CANARIES['subject']} {CANARIES['personnummer']}".encode()
        sealed = vault.seal(connection, tenant, id, {"head": head, "body": CANARIES["body"].encode()})
        evidence = vault.seal_small(tenant, "wire", CANARIES["wire"].encode(), connection)
        connection.execute(
            insert(messages).values(
                {
                    **own,
                    **dict(id=id, mailbox_id=id, case_id=id, direction="in", transport="sdk", conversation_id="1"),
                    **dict(confidential=True, attachments=1, head=sealed["head"], body=sealed["body"]),
                    "evidence": evidence,
                }
            )
        )
        key = vault.new_key()
        vault.keep_keys(connection, tenant, [(id, "file", key)])
        written = platform.blobs.store(tenant, key, part_aad(tenant, id, "file"), CANARIES["content"].encode())
        name = vault.seal_small(tenant, "file-name", CANARIES["name"].encode(), connection)
        connection.execute(
            insert(attachments).values(
                {**own, **dict(id=id, name=name, content_type="a/b", size=written.size, blob=written.name)}
            )
        )
        words = vault.word_hashes(tenant, CANARIES["subject"].split(), connection)
        connection.execute(
            insert(cases).values(
                organisation_id=tenant,
                id=id,
                mailbox_id=id,
                number="1",
                state="open",
                conversation_id="1",
                channel="sdk",
                has_incoming=True,
                has_outgoing=False,
                confidential=True,
                attachments=1,
                messages=1,
                words=words,
                opened_at=NOW,
                active_at=NOW,
            )
        )
        recipient = vault.seal_small(tenant, "recipient", CANARIES["recipient"].encode(), connection)
        state = {"purpose": "message", "transport": "sdk", "state": "READY_TO_SEND", "due_at": NOW, "changed_at": NOW}
        connection.execute(
            insert(deliveries).values({**own, **state, "id": id, "recipient": recipient, "wire": evidence})
        )
        connection.execute(
            insert(receipts).values(
                organisation_id=tenant,
                id=id,
                transport="sdk",
                remote_id="1",
                receipt_id="1",
                state="ACKNOWLEDGED",
                applied=True,
                evidence=evidence,
                at=NOW,
                received_at=NOW,
            )
        )
        audit.record(connection, Actor(tenant), "message.received", id)


def dump(platform: Platform) -> bytes:
    """All of the database as pg_dump gives it, with large values also as text."""
    server = platform.database.server
    assert server
    command = [binaries() / "pg_dump", "--dbname", server.conninfo(NAME), "--inserts"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def spellings(canary: str) -> list[bytes]:
    """How a text could lie about: as it is, in hexadecimal, in UTF-16 and, cut at any place, in base64."""
    import base64

    raw = canary.strip()[:24].encode()
    shifted = [base64.b64encode(b"x" * n + raw)[8:-8] for n in range(3)]
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), canary[:24].encode("utf-16-le"), *shifted]


def test_no_canary_is_found(installed: Platform) -> None:
    """Planted strings are in no file of the data folder, no temporary file and no dump; a plain one is found."""
    before = set(os.listdir(tempfile.gettempdir()))
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
    assert {
        one for one in os.listdir(tempfile.gettempdir()) if one not in before and one.startswith("budkavle")
    } == set()
