"""Whose account an identity opens: what a user has linked, found by a keyed hash and never by an e-mail address.

An identity is a provider's own name of a person (`subject`), or the person's number, kept under the provider
`PERSONNUMMER` for all providers that may assert it. Its secret (a passkey's public key, a TOTP secret) is sealed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text, update

from budkavle import audit
from budkavle.errors import NotFound
from budkavle.people import Actor, User
from budkavle.platform import Platform
from budkavle.rights import require_admin
from budkavle.tables import identities
from budkavle.users import end_sessions, user_row
from budkavle.users import user as find_user

PERSONNUMMER = "personnummer"
c = identities.c


@dataclass(frozen=True, slots=True)
class Linked:
    """A way that a user has linked to their account."""

    id: UUID
    provider: str
    label: str
    created_at: datetime
    used_at: datetime | None


def link(
    platform: Platform,
    actor: Actor,
    provider: str,
    subject: str,
    label: str,
    secret: bytes | None = None,
    *,
    user_id: UUID | None = None,
) -> UUID:
    """Let an identity open the actor's account, or as administrator somebody else's; a second time renews it.

    Args:
        platform: What everything stands on.
        actor: The user, or an administrator of the organisation.
        provider: The provider's name, or `PERSONNUMMER`.
        subject: The provider's own name of the person; only its keyed hash is kept.
        label: What the user calls it, such as "Annas telefon".
        secret: What the provider needs the next time; sealed.
        user_id: Whose account, where it is not the actor's own.

    Raises:
        Forbidden: The account is somebody else's and the actor no administrator.
        NotFound: There is no such user here.
    """
    whose = _whose(actor, user_id)
    kept = platform.vault.subject_hash(provider, subject)
    organisation_id = actor.organisation_id
    with platform.database.transaction(organisation_id) as connection:
        user_row(connection, actor, whose, lock=True)
        query = select(c.id).where(*_of(organisation_id, whose), c.subject_hash == kept)
        identity_id = connection.execute(query).scalar_one_or_none() or uuid4()
        connection.execute(delete(identities).where(*_one(organisation_id, identity_id)))
        row = {
            "organisation_id": organisation_id,
            "id": identity_id,
            "user_id": whose,
            "provider": provider,
            "subject_hash": kept,
            "label": platform.vault.seal_small(organisation_id, f"identity-label:{identity_id}", label.encode()),
            "secret": _sealed(platform, organisation_id, identity_id, secret),
            "created_at": func.now(),
        }
        connection.execute(insert(identities).values(row))
        audit.record(connection, actor, "user.method-added", whose, method=provider)
    changed = {"organisation_id": organisation_id, "user_id": whose, "kind": "method-added"}
    platform.database.afterwards(lambda: platform.plugins.emit("account_changed", **changed))
    return identity_id


def linked(platform: Platform, actor: Actor, user_id: UUID | None = None) -> list[Linked]:
    """Return what is linked to the actor's account, or as administrator to somebody else's, oldest first."""
    query = select(identities).where(*_of(actor.organisation_id, _whose(actor, user_id)))
    with platform.database.transaction(actor.organisation_id) as connection:
        rows = connection.execute(query.order_by(c.created_at, c.id)).all()
    return [Linked(row.id, row.provider, _label(platform, row), row.created_at, row.used_at) for row in rows]


def unlink(platform: Platform, actor: Actor, identity_id: UUID, *, user_id: UUID | None = None) -> None:
    """Take an identity away from an account, and sign the account out everywhere: somebody else may have come by it.

    Raises:
        NotFound: The account has no such identity.
    """
    whose = _whose(actor, user_id)
    gone = delete(identities).where(*_one(actor.organisation_id, identity_id), c.user_id == whose)
    with platform.database.transaction(actor.organisation_id) as connection:
        provider = connection.execute(gone.returning(c.provider)).scalar_one_or_none()
        if provider is None:
            raise NotFound("Inloggningssättet finns inte på kontot.")
        end_sessions(connection, actor.organisation_id, whose)
        audit.record(connection, actor, "user.method-removed", whose, method=provider)
    changed = {"organisation_id": actor.organisation_id, "user_id": whose, "kind": "method-removed"}
    platform.database.afterwards(lambda: platform.plugins.emit("account_changed", **changed))


def accounts(platform: Platform, provider: str, subject: str) -> list[User]:
    """Return the active accounts that an identity opens, in all organisations; only for signing in."""
    kept = platform.vault.subject_hash(provider, subject)
    with platform.database.transaction(None) as connection:
        found = connection.execute(text("SELECT * FROM find_identities(:subject)"), {"subject": kept}).all()
    return [find_user(platform, Actor(row.organisation_id), row.user_id) for row in found]


def secret(platform: Platform, user: User, provider: str, subject: str) -> bytes | None:
    """Return the secret of an identity; None where the user has no such, or it has no secret."""
    with platform.database.transaction(user.organisation_id) as connection:
        row = _row(platform, connection, user, provider, subject)
    return _secret(platform, row) if row else None


def keep_secret(
    platform: Platform, user: User, provider: str, subject: str, change: Callable[[bytes], bytes | None]
) -> bool:
    """Replace the secret of an identity while nobody else can, and note that the identity was used.

    Args:
        platform: What everything stands on.
        user: Whose it is.
        provider: The provider's name.
        subject: The provider's own name of the person.
        change: Gets the secret and returns its successor; None refuses, and leaves everything as it was.

    Returns:
        Whether there was such an identity and `change` did not refuse; of two at once, the second sees the first's.
    """
    with platform.database.transaction(user.organisation_id) as connection:
        row = _row(platform, connection, user, provider, subject, lock=True)
        new = change(_secret(platform, row) or b"") if row else None
        if row is None or new is None:
            return False
        sealed = _sealed(platform, user.organisation_id, row.id, new)
        write = update(identities).where(*_one(user.organisation_id, row.id))
        connection.execute(write.values(secret=sealed, used_at=func.now()))
    return True


def used(platform: Platform, user: User, provider: str, subject: str) -> None:
    """Note that an identity has just opened its account; one that is not linked is no error."""
    kept = platform.vault.subject_hash(provider, subject)
    write = update(identities).where(*_of(user.organisation_id, user.id), c.subject_hash == kept)
    with platform.database.transaction(user.organisation_id) as connection:
        connection.execute(write.values(used_at=func.now()))


def _row(
    platform: Platform, connection: Connection, user: User, provider: str, subject: str, *, lock: bool = False
) -> Any:
    kept = platform.vault.subject_hash(provider, subject)
    query = select(identities).where(*_of(user.organisation_id, user.id), c.subject_hash == kept)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def _whose(actor: Actor, user_id: UUID | None) -> UUID:
    if user_id is not None and user_id != actor.user_id:
        require_admin(actor)
        return user_id
    if actor.user_id is None:
        raise NotFound("Användaren finns inte.")
    return actor.user_id


def _of(organisation_id: UUID, user_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return c.organisation_id == organisation_id, c.user_id == user_id


def _one(organisation_id: UUID, identity_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return c.organisation_id == organisation_id, c.id == identity_id


def _label(platform: Platform, row: Any) -> str:
    return platform.vault.open_small(row.organisation_id, f"identity-label:{row.id}", row.label).decode()


def _secret(platform: Platform, row: Any) -> bytes | None:
    if row.secret is None:
        return None
    return platform.vault.open_small(row.organisation_id, f"identity-secret:{row.id}", row.secret)


def _sealed(platform: Platform, organisation_id: UUID, identity_id: UUID, plain: bytes | None) -> bytes | None:
    if plain is None:
        return None
    return platform.vault.seal_small(organisation_id, f"identity-secret:{identity_id}", plain)
