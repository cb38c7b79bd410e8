"""Values that may be used once in the whole installation: assertions, and data passed from one request to the next."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host

SLOWEST = timedelta(hours=1)
"""How far a host's clock may be behind the database's; such a host takes for valid what is over there."""
_metadata = sa.MetaData()
eid_once = sa.Table(
    "eid_once",
    _metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)


class Once(Protocol):
    """Tells the first use of a value from every later one."""

    def first(self, what: str, until: datetime) -> bool:
        """Record a use until a given time, and tell whether it is the first."""
        ...

    def is_used(self, what: str) -> bool:
        """Tell whether a value has been used, without recording a use."""
        ...


class OnceTable:
    """The table `eid_once`, shared by all processes.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def first(self, what: str, until: datetime) -> bool:
        """Record a use until a given time, and tell whether it is the first."""
        return self._insert(what, None, until)

    def is_used(self, what: str) -> bool:
        """Tell whether a value has been used, without recording a use."""
        query = sa.select(eid_once.c.hash).where(eid_once.c.hash == _hash(what))
        with self._host.transaction(None) as connection:
            return connection.execute(query).one_or_none() is not None

    def put(self, what: str, plain: bytes, until: datetime) -> None:
        """Store a sealed value under a key, unless there is one already."""
        sealed = self._host.vault.seal_installation(_label(what), plain)
        self._insert(what, sealed, until)

    def take(self, what: str) -> bytes | None:
        """Return the value of a key, and delete it; of two callers, only one gets it."""
        query = sa.delete(eid_once).where(eid_once.c.hash == _hash(what), eid_once.c.sealed.is_not(None))
        with self._host.transaction(None) as connection:
            row = connection.execute(query.returning(eid_once)).one_or_none()
        if row is None or row.expires_at < datetime.now(UTC):
            return None
        return self._host.vault.open_installation(_label(what), row.sealed)

    def sweep(self) -> int:
        """Delete rows that expired long ago; run as a job. Return 0, since one run deletes all of them."""
        with self._host.transaction(None) as connection:
            connection.execute(sa.delete(eid_once).where(eid_once.c.expires_at < sa.func.now() - SLOWEST))
        return 0

    def _insert(self, what: str, sealed: bytes | None, until: datetime) -> bool:
        row = {"hash": _hash(what), "sealed": sealed, "expires_at": until}
        query = insert(eid_once).values(row).on_conflict_do_nothing().returning(eid_once.c.hash)
        with self._host.transaction(None) as connection:
            return connection.execute(query).one_or_none() is not None


def _hash(what: str) -> bytes:
    return hashlib.sha256(what.encode()).digest()


def _label(what: str) -> str:
    return f"eid:{_hash(what).hex()}"
