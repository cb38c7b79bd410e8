"""Linked identities, and which account each opens: found by a keyed hash, and never by an e-mail address.

An identity is a provider's identifier of a person (`subject`), or the person's number, stored under the provider
`PERSONNUMMER` for all providers that may assert it. Its secret (a passkey's public key, a TOTP secret) is sealed.

It gives no higher level than the session that linked it (NIST SP 800-63B-4, 4.1.2): a thief who has only a password
gains nothing by adding an e-identification of their own. Once an administrator has confirmed that it belongs to the
account's owner, it gives the level of its provider.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from budkavle.accounts.closed_accounts.refusing import require_kept
from budkavle.accounts.permissions import require_admin, require_rank
from budkavle.accounts.users import announce_change, as_user, end_sessions, user_row
from budkavle.accounts.users import user as find_user
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, Actor, ActorScope, NewIdentity, Role, SystemActor, User
from budkavle.storage import audit, locks
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import identities, users

PERSONNUMMER = "personnummer"
c = identities.c
SELF, ADMIN, SYSTEM = "self", "admin", "system"
"""Who linked an identity to its account: the owner, an administrator, or the operator of the installation."""
TAKEN = "Personnumret hör redan till ett annat konto i organisationen. Ta bort det där först."
MOST_UNCONFIRMED = 200
"""The most identities to confirm that are listed at a time: a large organisation may have tens of thousands."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An identity that a user has linked to their account.

    Attributes:
        loa: The highest level that it gives.
        source: `SELF`, `ADMIN` or `SYSTEM`.
        bound_by: The administrator who linked it, if any.
        confirmed: Whether it is confirmed that it belongs to the account's owner.
        opens_at: When it starts to open the account; None if it already does.
        name: The person's name according to the provider; may be empty.
    """

    id: UUID
    provider: str
    label: str
    created_at: datetime
    used_at: datetime | None
    user_id: UUID
    loa: Loa
    source: str
    bound_by: UUID | None
    confirmed: bool
    opens_at: datetime | None
    name: str


def link(
    work: Work, identity: NewIdentity, *, user_id: UUID | None = None, announce: bool = True, **facts: str
) -> UUID:
    """Link an identity to the actor's account, or for an administrator to another user's; linking again renews it.

    It gives at most the actor's own level. If an administrator links it, the owner is notified, and it opens the
    account after `identity_wait_hours`. If the system links it, it opens the account at once.

    Args:
        work: The unit of work; its actor is the user, or an administrator of the organisation.
        identity: The identity.
        user_id: The account, if it is not the actor's own.
        announce: Whether to announce it to plugins, which notify the account's owner.
        facts: More facts for the event log, such as a `reason`.

    Raises:
        Forbidden: The account is another user's, and the actor is not an administrator.
        NotFound: There is no such user here.
        Conflict: The number opens another account of the organisation, or the account's data has been destroyed.
    """
    whose = _whose(work.actor, user_id)
    subject_hash = work.vault.subject_hash(identity.provider, identity.subject)
    _require_rank(work, whose)
    if identity.provider == PERSONNUMMER:
        lock_subject(work.connection, subject_hash)
        if _taken(work, whose, subject_hash):
            raise Conflict(TAKEN)
    query = select(identities).where(*_of(work.organisation_id, whose), c.subject_hash == subject_hash)
    old = work.connection.execute(query).one_or_none()
    identity_id = old.id if old else uuid4()
    work.connection.execute(delete(identities).where(*_by_id(work.organisation_id, identity_id)))
    row = {
        "organisation_id": work.organisation_id,
        "id": identity_id,
        "user_id": whose,
        "provider": identity.provider,
        "subject_hash": subject_hash,
        "label": _sealed(work, identity_id, "label", identity.label.encode()),
        "secret": _sealed(work, identity_id, "secret", identity.secret),
        "name": _sealed(work, identity_id, "name", identity.name.encode()),
        **_binding(work, whose),
    }
    if old and identity.secret is None:
        row |= _renewal(work.actor, whose, old, row)
    work.connection.execute(insert(identities).values(row))
    kind = "number-set" if identity.provider == PERSONNUMMER and work.actor.user_id != whose else "method-added"
    audit.record(work, f"user.{kind}", whose, method=identity.provider, told=announce, **facts)
    if announce:
        announce_change(work, whose, kind)
    return identity_id


def taken(work: Work, user_id: UUID, subject: str) -> bool:
    """Tell whether a number opens another active account of the user's organisation."""
    return _taken(work, user_id, work.vault.subject_hash(PERSONNUMMER, subject))


def shares_number(platform: Platform, user: User) -> bool:
    """Tell whether a number of the user's opens another active account of the organisation."""
    query = select(c.subject_hash).where(*_of(user.organisation_id, user.id), c.provider == PERSONNUMMER)
    with platform.work(user.acting()) as work:
        numbers = work.connection.execute(query).scalars().all()
        return any(_taken(work, user.id, number) for number in numbers)


def has(work: Work, provider: str, subject: str, user_id: UUID) -> UUID | None:
    """Return the id of this identity of an account, whether or not it opens it yet; None if the account lacks it."""
    subject_hash = work.vault.subject_hash(provider, subject)
    query = select(c.id).where(*_of(work.organisation_id, _whose(work.actor, user_id)), c.subject_hash == subject_hash)
    return work.connection.execute(query).scalar_one_or_none()


def confirm(work: Work, user_id: UUID, identity_id: UUID) -> None:
    """Let an identity open its account from now on, at its provider's full level.

    Raises:
        NotFound: The account has no such identity.
    """
    values = {"opens_at": None, "confirmed_at": func.coalesce(c.confirmed_at, func.now())}
    write = update(identities).where(
        *_by_id(work.organisation_id, identity_id), c.user_id == _whose(work.actor, user_id)
    )
    _require_rank(work, user_id)
    provider = work.connection.execute(write.values(values).returning(c.provider)).scalar_one_or_none()
    if provider is None:
        raise NotFound("Inloggningssättet finns inte på kontot.")
    audit.record(work, "user.method-confirmed", user_id, method=provider)
    announce_change(work, user_id, "method-confirmed")


def linked(work: Work, user_id: UUID | None = None) -> list[Linked]:
    """Return the identities of the actor's account, or for an administrator of another user's, oldest first.

    Args:
        work: The unit of work.
        user_id: Another user of the organisation; None means the actor.
    """
    return _listed(work, c.user_id == _whose(work.actor, user_id))


def unconfirmed(work: Work, providers: Collection[str], by_number: Collection[str]) -> list[Linked]:
    """Return identities of active accounts in the organisation that are unconfirmed, or do not open the account yet.

    The oldest come first, at most `MOST_UNCONFIRMED`.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        providers: The providers whose identities can be confirmed.
        by_number: Those of them whose identities count only if the account has no number.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    number = identities.alias()
    numbered = exists().where(
        number.c.organisation_id == c.organisation_id, number.c.user_id == c.user_id, number.c.provider == PERSONNUMMER
    )
    active = select(users.c.id).where(users.c.organisation_id == work.organisation_id, users.c.active)
    return _listed(
        work,
        c.provider.in_(list(providers)),
        or_(c.confirmed_at.is_(None), c.opens_at > func.now()),
        or_(c.provider.not_in(list(by_number)), ~numbered),
        c.user_id.in_(active),
        limit=MOST_UNCONFIRMED,
    )


def unlink(work: Work, identity_id: UUID, *, user_id: UUID | None = None, announce: bool = True) -> None:
    """Remove an identity from an account, and sign the account out everywhere: it may have been used by another person.

    Args:
        work: The unit of work; its actor is the user, or an administrator of the organisation.
        identity_id: The identity.
        user_id: The account, if it is not the actor's own.
        announce: Whether to announce it to plugins, which notify the account's owner.

    Raises:
        NotFound: The account has no such identity.
    """
    whose = _whose(work.actor, user_id)
    statement = delete(identities).where(*_by_id(work.organisation_id, identity_id), c.user_id == whose)
    _require_rank(work, whose)
    provider = work.connection.execute(statement.returning(c.provider)).scalar_one_or_none()
    if provider is None:
        raise NotFound("Inloggningssättet finns inte på kontot.")
    end_sessions(work, whose)
    audit.record(work, "user.method-removed", whose, method=provider, told=announce)
    if announce:
        announce_change(work, whose, "method-removed")


def accounts(platform: Platform, provider: str, subject: str) -> list[User]:
    """Return the active accounts that an identity opens, in all organisations. Use it only while signing in.

    Args:
        platform: The installation.
        provider: The name of the identity provider.
        subject: The provider's identifier of the person.
    """
    return [user for user, _ in opened(platform, provider, subject)]


def opened(platform: Platform, provider: str, subject: str) -> list[tuple[User, Loa]]:
    """Return the active accounts that an identity opens, in all organisations, each with the level it gives there."""
    subject_hash = platform.vault.subject_hash(provider, subject)
    with platform.database.transaction(None) as connection:
        matches = func.find_identities(subject_hash).table_valued("organisation_id", "user_id", "loa")
        rows = connection.execute(select(matches)).all()
    return [(_user(platform, row.organisation_id, row.user_id), _level(row.loa)) for row in rows]


def _user(platform: Platform, organisation_id: UUID, user_id: UUID) -> User:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        return find_user(work, user_id)


def secret(platform: Platform, user: User, provider: str, subject: str) -> bytes | None:
    """Return the secret of an identity; None if the user lacks the identity, or if it has no secret."""
    with platform.work(user.acting()) as work:
        row = _row(work, user, provider, subject)
    return _opened(platform, row, "secret") if row else None


def own_secrets(work: Work, provider: str) -> list[bytes]:
    """Return the secrets of one provider's identities of the actor's own account, oldest first."""
    mine = (c.organisation_id == work.organisation_id, c.user_id == work.actor.user_id, c.provider == provider)
    rows = work.connection.execute(select(identities).where(*mine).order_by(c.created_at, c.id)).all()
    return [found for row in rows if (found := _opened(work.platform, row, "secret")) is not None]


def store_secret(
    platform: Platform, user: User, provider: str, subject: str, change: Callable[[bytes], bytes | None]
) -> bool:
    """Replace the secret of an identity under a lock, and record that the identity was used.

    Args:
        platform: The installation.
        user: The owner of the identity.
        provider: The provider's name.
        subject: The provider's identifier of the person.
        change: Gets the secret and returns the new one; None refuses, and changes nothing.

    Returns:
        Whether the identity exists and `change` did not refuse. Concurrent calls run one after the other.
    """
    with platform.work(user.acting()) as work:
        row = _row(work, user, provider, subject, lock=True)
        new = change(_opened(platform, row, "secret") or b"") if row else None
        if row is None or new is None:
            return False
        sealed = _sealed(work, row.id, "secret", new)
        write = update(identities).where(*_by_id(user.organisation_id, row.id))
        work.connection.execute(write.values(secret=sealed, used_at=func.now()))
    return True


def used(platform: Platform, user: User, provider: str, subject: str) -> None:
    """Record that an identity has just opened its account; one that is not linked is not an error."""
    subject_hash = platform.vault.subject_hash(provider, subject)
    write = update(identities).where(*_of(user.organisation_id, user.id), c.subject_hash == subject_hash)
    with platform.work(user.acting()) as work:
        work.connection.execute(write.values(used_at=func.now()))


def _row(work: Work, user: User, provider: str, subject: str, *, lock: bool = False) -> Any:
    subject_hash = work.vault.subject_hash(provider, subject)
    query = select(identities).where(*_of(user.organisation_id, user.id), c.subject_hash == subject_hash)
    return work.connection.execute(query.with_for_update() if lock else query).one_or_none()


def _binding(work: Work, whose: UUID) -> dict[str, Any]:
    """Return the columns that say how a new identity was linked, and the level that this gives it."""
    is_own, system = work.actor.user_id == whose, work.actor.may(ActorScope.ACCOUNTS)
    sure = system or (not is_own and work.actor.loa.meets(Loa.THREE))
    wait = timedelta(hours=work.platform.settings.identity_wait_hours)
    return {
        "loa": int(Loa.THREE if system else work.actor.loa),
        "source": SELF if is_own else SYSTEM if system else ADMIN,
        "bound_by": None if is_own else work.actor.user_id,
        "confirmed_at": func.now() if sure else None,
        "opens_at": None if is_own or system else func.now() + wait,
        "created_at": func.now(),
    }


def _renewal(actor: Actor, whose: UUID, old: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a renewed identity: it loses no rights, and its waiting time is not extended."""
    is_own = actor.user_id == whose
    return {
        "loa": max(old.loa, new["loa"]),
        "source": old.source if is_own else new["source"],
        "bound_by": old.bound_by if is_own else new["bound_by"],
        "confirmed_at": old.confirmed_at or new["confirmed_at"],
        "opens_at": None if is_own or actor.may(ActorScope.ACCOUNTS) else old.opens_at,
        "created_at": old.created_at,
    }


def lock_subject(connection: Connection, subject_hash: bytes) -> None:
    """Lock a number, so that it cannot be linked twice at the same time."""
    locks.one_at_a_time(connection, f"identity {subject_hash.hex()}")


def _taken(work: Work, whose: UUID, subject_hash: bytes) -> bool:
    active_users = (users.c.organisation_id == work.organisation_id, users.c.active)
    others = select(users.c.id).where(*active_users, users.c.id != whose)
    conditions = (c.organisation_id == work.organisation_id, c.subject_hash == subject_hash, c.user_id.in_(others))
    return work.connection.execute(select(c.id).where(*conditions).limit(1)).first() is not None


def _require_rank(work: Work, whose: UUID) -> None:
    """Lock the account, and require that an actor who changes another's account has at least its role."""
    row = user_row(work, whose, lock=True)
    require_kept(as_user(row))
    if whose != work.actor.user_id:
        require_rank(work.actor, Role(row["role"]))


def _listed(work: Work, *what: ColumnElement[bool], limit: int | None = None) -> list[Linked]:
    query = select(identities, (c.opens_at > func.now()).label("waits"))
    query = query.where(c.organisation_id == work.organisation_id, *what).order_by(c.created_at, c.id).limit(limit)
    rows = work.connection.execute(query).all()
    return [_as_linked(work.platform, row) for row in rows]


def _as_linked(platform: Platform, row: Any) -> Linked:
    return Linked(
        id=row.id,
        provider=row.provider,
        label=(_opened(platform, row, "label") or b"").decode(),
        created_at=row.created_at,
        used_at=row.used_at,
        user_id=row.user_id,
        loa=Loa.THREE if row.confirmed_at else _level(row.loa),
        source=row.source,
        bound_by=row.bound_by,
        confirmed=row.confirmed_at is not None,
        opens_at=row.opens_at if row.waits else None,
        name=(_opened(platform, row, "name") or b"").decode(),
    )


def _level(loa: int) -> Loa:
    """Return the level of an identity: at least 1, since it has reached a person."""
    return max(Loa(loa), Loa.ONE)


def _whose(actor: Actor, user_id: UUID | None) -> UUID:
    if user_id is not None and user_id != actor.user_id:
        require_admin(actor)
        return user_id
    if actor.user_id is None:
        raise NotFound("Användaren finns inte.")
    return actor.user_id


def _of(organisation_id: UUID, user_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return c.organisation_id == organisation_id, c.user_id == user_id


def _by_id(organisation_id: UUID, identity_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return c.organisation_id == organisation_id, c.id == identity_id


def _opened(platform: Platform, row: Any, column: str) -> bytes | None:
    sealed, label = getattr(row, column), f"identity-{column}:{row.id}"
    return None if sealed is None else platform.vault.open_small(row.organisation_id, label, sealed)


def _sealed(work: Work, identity_id: UUID, column: str, plain: bytes | None) -> bytes | None:
    label = f"identity-{column}:{identity_id}"
    return None if plain is None else work.vault.seal_small(work.organisation_id, label, plain)
