"""Operations: jobs, nodes, their clocks and faults, exports and removals."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Interval, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from budkavle.storage.tables.columns import at, metadata

schedule = Table(
    "schedule",
    metadata,
    Column("name", Text, primary_key=True),
    at("due_at"),
    at("lease_until", nullable=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
)

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),  # of `master-key`: a hash from which the key cannot be derived
)

worker_faults = Table(
    "worker_faults",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("worker", Text, primary_key=True),
    at("since"),
    at("seen_at"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
)

removals = Table(
    "removals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, nullable=False),  # the organisation: the request outlives it
    Column("state", Text, nullable=False),
    Column("asker_id", Uuid),
    Column("decider_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),  # names and the reason, under the installation's key
    at("asked_at"),
    at("expires_at"),
    at("ended_at", nullable=True),
    Index("removals_once", "subject_id", unique=True, postgresql_where=text("state IN ('WAITING', 'APPROVED')")),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, nullable=False),  # the organisation
    Column("state", Text, nullable=False),
    Column("asker_id", Uuid, nullable=False),
    Column("decider_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),  # names, reason, receiver, and the file's key, under our key
    Column("file", Text),  # its name in the store, once it is complete
    at("asked_at"),
    at("expires_at"),
    at("ended_at", nullable=True),
    Index("exports_once", "subject_id", unique=True, postgresql_where=text("state IN ('WAITING', 'APPROVED', 'DONE')")),
)

clocks = Table(
    "clocks",
    metadata,
    Column("boot", Text, primary_key=True),  # the id of the host's boot
    at("booted_at"),  # by the database's clock, as far as it is trusted
    at("believed_at"),  # the last time of that clock that was trusted
    Column("doubted_after", Interval),  # the host's uptime when a different `booted_at` was first seen
    at("doubted_booted_at", nullable=True),  # that different `booted_at`
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True),  # of the host
    Column("kind", Text, primary_key=True),  # `web` or `worker`
    Column("in_service", Boolean, nullable=False, server_default=text("true")),
    at("changed_at"),  # when it was last taken out of service, or put in service
)

node_processes = Table(
    "node_processes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", Text, nullable=False),
    at("started_at"),
    at("seen_at"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),  # such as deliveries and jobs in hand
)
