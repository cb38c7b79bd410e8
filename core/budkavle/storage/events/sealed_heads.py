"""Signed heads of event logs, stored outside of the database, where the database's owner cannot change them.

A file has a line of JSON for each head: the log, the number of its last entry, the hash of the chain up to it, the
signature, and the time. Lines are only ever added. A log without such an entry was cut off; one with another hash
there was rewritten.
"""

import json
import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from budkavle.model.errors import Invalid
from budkavle.storage.database import Database
from budkavle.storage.outside import lines
from budkavle.storage.tables import audit_seals

_MODE = 0o600


@dataclass(frozen=True, slots=True)
class SealedHead:
    """The end of a log at some time, signed with the organisation's key.

    Attributes:
        organisation_id: The organisation of the log.
        number: The last entry.
        hash: The hash of the chain up to it, SHA-256.
        signature: Ed25519 over `budkavle.storage.vault.head_bytes`.
        at: When it was signed.
    """

    organisation_id: UUID
    number: int
    hash: bytes
    signature: bytes
    at: datetime

    def as_line(self) -> str:
        """Return it as a line of a file, without the line break."""
        values = {
            "log": str(self.organisation_id),
            "number": self.number,
            "hash": self.hash.hex(),
            "signature": b64encode(self.signature).decode(),
            "at": self.at.isoformat(timespec="seconds"),
        }
        return json.dumps(values, separators=(",", ":"))


def newest_seals(database: Database, organisation_ids: Iterable[UUID]) -> list[SealedHead]:
    """Return the newest seal of each log that has one, to be stored outside of the database."""
    seals = []
    for organisation_id in organisation_ids:
        query = select(audit_seals).where(audit_seals.c.organisation_id == organisation_id)
        with database.transaction(organisation_id) as connection:
            seal = connection.execute(query.order_by(audit_seals.c.number.desc()).limit(1)).one_or_none()
        if seal is not None:
            seals.append(SealedHead(organisation_id, seal.number, seal.hash, seal.signature, seal.at))
    return seals


def add_heads(path: Path, heads: Iterable[SealedHead]) -> None:
    """Add heads to a file, durably, or leave it unchanged; it is created if missing.

    Raises:
        OSError: It cannot be written.
    """
    text = "".join(f"{head.as_line()}\n" for head in heads)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
    try:
        lines.add_durably(descriptor, text.encode())
    finally:
        os.close(descriptor)


def read_heads(path: Path) -> Mapping[UUID, Mapping[int, bytes]]:
    """Return the hashes that a file has, by log and by the number of the entry.

    Raises:
        Invalid: It cannot be read, or one of its lines is not a head.
    """
    try:
        text = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("{path} går inte att läsa.", path=path) from error
    heads: dict[UUID, dict[int, bytes]] = {}
    for number, line in enumerate(text, 1):
        try:
            values = json.loads(line)
            heads.setdefault(UUID(values["log"]), {})[int(values["number"])] = bytes.fromhex(values["hash"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            sentence = "Rad {number} i {path} är inget sigill. Använd en fil som Budkavle har skrivit."
            raise Invalid(sentence, number=number, path=path) from error
    return heads
