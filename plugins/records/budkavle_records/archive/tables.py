"""The tables of transfers to the archive, and the states of a package."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()


class PackageState(StrEnum):
    """The state of a package."""

    WAITING = "WAITING"
    """It has not been made yet."""
    MADE = "MADE"
    """It can be downloaded; the archive has not answered."""
    FAILED = "FAILED"
    """It could not be made; the row says why."""
    ACCEPTED = "ACCEPTED"
    """The archive has accepted it. Only now is the case archived."""
    REFUSED = "REFUSED"
    """The archive has refused it."""


MOVES: Final[Mapping[PackageState, frozenset[PackageState]]] = {
    PackageState.WAITING: frozenset({PackageState.MADE, PackageState.FAILED}),
    PackageState.FAILED: frozenset({PackageState.WAITING}),
    PackageState.MADE: frozenset({PackageState.ACCEPTED, PackageState.REFUSED}),
    PackageState.ACCEPTED: frozenset({PackageState.REFUSED}),
    PackageState.REFUSED: frozenset({PackageState.ACCEPTED}),
}
"""Each state with the states that may follow it. Another receipt corrects one that was entered wrongly."""
ACTIVE: Final = (PackageState.WAITING, PackageState.MADE, PackageState.ACCEPTED)
"""The states in which a case is already in a package, so that it is not chosen again."""
UNANSWERED: Final = (PackageState.WAITING, PackageState.MADE)

transfers = Table(
    "records_transfers",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("packages", Integer, nullable=False),
    Column("to_folder", Boolean, nullable=False),
)

packages = Table(
    "records_packages",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("transfer_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("case_number", Text, nullable=False),
    Column("message_ids", ARRAY(Uuid)),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("file_id", Uuid),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("made_at", DateTime(timezone=True)),
    Column("failure", Text, nullable=False),
    Column("delivered_at", DateTime(timezone=True)),
    Column("answered_on", Date),
    Column("answered_at", DateTime(timezone=True)),
    Column("answered_by", Text, nullable=False),
    Column("answer", LargeBinary),
    Column("receipt_id", Uuid),
)
