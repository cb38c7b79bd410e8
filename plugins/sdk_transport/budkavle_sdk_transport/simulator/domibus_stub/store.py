"""What a stub remembers: each message, once for each role, in a database of its own, and its payload in a file.

Any number of threads may share it, and a process that is killed finds everything again. The disk is not waited for: a
real access point is another machine, which answers for its own.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from budkavle_sdk_transport.access_points.interface import Parcel, Role

MOST_PENDING: Final = 500
"""As many as Domibus lists at a time (`wsplugin.messages.pending.list.max`)."""
_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, role TEXT, status TEXT, party TEXT, sender TEXT, recipient TEXT,
  document TEXT, conversation TEXT, received REAL, tries INTEGER DEFAULT 0, due REAL, file TEXT, UNIQUE (id, role)
);
CREATE INDEX IF NOT EXISTS messages_by_status ON messages (role, status, recipient);
CREATE TABLE IF NOT EXISTS errors (id TEXT, role TEXT, code TEXT, detail TEXT, at REAL);
CREATE TABLE IF NOT EXISTS pushes (number INTEGER PRIMARY KEY, id TEXT, kind TEXT, word TEXT, tries INTEGER, due REAL);
"""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as a stub has it; its payload is in a file, and in the parcel only where that was asked for."""

    parcel: Parcel
    role: Role
    status: str
    party: str
    received: float
    tries: int
    file: Path


class MessageStore:
    """The state of one stub.

    Args:
        folder: Its own; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(folder / "stub.db", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)

    def add(self, parcel: Parcel, role: Role, status: str, party: str) -> bool:
        """Keep a message; False where it is here already in that role."""
        query = (
            "INSERT INTO messages (id, role, status, party, sender, recipient, document, conversation, received, due,"
            " file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        )
        now, file = time.time(), self._folder / uuid4().hex
        file.write_bytes(parcel.payload)
        values = (parcel.transport_id, role, status, party, parcel.sender, parcel.recipient, parcel.document)
        with self._lock:
            done = self._database.execute(query, (*values, parcel.conversation_id, now, now, file.name)).rowcount == 1
        if not done:
            file.unlink()
        return done

    def find(self, transport_id: str, role: Role, *, whole: bool = False) -> StoredMessage | None:
        """Return a message in a role, with its payload if it is wanted whole."""
        return next(iter(self._held("id = ? AND role = ?", (transport_id, role), whole=whole)), None)

    def status(self, transport_id: str, role: Role | None) -> str:
        """Its status in a role, or in whichever it has; `NOT_FOUND` for an unknown one."""
        query = "SELECT status FROM messages WHERE id = ? AND (? IS NULL OR role = ?) ORDER BY role DESC"
        rows = self._all(query, (transport_id, role, role))
        return str(rows[0][0]) if rows else "NOT_FOUND"

    def pending(self, **filters: str) -> list[str]:
        """Return the ids of what has come and not been downloaded, oldest first."""
        columns = {
            "messageId": "id",
            "conversationId": "conversation",
            "fromPartyId": "party",
            "finalRecipient": "recipient",
            "originalSender": "sender",
        }
        named = {columns[name]: value for name, value in filters.items() if name in columns}
        where = "".join(f" AND {column} = ?" for column in named)
        query = (
            f"SELECT id FROM messages WHERE role = 'RECEIVING' AND status = 'RECEIVED'{where}"  # noqa: S608 - our columns
            f" ORDER BY number LIMIT {MOST_PENDING}"
        )
        return [str(row[0]) for row in self._all(query, tuple(named.values()))]

    def to_send(self, now: float) -> list[StoredMessage]:
        """Return what waits to be delivered, without payloads."""
        where = "role = 'SENDING' AND status IN ('SEND_ENQUEUED', 'WAITING_FOR_RETRY') AND due <= ?"
        return self._held(f"{where} ORDER BY number LIMIT 50", (now,))

    def set_status(self, transport_id: str, role: Role, status: str, *, due: float = 0.0, tried: int = 0) -> None:
        """Change a message's status."""
        query = "UPDATE messages SET status = ?, due = ?, tries = tries + ? WHERE id = ? AND role = ?"
        self._do(query, (status, due, tried, transport_id, role))

    def purge(self, transport_id: str, role: Role) -> None:
        """Delete a payload, as the network's P-mode does with what has been downloaded."""
        for (name,) in self._all("SELECT file FROM messages WHERE id = ? AND role = ?", (transport_id, role)):
            (self._folder / name).unlink(missing_ok=True)
        self.set_status(transport_id, role, "DELETED")

    def add_error(self, transport_id: str, role: Role, code: str, detail: str) -> None:
        """Note what went wrong."""
        self._do("INSERT INTO errors VALUES (?, ?, ?, ?, ?)", (transport_id, role, code, detail, time.time()))

    def errors(self, transport_id: str, role: Role | None) -> list[tuple[str, str, str, float]]:
        """Role, code, words and time of each error, oldest first."""
        query = "SELECT role, code, detail, at FROM errors WHERE id = ? AND (? IS NULL OR role = ?) ORDER BY at"
        return self._all(query, (transport_id, role, role))

    def add_push(self, transport_id: str, kind: str, word: str = "") -> None:
        """Note that the backend is to be told something."""
        query = "INSERT INTO pushes (id, kind, word, tries, due) VALUES (?, ?, ?, 0, ?)"
        self._do(query, (transport_id, kind, word, time.time()))

    def pushes(self, now: float, most_tries: int) -> list[tuple[int, str, str, str, int]]:
        """Number, id, kind, word and tries of what is to be told."""
        query = "SELECT number, id, kind, word, tries FROM pushes WHERE due <= ? AND tries < ? ORDER BY number LIMIT 50"
        return self._all(query, (now, most_tries))

    def pushed(self, number: int, *, due: float | None = None) -> None:
        """Forget a push, or let it wait for another try."""
        if due is None:
            self._do("DELETE FROM pushes WHERE number = ?", (number,))
        else:
            self._do("UPDATE pushes SET tries = tries + 1, due = ? WHERE number = ?", (due, number))

    def push_failed(self, most_tries: int) -> list[str]:
        """Return the ids that have been given up."""
        query = "SELECT DISTINCT id FROM pushes WHERE tries >= ? ORDER BY number"
        return [str(row[0]) for row in self._all(query, (most_tries,))]

    def push_again(self, transport_ids: Iterable[str]) -> None:
        """Let these be tried from the beginning."""
        for transport_id in transport_ids:
            self._do("UPDATE pushes SET tries = 0, due = 0 WHERE id = ?", (transport_id,))

    def count(self, role: Role) -> int:
        """Return how many messages there are in a role."""
        return int(self._all("SELECT count(*) FROM messages WHERE role = ?", (role,))[0][0])

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    def _held(self, where: str, values: tuple[object, ...], *, whole: bool = False) -> list[StoredMessage]:
        columns = "id, sender, recipient, document, conversation, file, role, status, party, received, tries"
        query = f"SELECT {columns} FROM messages WHERE {where}"  # noqa: S608 - the conditions are those above
        messages = []
        for row in self._all(query, values):
            file = self._folder / row[5]
            payload = file.read_bytes() if whole and file.exists() else b""  # what is purged has none
            parcel = Parcel(row[0], row[1], row[2], row[3], row[4], payload)
            messages.append(StoredMessage(parcel, row[6], row[7], row[8], row[9], row[10], file))
        return messages

    def _all(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _do(self, query: str, values: tuple[object, ...]) -> None:
        with self._lock:
            self._database.execute(query, values)
