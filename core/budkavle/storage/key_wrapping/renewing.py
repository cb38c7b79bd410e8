"""Renewing keys: each organisation gets a new version of its key, and the older ones are wrapped again.

It works organisation by organisation while the installation runs, and continues after an interruption.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from budkavle.model.errors import Conflict
from budkavle.model.people import CORE_NAME, INSTALLATION, Actor, SystemActor
from budkavle.storage import audit, installation_key
from budkavle.storage.key_wrapping import keeper, key_rows, recovery
from budkavle.storage.keys import Keys
from budkavle.storage.platform import Platform
from budkavle.storage.tables import organisation_keys, organisations

_RUNNING = (
    "Nycklarna förnyas eller flyttas redan av ett annat kommando. Vänta tills det är klart, och kör det här igen vid"
    " behov."
)
_LOCK = "keys are renewed"


def renew(platform: Platform, before: datetime, by: Actor | None = None) -> Generator[int, None, None]:
    """Renew the keys of all organisations whose newest version is from before a time, each in a separate transaction.

    Copies for the recovery key are made, renewed or removed by the setting, whatever the keys' age.

    From then on data is sealed under the new version: at once in this process, and in others within
    `vault.NEWEST_SECONDS`. Older data still opens. Started again with the same time, it continues where it was.
    The installation's event log says that it began, and how many were done when it ended.

    Args:
        platform: The installation; it may be running.
        before: Keys from this time or later are not renewed.
        by: Who renews them; None is the system itself.

    Returns:
        How many organisations are left, before each of them.

    Raises:
        Conflict: Another renewal, or a move, is running.
        KeysUnavailable: The provider does not answer. Keys already renewed stay so.
    """
    with alone(platform):
        due, done = _due(platform, before), 0
        actor = by or SystemActor(INSTALLATION, CORE_NAME)
        note(platform, actor, "keys.renewal-begun", count=len(due))
        try:
            for organisation_id in due:
                yield len(due) - done
                with platform.database.transaction(organisation_id) as connection:
                    key_rows.wrap_anew(connection, platform.keys, wrapping(platform), all_rows=True)
                    if is_old(connection, organisation_id, before):
                        platform.vault.create_organisation_key(connection, organisation_id)
                platform.vault.forget()
                done += 1
        finally:
            kind = "keys.renewed" if done == len(due) else "keys.renewal-stopped"
            note(platform, actor, kind, count=done, left=len(due) - done)


@contextmanager
def alone(platform: Platform) -> Iterator[None]:
    """Hold the lock of renewals and moves; it is released if the process dies.

    Raises:
        Conflict: Another process holds it.
    """
    with platform.database.transaction(None) as connection:
        lock = func.pg_try_advisory_xact_lock(func.hashtextextended(_LOCK, 0))
        # The transaction is otherwise idle, for as long as all the others take.
        patience = func.set_config("idle_in_transaction_session_timeout", "0", True)
        if not connection.execute(select(lock, patience)).one()[0]:
            raise Conflict(_RUNNING)
        yield


def is_running(platform: Platform) -> bool:
    """Tell whether keys are being renewed or moved now."""
    with platform.database.transaction(None) as connection:
        lock = func.pg_try_advisory_xact_lock_shared(func.hashtextextended(_LOCK, 0))
        return not connection.execute(select(lock)).scalar_one()


def note(platform: Platform, actor: Actor, kind: str, **facts: str | int) -> None:
    """Write an entry of the installation's own event log: counts and names of providers, and nothing of a key."""
    with platform.work(actor) as work:
        audit.record(work, kind, None, **facts)


def wrapping(platform: Platform) -> Keys:
    """Return the provider that wraps keys now.

    Raises:
        KeeperUnknown: This process does not have it.
    """
    with platform.database.transaction(None) as connection:
        return platform.keys.of(keeper.current(connection) or platform.keys.name)


def everybody(platform: Platform) -> list[UUID]:
    """Return all organisations, and the installation with its own event log."""
    with platform.database.transaction(None) as connection:
        return [*connection.execute(select(organisations.c.id).order_by(organisations.c.id)).scalars(), INSTALLATION]


def _due(platform: Platform, before: datetime) -> list[UUID]:
    """Wrap the installation's key again, and return the organisations whose keys, or their copies, are old."""
    with platform.database.transaction(None) as connection:
        recovery.keep_installation_copy(connection, platform.vault.installation_key(), platform.keys.recovery)
        if installation_key.load(connection).wrapped is not None:
            key = platform.vault.installation_key()
            wrapped = key_rows.wrap_tried(wrapping(platform), key, installation_key.AAD)
            installation_key.replace(connection, wrapped)
    return [organisation_id for organisation_id in everybody(platform) if _is_due(platform, organisation_id, before)]


def _is_due(platform: Platform, organisation_id: UUID, before: datetime) -> bool:
    with platform.database.transaction(organisation_id) as connection:
        return is_old(connection, organisation_id, before) or recovery.is_behind(connection, platform.keys.recovery)


def is_old(connection: Connection, organisation_id: UUID, before: datetime) -> bool:
    """Tell whether an organisation's newest key is from before a time."""
    c = organisation_keys.c
    query = select(func.max(c.created_at)).where(c.organisation_id == organisation_id)
    newest = connection.execute(query).scalar_one()
    return newest is not None and newest < before
