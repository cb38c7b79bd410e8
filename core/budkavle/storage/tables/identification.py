"""Sessions, identification flows, and rate limits of attempts."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from budkavle.storage.tables.columns import at, metadata


def _browser_proof() -> tuple[Column[Any], ...]:
    """Return the columns of the secret that binds a session to its browser; see `identification.browser_proof`."""
    return (
        Column("proof_seed", LargeBinary),
        Column("proof_seed_before", LargeBinary),
        at("proof_rotated_at", nullable=True),
        at("proof_shown_at", nullable=True),
    )


sessions = Table(
    "sessions",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("loa", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    at("created_at"),
    at("seen_at"),
    at("identified_at"),
    Column("lock_minutes", Integer),
    Column("present_at", DateTime(timezone=True)),
    Column("device", Text, nullable=False, server_default=""),
    Column("network", Text, nullable=False, server_default=""),
    Column("provider_subject", LargeBinary),  # keyed hashes of the person and session, so that the provider can end it
    Column("provider_session", LargeBinary),
    Column("provider_kept", LargeBinary),  # sealed: what the provider needs to end its session
    at("provider_ends_at", nullable=True),
    *_browser_proof(),
    PrimaryKeyConstraint("organisation_id", "hash"),
    Index("sessions_user", "organisation_id", "user_id"),
)

flows = Table(
    "flows",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),  # sealed with the installation's key
    Column("return_to", Text, nullable=False),
    Column("used", Boolean, nullable=False, server_default=text("false")),
    at("expires_at"),
)

guest_sessions = Table(
    "guest_sessions",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("ref", Text, nullable=False),  # what the guest may read, such as `link:DELIVERY`
    Column("loa", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed: the method and the name
    at("created_at"),
    at("seen_at"),
    *_browser_proof(),
    PrimaryKeyConstraint("organisation_id", "hash"),
)

identities = Table(
    "identities",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("subject_hash", LargeBinary, nullable=False),  # keyed: the provider and its name for the person
    Column("label", LargeBinary, nullable=False),  # sealed: the user's name for it
    Column("secret", LargeBinary),  # sealed: a passkey's public key, a TOTP secret ...
    at("created_at"),
    at("used_at", nullable=True),
    Column("loa", Integer, nullable=False, server_default="2"),  # of the person who bound it
    Column("source", Text, nullable=False, server_default="self"),  # who bound it: self, admin or system
    Column("bound_by", Uuid),  # the administrator
    at("confirmed_at", nullable=True),  # when it was certain that it belongs to the account's own person
    at("opens_at", nullable=True),  # it cannot be used to sign in before this time
    Column("name", LargeBinary),  # sealed: the person's name according to the provider
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("identities_subject", "subject_hash"),
    Index("identities_user", "organisation_id", "user_id"),
    Index("identities_provider", "organisation_id", "provider", "user_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column(
        "key", LargeBinary, primary_key=True
    ),  # keyed hash of what is limited: an account with a browser, an address
    Column("failures", Integer, nullable=False),
    at("until"),  # when the count starts again
)
