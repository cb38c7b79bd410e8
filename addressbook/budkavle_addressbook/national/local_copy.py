"""The local copy of the national address book: replaced as a whole in one transaction, and used even when old."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import BudkavleError, Host, Sentence, Unavailable
from budkavle_addressbook.name_search import haystack, sort_key
from budkavle_addressbook.national import client, jsonapi
from budkavle_addressbook.settings import Settings
from budkavle_addressbook.tables import copy, functions, organisations

_LOCK = 0x41424F4B
"""The advisory lock held while the copy is replaced."""
_ROWS = 1000
_RETRY = timedelta(minutes=5)
"""How soon a failed read is repeated, if the interval is longer."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The state of the copy.

    Attributes:
        fetched_at: When the service was last read completely. None if never.
        tried_at: When the last read began, successful or not.
        failure: Why the last read failed. Empty if it did not.
    """

    url: str
    fetched_at: datetime | None
    tried_at: datetime
    failure: str = ""
    organisations: int = 0
    functions: int = 0
    skipped: int = 0

    def age(self, now: datetime | None = None) -> timedelta | None:
        """Return the age of the copy, or None if there is none."""
        return None if self.fetched_at is None else max((now or datetime.now(UTC)) - self.fetched_at, timedelta())


def status(host: Host) -> Copy | None:
    """Return the state of the copy, or None before the first read."""
    with host.transaction(None) as connection:
        row = connection.execute(select(copy)).mappings().one_or_none()
    if row is None:
        return None
    fields = {name: row[name] for name in Copy.__dataclass_fields__}
    return Copy(**{**fields, "failure": Sentence.from_stored(row["failure"])})


def refresh(host: Host) -> Copy:
    """Read the service now and replace the copy. The old one is kept if the read fails.

    Raises:
        Misconfigured: No address is set.
        Unavailable: The service does not respond, or responds incorrectly. The error is stored.
    """
    settings: Settings = host.settings
    began = datetime.now(UTC)
    try:
        book = client.fetch(settings)
        if not book.functions:
            raise Unavailable("Adressboken svarade utan en enda funktionsadress. Den tidigare kopian används.")
    except BudkavleError as error:
        with host.transaction(None) as connection:
            _note(connection, url=settings.url or "", tried_at=began, failure=Sentence.of(error).to_text())
        raise
    return replace(host, book, began)


def refresh_if_due(host: Host) -> int:
    """Read the service if the copy is older than the interval, as a job. A failure is only stored and logged."""
    settings: Settings = host.settings
    copy = status(host)
    if settings.url is None or not _due(settings, copy, datetime.now(UTC)):
        return 0
    try:
        refresh(host)
    except BudkavleError as error:
        host.log.warning("addressbook.refresh_failed", reason=error.slug, sentence=str(error))
    return 0


def replace(host: Host, book: jsonapi.Book, at: datetime | None = None) -> Copy:
    """Replace the copy with this address book in one transaction. Until it ends, readers see the old one."""
    at = at or datetime.now(UTC)
    digest = hashlib.sha256(msgspec.msgpack.encode(book)).digest()
    with host.transaction(None) as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if connection.execute(select(copy.c.digest)).scalar_one_or_none() != digest:
            _fill(connection, book)
        _note(
            connection,
            url=host.settings.url or "",
            fetched_at=at,
            tried_at=at,
            failure="",
            digest=digest,
            organisations=len(book.organisations),
            functions=len(book.functions),
            skipped=book.skipped,
        )
    return Copy(
        url=host.settings.url or "",
        fetched_at=at,
        tried_at=at,
        organisations=len(book.organisations),
        functions=len(book.functions),
        skipped=book.skipped,
    )


def _due(settings: Settings, copy: Copy | None, now: datetime) -> bool:
    if copy is None or copy.url != settings.url:
        return True
    interval = timedelta(seconds=settings.interval)
    return copy.tried_at + (min(interval, _RETRY) if copy.failure else interval) <= now


def _note(connection: Connection, **values: object) -> None:
    first: dict[str, object] = {"id": 1, "digest": b"", "organisations": 0, "functions": 0, "skipped": 0}
    statement = upsert(copy).values(first | values)
    connection.execute(statement.on_conflict_do_update(index_elements=[copy.c.id], set_=values))


def _fill(connection: Connection, book: jsonapi.Book) -> None:
    connection.execute(delete(functions))
    connection.execute(delete(organisations))
    _insert(connection, organisations, [asdict(organisation) for organisation in book.organisations])
    _insert(connection, functions, [_function_row(function) for function in book.functions])


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    for start in range(0, len(rows), _ROWS):
        connection.execute(insert(table), rows[start : start + _ROWS])


def _function_row(function: jsonapi.Function) -> dict[str, object]:
    texts = (
        function.name,
        function.organisation,
        function.description,
        *function.keywords,
        function.also,
        function.participant,
        function.identifier,
    )
    return {
        "identifier": function.identifier,
        "id": function.id,
        "name": function.name,
        "organisation": function.organisation,
        "participant": function.participant,
        "description": function.description,
        "keywords": list(function.keywords),
        "stack": haystack(*texts),
        "name_stack": haystack(function.name),
        "organisation_stack": haystack(function.organisation),
        "sort_key": sort_key(f"{function.name} {function.organisation}"),
    }
