"""The table of connections that are made on a page. Their values are sealed: they contain keys and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from budkavle import Conflict, Host, NotFound

_metadata = sa.MetaData()
eid_connections = sa.Table(
    "eid_connections",
    _metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("active", sa.LargeBinary),  # the enabled values
    sa.Column("draft", sa.LargeBinary),  # values saved since
    sa.Column("trial", sa.LargeBinary),  # the result of a trial of the draft
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)
GONE = "Anslutningen finns inte längre."
NOT_TRIED = "Anslutningen är inte provad sedan den ändrades. Prova den, och slå på den sedan."


class Trial(msgspec.Struct, frozen=True):
    """The result of a trial of a provider by an administrator.

    Attributes:
        at: When, in seconds since 1970.
        loa: The level that was reached.
        name: The name that the provider gave.
        attributes: The names of the attributes that it gave, without their values.
    """

    at: float
    loa: int
    name: str = ""
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection.

    Attributes:
        name: The provider's short name.
        kind: A key of `kinds.KINDS`.
        active: The enabled values; None if it is disabled.
        draft: The values saved since, not enabled yet.
        trial: The result of a trial of the draft.
        changed_at: When the row was last changed.
    """

    name: str
    kind: str
    active: Mapping[str, str] | None
    draft: Mapping[str, str] | None
    trial: Trial | None
    changed_at: datetime

    @property
    def values(self) -> Mapping[str, str]:
        """The values that its form shows."""
        return self.draft or self.active or {}


class Connections:
    """The connections of the installation.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def version(self) -> tuple[object, ...]:
        """Return a value that changes with every change of a connection; one short query."""
        query = sa.select(sa.func.max(eid_connections.c.changed_at), sa.func.count())
        with self._host.transaction(None) as connection:
            return tuple(connection.execute(query).one())

    def all(self) -> list[StoredConnection]:
        """Return all, by name."""
        query = sa.select(eid_connections).order_by(eid_connections.c.name)
        with self._host.transaction(None) as connection:
            rows = connection.execute(query).mappings().all()
        return [self._stored(row) for row in rows]

    def find(self, name: str) -> StoredConnection:
        """Return a connection.

        Raises:
            NotFound: There is none with this name.
        """
        query = sa.select(eid_connections).where(eid_connections.c.name == name)
        with self._host.transaction(None) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(GONE)
        return self._stored(row)

    def save(self, name: str, kind: str, values: Mapping[str, str]) -> None:
        """Store the values of a form, as a draft that has not been tried."""
        draft = {"draft": self._seal(name, values), "trial": None, "changed_at": sa.func.clock_timestamp()}
        query = insert(eid_connections).values(name=name, kind=kind, **draft)
        with self._host.transaction(None) as connection:
            connection.execute(query.on_conflict_do_update(index_elements=["name"], set_=draft))

    def keep_trial(self, name: str, trial: Trial, changed_at: datetime) -> None:
        """Store the result of a trial, unless the connection has been changed since the trial began."""
        unchanged = eid_connections.c.changed_at == changed_at
        self._update(name, unchanged, trial=self._seal(name, trial))

    def switch_on(self, name: str) -> None:
        """Enable the draft.

        Raises:
            Conflict: It has not been tried since it was last changed.
        """
        tried = sa.and_(eid_connections.c.draft.is_not(None), eid_connections.c.trial.is_not(None))
        if not self._update(name, tried, active=eid_connections.c.draft, draft=None, trial=None):
            raise Conflict(NOT_TRIED)

    def switch_off(self, name: str) -> None:
        """Disable it for sign-in; its values become a draft, which can be tried and enabled again."""
        draft = sa.func.coalesce(eid_connections.c.draft, eid_connections.c.active)
        self._update(name, active=None, draft=draft)

    def remove(self, name: str) -> None:
        """Delete a disabled connection, with its keys.

        Raises:
            Conflict: It is enabled.
        """
        query = sa.delete(eid_connections).where(eid_connections.c.name == name, eid_connections.c.active.is_(None))
        with self._host.transaction(None) as connection:
            if not connection.execute(query).rowcount:
                raise Conflict("Anslutningen är på. Stäng av den först.")

    def _update(self, name: str, *conditions: sa.ColumnElement[bool], **changes: Any) -> bool:
        query = sa.update(eid_connections).where(eid_connections.c.name == name, *conditions)
        with self._host.transaction(None) as connection:
            result = connection.execute(query.values(changed_at=sa.func.clock_timestamp(), **changes))
            return bool(result.rowcount)

    def _stored(self, row: sa.RowMapping) -> StoredConnection:
        name = row["name"]
        active, draft = (self._open(name, row[column], dict[str, str]) for column in ("active", "draft"))
        return StoredConnection(
            name, row["kind"], active, draft, self._open(name, row["trial"], Trial), row["changed_at"]
        )

    def _seal(self, name: str, plain: object) -> bytes:
        return self._host.vault.seal_installation(f"eid-connection:{name}", msgspec.json.encode(plain))

    def _open(self, name: str, sealed: bytes | None, kind: type[Any]) -> Any:
        if sealed is None:
            return None
        return msgspec.json.decode(self._host.vault.open_installation(f"eid-connection:{name}", sealed), type=kind)
