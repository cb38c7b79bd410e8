"""Encryption at rest: a fresh key per message part, wrapped by the organisation's key, wrapped by a key provider.

Every sealed value is AES-256-GCM with its own nonce in front. What it belongs to (organisation, owner, part) is
authenticated with it, so that a value moved to another row does not open. Destroying a part's wrapped key is
gallring: the ciphertext that remains in tables and files is noise. Unwrapping it takes a slot of the key store, which
is outside of the database; the slot is destroyed too, so that an earlier copy of the database does not open either.
"""

import hashlib
import hmac
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, delete, select

from budkavle.model import sources
from budkavle.model.errors import Damaged, Misconfigured, NotFound
from budkavle.storage import installation_key
from budkavle.storage.database import Database
from budkavle.storage.installation_key import Stored
from budkavle.storage.key_slots import sealing
from budkavle.storage.key_slots.shelf import Shelf
from budkavle.storage.key_slots.slots import Slots
from budkavle.storage.key_slots.store import Slot
from budkavle.storage.key_wrapping import key_rows
from budkavle.storage.keys import KEY_BYTES, Destroyed, FileKeys, Keys, OrganisationKeys, decrypt, derive, encrypt
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.tables import content_keys, organisation_keys

__all__ = ["Damaged", "Destroyed", "FileKeys", "Slot", "Vault", "head_bytes", "part_aad"]

CACHED_ORGANISATIONS = 256
NEWEST_SECONDS = 60.0
"""How long a process trusts the newest version that it knows, while another process may have made the next."""
_NO_INSTALLATION_KEY = (
    "Installationen är inte krypterad med nyckelleverantören {name}. Ange den rätta med key_provider, eller byt med"
    " budkavle keys rewrap {name}."
)
_NO_DATABASE = "Valvet behöver en databas för att läsa organisationens nyckel."


class _Queries(QueryFile):
    load_content_keys: Statement
    store_content_keys: Statement


QUERIES = _Queries.load()


class Vault:
    """Seals and opens an organisation's data.

    Args:
        provider: Holds the topmost key.
        database: Where the organisations' wrapped keys are read, once each, when no connection is given.
        shelf: Where the slots are stored; without it no slots are used.
    """

    def __init__(self, provider: Keys, database: Database | None = None, shelf: Shelf | None = None) -> None:
        self._provider = provider
        self._database = database
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[UUID, int | None], OrganisationKeys] = OrderedDict()
        self._fresh_until: dict[UUID, float] = {}
        self._installation: bytes | None = None
        self.slots = Slots(shelf, database, self.store_key)

    def create_organisation_key(self, connection: Connection, organisation_id: UUID) -> None:
        """Make the organisation's key, or its next version; data sealed under older versions still opens.

        A next version is made in a separate transaction; another process seals under the version that it knows for
        `NEWEST_SECONDS` at most.
        """
        key_rows.add(connection, self._provider, organisation_id)

    @staticmethod
    def has_organisation_key(connection: Connection, organisation_id: UUID) -> bool:
        """Tell whether there is a key of the organisation, or of the installation's own log."""
        where = organisation_keys.c.organisation_id == organisation_id
        return connection.execute(select(organisation_keys.c.version).where(where).limit(1)).one_or_none() is not None

    def holds(self, organisation_id: UUID, connection: Connection | None = None) -> bool:
        """Tell whether the master key opens the organisation's key in the database.

        Args:
            organisation_id: Whose key.
            connection: Where the key is read, possibly in another installation; None uses this vault's database.
        """
        try:
            Vault(self._provider, self._database)._keys(organisation_id, None, connection)  # bypasses the cache
        except (Damaged, NotFound):
            return False
        return True

    def forget(self) -> None:
        """Drop the keys from memory; they are read again when needed."""
        with self._lock:
            self._known.clear()
            self._fresh_until.clear()
            self._installation = None

    # Parts: each under its own key

    def seal(
        self,
        connection: Connection,
        organisation_id: UUID,
        owner_id: UUID,
        parts: Mapping[str, bytes],
        slot: Slot | None = None,
    ) -> dict[str, bytes]:
        """Seal the parts of one message, each under a fresh key that is stored wrapped.

        Args:
            connection: A transaction of the organisation.
            organisation_id: The organisation of the message.
            owner_id: The message.
            parts: The plain bytes by name.
            slot: Its slot, if other data is sealed under it too; otherwise it gets a new one.

        Returns:
            The ciphertext of each part, by the same names.
        """
        keys = {part: os.urandom(KEY_BYTES) for part in parts}
        rows = [(owner_id, part, key) for part, key in keys.items()]
        self.store_keys(connection, organisation_id, rows, {owner_id: slot} if slot else None)
        return {
            part: encrypt(keys[part], plain, part_aad(organisation_id, owner_id, part)) for part, plain in parts.items()
        }

    def seal_again(
        self, connection: Connection, organisation_id: UUID, owner_id: UUID, part: str, plain: bytes
    ) -> bytes | None:
        """Seal a part's new content under its existing key; None if that key has been destroyed.

        The earlier content still opens under the same key.
        """
        (key,) = self.content_keys(connection, organisation_id, [(owner_id, part)])
        return None if key is None else encrypt(key, plain, part_aad(organisation_id, owner_id, part))

    def open(
        self, connection: Connection, organisation_id: UUID, sealed_parts: Sequence[tuple[UUID, str, bytes]]
    ) -> list[bytes | None]:
        """Open sealed parts with one query for all their keys.

        Args:
            connection: A transaction of the organisation.
            organisation_id: The organisation of the parts.
            sealed_parts: Owner, part and ciphertext of each.

        Returns:
            The plain bytes in the same order; None if the key has been destroyed.

        Raises:
            Damaged: A ciphertext is not what was sealed for that owner and part.
        """
        keys = self.content_keys(connection, organisation_id, [(owner, part) for owner, part, _ in sealed_parts])
        return [
            None if key is None else decrypt(key, sealed, part_aad(organisation_id, owner, part))
            for (owner, part, sealed), key in zip(sealed_parts, keys, strict=True)
        ]

    @staticmethod
    def new_key() -> bytes:
        """Return a fresh content key, for bytes that are sealed before there is a transaction to store it in."""
        return os.urandom(KEY_BYTES)

    def store_keys(
        self,
        connection: Connection,
        organisation_id: UUID,
        keys: Iterable[tuple[UUID, str, bytes]],
        slots: Mapping[UUID, Slot | None] | None = None,
    ) -> None:
        """Store content keys wrapped (owner, part, key), replacing those of parts that are sealed again.

        Args:
            connection: A transaction of the organisation.
            organisation_id: The organisation of the keys.
            keys: Owner, part and key of each.
            slots: The slots of owners that already have one; other owners get new ones.
        """
        wrapping_keys = self._keys(organisation_id, None, connection)
        rows = list(keys)
        if not rows:
            return
        of_owner = {owner: (slots or {}).get(owner) or self.slots.take() for owner in {row[0] for row in rows}}
        wrapped = [
            encrypt(
                sealing.wrapping_key(wrapping_keys.parts, owner, of_owner[owner]),
                key,
                part_aad(organisation_id, owner, part),
            )
            for owner, part, key in rows
        ]
        parameters = {
            "organisation": organisation_id,
            "version": wrapping_keys.version,
            "owners": [owner for owner, _, _ in rows],
            "parts": [part for _, part, _ in rows],
            "wrapped": wrapped,
            "slots": [slot and slot.number for slot in (of_owner[owner] for owner, _, _ in rows)],
        }
        QUERIES.store_content_keys.enqueue(connection, parameters)

    def content_keys(
        self, connection: Connection, organisation_id: UUID, requests: Sequence[tuple[UUID, str]]
    ) -> list[bytes | None]:
        """Return the content keys of (owner, part), in order; None if the key has been destroyed.

        Raises:
            SlotsMissing: The key store has no such slot.
            KeysUnavailable: The key store does not answer.
        """
        if not requests:
            return []
        owners, parts = zip(*dict.fromkeys(requests), strict=True)
        parameters = {"organisation": organisation_id, "owners": list(owners), "parts": list(parts)}
        rows = QUERIES.load_content_keys.all(connection, parameters)
        slots = self.slots.read([row.slot for row in rows])
        keys = {
            (row.owner_id, row.part): decrypt(
                sealing.wrapping_key(
                    self._keys(organisation_id, row.version, connection).parts, row.owner_id, slots[row.slot]
                ),
                row.wrapped,
                part_aad(organisation_id, row.owner_id, row.part),
            )
            for row in rows
            if row.slot in slots
        }
        return [keys.get(request) for request in requests]

    def destroy(self, connection: Connection, organisation_id: UUID, *owners: UUID) -> int:
        """Destroy the keys of all parts of these owners; returns how many there were. This cannot be undone.

        The database dooms their slots in the same transaction, and a job destroys them after the commit.
        """
        c = content_keys.c
        gone = delete(content_keys).where(c.organisation_id == organisation_id, c.owner_id.in_(owners))
        return connection.execute(gone).rowcount

    # Small values: names, addresses, wire bytes

    def seal_small(
        self,
        organisation_id: UUID,
        label: str,
        plain: bytes,
        connection: Connection | None = None,
        slot: Slot | None = None,
    ) -> bytes:
        """Seal under the organisation's own key, for data that needs no gallring of its own, or also under a slot.

        Args:
            organisation_id: The organisation of the data.
            label: What it is and which row it belongs to, such as `attachment-name:ID`; it opens under no other label.
            plain: The bytes.
            connection: Only needed in the transaction that made the organisation's key.
            slot: The slot of what it belongs to, such as a message: destroying the slot destroys the value.
        """
        keys = self._keys(organisation_id, None, connection)
        sealed = encrypt(sealing.small_key(keys.small, slot), plain, _small_aad(organisation_id, label))
        return sealing.header(keys.version, slot) + sealed

    def open_small(
        self, organisation_id: UUID, label: str, sealed: bytes, connection: Connection | None = None
    ) -> bytes:
        """Open what `seal_small` sealed under the same label.

        Raises:
            Damaged: It is not what was sealed under that label.
            Destroyed: Its slot has been destroyed.
        """
        slot = self.slots.beside(sealed)
        if slot is None and sealing.slot_number(sealed) is not None:
            raise Destroyed("Det har gallrats.")
        keys = self._keys(organisation_id, sealing.key_version(sealed), connection)
        return decrypt(sealing.small_key(keys.small, slot), sealing.body(sealed), _small_aad(organisation_id, label))

    def seal_installation(self, label: str, plain: bytes) -> bytes:
        """Seal data that belongs to no organisation yet, such as a flow of identification."""
        return encrypt(self.installation_key(), plain, f"budkavle|installation|{label}".encode())

    def open_installation(self, label: str, sealed: bytes) -> bytes:
        """Open what `seal_installation` sealed under the same label."""
        return decrypt(self.installation_key(), sealed, f"budkavle|installation|{label}".encode())

    def installation_key(self) -> bytes:
        """Return the installation's own key, from memory if cached.

        Raises:
            Misconfigured: The key provider is not the one that the installation is sealed with.
            KeysUnavailable: The key provider does not answer.
        """
        if self._installation is None:
            key = installation_key.opened(self._provider, self._stored_installation_key())
            if key is None:
                raise Misconfigured(_NO_INSTALLATION_KEY, name=self._provider.name)
            self._installation = key
        return self._installation

    def store_key(self) -> bytes:
        """Return the key under which the root of the key store is sealed."""
        return derive(self.installation_key(), "key-store")

    def _stored_installation_key(self) -> Stored:
        if self._database is None:
            return Stored()
        with self._database.transaction(None) as connection:
            return installation_key.load(connection)

    # Hashes and signatures

    def subject_hash(self, *words: str) -> bytes:
        """Return a keyed hash of a person's identity at a provider, the same in all organisations of the installation.

        Without the installation's key nobody can test personnummer against it.
        """
        return hmac.digest(derive(self.installation_key(), "identities"), "\x00".join(words).encode(), hashlib.sha256)

    def word_hashes(
        self, organisation_id: UUID, words: Iterable[str], connection: Connection | None = None
    ) -> list[int]:
        """Return a keyed 63-bit hash of each word, in order: an index that reveals no words.

        It uses the first version of the organisation's key, so that a new version leaves the index unchanged.
        """
        key = self._keys(organisation_id, 1, connection).words
        return [int.from_bytes(hmac.digest(key, word.encode(), hashlib.sha256)[:8], "big") >> 1 for word in words]

    def sign_head(self, organisation_id: UUID, number: int, head: bytes, connection: Connection | None = None) -> bytes:
        """Sign the head of the organisation's event log with Ed25519."""
        return self._keys(organisation_id, 1, connection).signing.sign(head_bytes(organisation_id, number, head))

    def public_key(self, organisation_id: UUID, connection: Connection | None = None) -> Ed25519PublicKey:
        """Return the key that verifies the signatures of `sign_head`."""
        return self._keys(organisation_id, 1, connection).signing.public_key()

    # The organisations' keys

    def _keys(self, organisation_id: UUID, version: int | None, connection: Connection | None) -> OrganisationKeys:
        """Return the keys of one version, or of the newest (None), from memory if cached."""
        with self._lock:
            cached = self._known.get((organisation_id, version))
            if cached is not None and (version or sources.monotonic() < self._fresh_until.get(organisation_id, 0)):
                self._known.move_to_end((organisation_id, version))
                return cached
        if connection is not None:
            return self._load(organisation_id, version, connection)
        if self._database is None:
            raise Misconfigured(_NO_DATABASE)
        with self._database.transaction(organisation_id) as transaction:
            return self._load(organisation_id, version, transaction)

    def _load(self, organisation_id: UUID, version: int | None, connection: Connection) -> OrganisationKeys:
        """Read a version, or the newest; the provider is asked only if the version in memory is another."""
        c = organisation_keys.c
        query = select(c.organisation_id, c.version, c.wrapped, c.provider).where(c.organisation_id == organisation_id)
        query = query.order_by(c.version.desc()).limit(1) if version is None else query.where(c.version == version)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("Organisationens nyckel finns inte.")
        with self._lock:
            keys = self._known.get((organisation_id, version))
        if keys is None or keys.version != row.version:
            keys = OrganisationKeys.derive(row.version, key_rows.opened(self._provider, row))
        with self._lock:
            self._known[organisation_id, version] = keys
            if version is None:
                self._fresh_until[organisation_id] = sources.monotonic() + NEWEST_SECONDS
            while len(self._known) > CACHED_ORGANISATIONS:
                self._known.popitem(last=False)
        return keys


def part_aad(organisation_id: UUID, owner_id: UUID, part: str) -> bytes:
    """Return the additional data (AAD) of a part: what its bytes belong to."""
    return f"{organisation_id}|{owner_id}|{part}".encode()


def head_bytes(organisation_id: UUID, number: int, head: bytes) -> bytes:
    """Return the bytes that the signature of an event log's head covers."""
    return b"|".join((b"budkavle-audit-1", str(organisation_id).encode(), str(number).encode(), head))


def _small_aad(organisation_id: UUID, label: str) -> bytes:
    return f"{organisation_id}|small|{label}".encode()
