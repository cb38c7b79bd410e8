"""The archive of an organisation: a zip of JSON Lines and files, decrypted and written as a stream.

Only `export` reads it, and encrypts each piece to the recipient before it leaves memory.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from budkavle.cases.owned import pieces
from budkavle.model.errors import NotFound
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.organisation.removal import QUERIES as CATALOG
from budkavle.plugins.protocols.sealed_column import SealedColumn
from budkavle.storage.blobs.faults import MissingFile
from budkavle.storage.database import ALL_CASES
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_pending, metadata
from budkavle.storage.vault import Destroyed, part_aad

FORMAT = 1
BATCH = 100
"""The number of rows in memory at the same time."""
_INDEX_TABLES = {"case_words", "search_words", "search_cases", "search_backfills"}
LEFT_OUT_TABLES = frozenset(
    {
        "organisation_keys",
        "content_keys",
        "sessions",
        "guest_sessions",
        "invitations",
        "outbox",
        "traces",
        *_INDEX_TABLES,
    }
)
"""Keys, secrets of links and sessions, pending work, and indexes of keyed hashes."""
LEFT_OUT = {
    "users": {"password_hash"},
    "identities": {"subject_hash", "secret"},
    "cases": {"words"},
    "notices": {"sealed"},  # may hold the link of an invitation
}
SMALL = {
    "attachments": {"name": "file-name:{id}"},
    "owned_files": {"name": "owned-file-name:{id}"},
    "deliveries": {"recipient": "recipient:{id}", "terms": "terms:{id}", "wire": "wire:{id}"},
    "receipts": {"evidence": "receipt:{id}", "sender": "receipt-sender:{id}"},
    "identities": {"label": "identity-label:{id}", "name": "identity-name:{id}"},
    "kept_drafts": {"content": "draft:{id}"},
    "saved_searches": {"sealed": "saved-search:{id}"},
    "case_restrictions": {"reason": "restriction:{case_id}"},
    "approvals": {"sealed": "approval:{id}", "decision": "approval:{id}:decision"},
}
"""The columns sealed under the organisation's key, with their labels."""
PARTS = {"messages": ("head", "body", "evidence")}
"""The columns sealed under a key of their own."""
FILES = {
    ("attachments", "blob"): "file",
    ("owned_files", "blob"): "owned-file",
    ("messages", "evidence_blob"): "evidence",
    ("deliveries", "wire_blob"): "wire",
}
"""The columns that name stored files, with the part of each."""
CONTENT = {
    "name": "text",
    "label": "text",
    "decision": "text",
    "reason": "text",
    "sender": "text",
    "wire": "bytes",
    "evidence": "bytes",
    "sealed": "msgpack",
}
"""The format of the core's sealed columns; JSON if not listed."""
PLAIN_BYTES = {"organisation_logos", "audit_log", "audit_heads", "audit_seals"}
"""Tables of the core whose binary columns are neither sealed nor secret."""
SECRET = re.compile("hash|secret|token|password|sealed|^pair$|^keys?$")


class _Queries(QueryFile):
    list_keys: Statement


QUERIES = _Queries.load()


class _Sink:
    """Buffers what the zip writes until it is read; it cannot seek, so the zip is a stream."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is no further buffer."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class Archive:
    """The archive of one organisation.

    Args:
        platform: The installation.
        organisation_id: The organisation.
        about: Additional fields of the manifest.
    """

    def __init__(self, platform: Platform, organisation_id: UUID, about: dict[str, Any]) -> None:
        self._platform = platform
        self._id = organisation_id
        self._about = about
        self._of_plugins: dict[str, dict[str, SealedColumn]] = {}
        """The sealed columns declared by plugins, by table and column."""
        for of in platform.plugins.registered("sealed_columns"):
            if not of.thing.exported:
                continue
            self._of_plugins.setdefault(of.thing.table, {})[of.thing.column] = of.thing
        self._left_out: list[str] = []
        self._missing: list[str] = []
        self._destroyed = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the zip piece by piece; the manifest is its last part."""
        sink, parts = _Sink(), list[dict[str, Any]]()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
            for name, content in self._parts():
                part: dict[str, Any] = {"name": name, "size": 0, "rows": 0}
                digest = hashlib.sha256()
                with archive.open(name, "w", force_zip64=True) as member:
                    for piece in content:
                        member.write(piece)
                        digest.update(piece)
                        part["size"] += len(piece)
                        part["rows"] += 1
                        yield sink.take()
                if not name.endswith(".jsonl"):
                    del part["rows"]
                parts.append({**part, "sha256": digest.hexdigest()})
            archive.writestr("manifest.json", json.dumps(self._manifest(parts), ensure_ascii=False, indent=1))
            yield sink.take()
        yield sink.take()

    def _manifest(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        key = self._platform.vault.public_key(self._id).public_bytes_raw().hex()
        return {
            "format": FORMAT,
            **self._about,
            "finished_at": datetime.now(UTC).isoformat(),
            "event_log_public_key": key,
            "parts": parts,
            "left_out": sorted(self._left_out),
            "missing_files": self._missing,
            "destroyed_values": self._destroyed,
        }

    def _parts(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        query = text("SELECT * FROM organisations WHERE id = :organisation")
        with self._platform.database.transaction(self._id) as connection:
            organisation = connection.execute(query, {"organisation": self._id}).mappings().one_or_none()
        if organisation is None:
            raise NotFound("Organisationen finns inte.")
        yield "tables/organisations.jsonl", [_line(dict(organisation))]
        chain_log(self._platform.database, self._id)
        (tables,) = self._platform.database.at_once(None, (CATALOG.list_tables, {}))
        (keys,) = self._platform.database.at_once(None, (QUERIES.list_keys, {}))
        key_of = {row.table_name: list(row.key_columns) for row in keys}
        # Pending entries are read before the log: one that is numbered meanwhile is in both, and never in neither.
        for table in sorted(tables, key=lambda table: table.name != audit_pending.name):
            if table.name in LEFT_OUT_TABLES:
                self._left_out.append(table.name)
                continue
            role = "" if table.name in metadata.tables else table.role
            yield f"tables/{table.name}.jsonl", self._lines(table.name, key_of[table.name], role)
        for (name, column), part in FILES.items():
            for row in self._rows(name, key_of[name], ""):
                if row[column]:
                    yield f"{name}/{row['id']}", self._file(row["id"], part, row[column])
        for row in self._rows("owned_files", key_of["owned_files"], ""):
            if not row["blob"] and row["received"] is None:
                yield f"owned_files/{row['id']}", self._pieces_of(row["id"], row["size"])

    def _rows(self, table: str, key: Sequence[str], role: str) -> Iterator[dict[str, Any]]:
        """Yield all rows in the order of the primary key, a batch at a time."""
        columns = ", ".join(f'"{name}"' for name in key)
        values = ", ".join(f":k{number}" for number in range(len(key)))
        begin = f'SELECT * FROM "{table}" WHERE organisation_id = :organisation'  # noqa: S608 - of the catalog
        end = f" ORDER BY {columns} LIMIT {BATCH}"
        query, parameters = text(begin + end), dict[str, Any](organisation=self._id)
        while True:
            with self._platform.database.transaction(self._id, role=role, reader=ALL_CASES) as connection:
                rows = [dict(row) for row in connection.execute(query, parameters).mappings()]
            yield from rows
            if len(rows) < BATCH:
                return
            query = text(f"{begin} AND ({columns}) > ({values}){end}")
            parameters |= {f"k{number}": rows[-1][name] for number, name in enumerate(key)}

    def _lines(self, table: str, key: Sequence[str], role: str) -> Iterator[bytes]:
        noted = set[str]()
        for row in self._rows(table, key, role):
            left_out = self._leave_out(table, row)
            noted |= left_out
            opened = self._opened(table, row)
            yield _line({name: value for name, value in opened.items() if name not in left_out})
        self._left_out += [f"{table}.{name}" for name in noted]

    def _leave_out(self, table: str, row: dict[str, Any]) -> set[str]:
        if table in metadata.tables:
            opened = {*SMALL.get(table, ()), *PARTS.get(table, ())}
            sealed = {name for name, value in row.items() if isinstance(value, bytes) and name not in opened}
            return LEFT_OUT.get(table, set()) | (set() if table in PLAIN_BYTES else sealed)
        return {name for name in row if SECRET.search(name) and name not in self._of_plugins.get(table, {})}

    def _opened(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        vault, result = self._platform.vault, dict(row)
        labels = {column: (label, CONTENT.get(column, "json")) for column, label in SMALL.get(table, {}).items()}
        labels |= {column: (say.label, say.content) for column, say in self._of_plugins.get(table, {}).items()}
        for column, (label, content) in labels.items():
            if row.get(column) is not None:
                result[column] = self._small(content, label.format_map(row), row[column])
        sealed = [(row["id"], part, row[part]) for part in PARTS.get(table, ()) if row.get(part) is not None]
        if sealed:
            with self._platform.database.transaction(self._id) as connection:
                plain = vault.open(connection, self._id, sealed)
            for (_, part, _), value in zip(sealed, plain, strict=True):
                self._destroyed += value is None
                result[part] = None if value is None else _readable(CONTENT.get(part, "json"), value)
        return result

    def _small(self, content: str, label: str, sealed: bytes) -> Any:
        try:
            return _readable(content, self._platform.vault.open_small(self._id, label, sealed))
        except Destroyed:
            self._destroyed += 1
            return None

    def _file(self, owner_id: UUID, part: str, name: str) -> Iterator[bytes]:
        with self._platform.database.transaction(self._id) as connection:
            (key,) = self._platform.vault.content_keys(connection, self._id, [(owner_id, part)])
        if key is None:
            self._destroyed += 1
            return
        try:
            yield from self._platform.blobs.read(name, key, part_aad(self._id, owner_id, part))
        except MissingFile:
            self._missing.append(f"{part}:{owner_id}")

    def _pieces_of(self, file_id: UUID, size: int) -> Iterator[bytes]:
        with self._platform.work(SystemActor(self._id, CORE_NAME)) as work:
            (key,) = work.vault.content_keys(work.connection, self._id, [(file_id, pieces.PART)])
            parts = pieces.list_pieces(work, file_id)
        if key is None:
            self._destroyed += 1
            return
        try:
            yield from pieces.read_pieces(self._platform.blobs, pieces.PieceKeys(self._id, file_id, key, size), parts)
        except MissingFile:
            self._missing.append(f"{pieces.PART}:{file_id}")


def _readable(content: str, plain: bytes) -> Any:
    if content == "json":
        return json.loads(plain)
    if content == "msgpack":
        return msgspec.msgpack.decode(plain)
    return plain.decode() if content == "text" else plain


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
