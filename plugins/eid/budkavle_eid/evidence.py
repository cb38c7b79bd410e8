"""The evidence of identifications: a peer's signed responses, stored sealed for a while as proof.

The event log and the delivery proof identify evidence by its SHA-256 only, since it contains personal data. It belongs
to no organisation: during sign-in it is not yet known whose account it will be.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host

_metadata = sa.MetaData()
eid_evidence = sa.Table(
    "eid_evidence",
    _metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
PREFIX = "sha256:"
Keep: TypeAlias = Callable[[bytes], None]
"""Stores the evidence of one identification."""


class FrejaEvidence(msgspec.Struct, frozen=True, kw_only=True, tag_field="format", tag="budkavle-freja-1"):
    """The evidence of an identification by Freja.

    Attributes:
        auth_ref: Freja's reference.
        level: The lowest accepted registration level; empty for Organisation eID.
        began: When it began, in seconds since 1970.
        details: Freja's signed details (compact JWS) as received.
    """

    auth_ref: str
    level: str
    began: float
    details: str


def forget(evidence: bytes) -> None:
    """Do nothing, instead of storing the evidence."""


def named(evidence: bytes) -> str:
    """Return the name of evidence in the event log."""
    return PREFIX + hashlib.sha256(evidence).hexdigest()


class EvidenceTable:
    """The table `eid_evidence`.

    Args:
        host: The plugin's host.
        days: How many days evidence is stored.
    """

    def __init__(self, host: Host, days: int) -> None:
        self._host, self._lives = host, timedelta(days=days)

    def keep(self, evidence: bytes) -> None:
        """Store evidence sealed, for some days."""
        digest = hashlib.sha256(evidence).digest()
        sealed = self._host.vault.seal_installation(_label(digest), evidence)
        row = {"hash": digest, "sealed": sealed, "expires_at": datetime.now(UTC) + self._lives}
        with self._host.transaction(None) as connection:
            connection.execute(insert(eid_evidence).values(row).on_conflict_do_nothing())

    def read(self, name: str) -> bytes | None:
        """Return the evidence with a name from the event log; None if there is none, or it is no longer stored."""
        try:
            digest = bytes.fromhex(name.removeprefix(PREFIX))
        except ValueError:
            return None
        alive = (eid_evidence.c.hash == digest, eid_evidence.c.expires_at > sa.func.now())
        with self._host.transaction(None) as connection:
            row = connection.execute(sa.select(eid_evidence.c.sealed).where(*alive)).one_or_none()
        return self._host.vault.open_installation(_label(digest), row.sealed) if row else None

    def sweep(self) -> int:
        """Delete expired evidence; run as a job. Return 0, since one run deletes all of it."""
        with self._host.transaction(None) as connection:
            connection.execute(sa.delete(eid_evidence).where(eid_evidence.c.expires_at < sa.func.now()))
        return 0


def _label(digest: bytes) -> str:
    return f"eid-evidence:{digest.hex()}"
