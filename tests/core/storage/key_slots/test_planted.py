"""After destruction nothing on the disk opens what was destroyed, not for who has every file and the master key."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from budkavle.settings import Settings
from budkavle.storage.key_slots.doomed import destroy_doomed
from budkavle.storage.key_slots.sealing import wrapping_key
from budkavle.storage.key_slots.store import SLOT_BYTES, Slot
from budkavle.storage.key_wrapping.key_rows import organisation_aad
from budkavle.storage.keys import Damaged, OrganisationKeys, decrypt
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.tables import content_keys, messages, organisation_keys, organisations
from budkavle.storage.vault import part_aad

PLANTED = "Kanariefågel som gallras"
NOW = datetime.now(UTC)


@pytest.fixture
def installed() -> Iterator[Platform]:
    """A whole installation with a server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-test-"))
    with closing(open_platform(Settings(data=folder))) as platform:
        platform.database.migrate()
        yield platform
    shutil.rmtree(folder)


@pytest.mark.feature("Y6")
def test_nothing_that_lies_anywhere_opens_it(installed: Platform) -> None:
    """Tables, write-ahead log, files, key store: no slot in them unwraps the key that a backup still has."""
    vault, organisation_id, owner, other = installed.vault, uuid4(), uuid4(), uuid4()
    with installed.database.transaction(organisation_id) as connection:
        connection.execute(insert(organisations).values(id=organisation_id, slug="a", name="A", created_at=NOW))
        vault.create_organisation_key(connection, organisation_id)
        for message_id, words in ((owner, PLANTED), (other, "annat")):
            parts = vault.seal(connection, organisation_id, message_id, {"head": words.encode(), "body": b""})
            row: dict[str, object] = {"organisation_id": organisation_id, "id": message_id, "mailbox_id": owner}
            row |= {"case_id": owner}
            row |= {"direction": "in", "transport": "sdk", "remote_id": str(message_id), "conversation_id": "1"}
            row |= {"confidential": True, "attachments": 0, "created_at": NOW}
            connection.execute(insert(messages).values(row | parts))
        backup = connection.execute(select(content_keys)).all()
        wrapped = connection.execute(select(organisation_keys.c.wrapped)).scalar_one()
    store = vault.slots.store
    assert store
    doomed = {stored.slot for stored in backup if stored.owner_id == owner}
    (secret,) = store.secrets(doomed).values()
    assert secret

    with installed.database.transaction(organisation_id) as connection:
        vault.destroy(connection, organisation_id, owner)
    assert destroy_doomed(store, installed.database, 14) == 1
    server = installed.database.server
    assert server
    with server.connect() as superuser:
        superuser.execute("CHECKPOINT")
    places = [*installed.settings.data.rglob("*"), *Path(tempfile.gettempdir()).glob("*budkavle*")]
    written = {path: path.read_bytes() for path in places if path.is_file()}
    assert any("pg_wal" in str(path) and backup[0].wrapped in data for path, data in written.items())
    assert not any(PLANTED.encode() in data or secret in data for data in written.values())

    # Every slot that the files of the key store still give, also read by brute force, is tried on every wrapped key.
    pieces = dict(store.pieces())
    root = store.root()
    assert root
    opened = []
    for data in [*pieces.values(), *(data for path, data in written.items() if path.suffix == ".block")]:
        for number, key in root.keys.items():
            with suppress(Damaged):
                opened.append(decrypt(key, data, f"budkavle|key-store|block|{number}".encode()))
    slots = {block[at : at + SLOT_BYTES] for block in opened for at in range(0, len(block), SLOT_BYTES)}
    assert len(slots) > 1
    assert secret not in slots
    aad = organisation_aad(organisation_id, 1)
    parts_key = OrganisationKeys.derive(1, installed.keys.unwrap(wrapped, aad)).parts
    readable = set()
    for stored in backup:
        for slot in (None, *(Slot(0, secret) for secret in slots)):
            with suppress(Damaged):
                decrypt(
                    wrapping_key(parts_key, stored.owner_id, slot),
                    stored.wrapped,
                    part_aad(organisation_id, stored.owner_id, stored.part),
                )
                readable.add(stored.owner_id)
    assert readable == {other}
