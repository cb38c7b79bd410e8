"""Ending all sessions and keys of a backup: a restored database accepts no access from before the restore."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Table, delete, func, select, update

from budkavle.identification.second_factor import RECOVERY
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.states import SHUT
from budkavle.operations.backup.recalls import recall_again
from budkavle.storage.outside import quarantine
from budkavle.storage.outside.quarantine import Quarantine
from budkavle.storage.platform import Platform
from budkavle.storage.tables import flows, guest_sessions, identities, invitations, organisations, sessions, users

HOOK = "budkavle_end_access"
_OF_ORGANISATIONS: tuple[Table, ...] = (sessions, guest_sessions, invitations)


def end_access(platform: Platform) -> bool:
    """End users' and guests' sessions, unfinished sign-ins, invitations, recovery codes, and access granted by plugins.

    Then repeat recalls.

    It does nothing if there is no quarantine, or if this is already done. If a process dies in between, or a plugin
    fails, the next process that starts continues.

    Returns:
        Whether there was something to do.
    """
    note = _end_sign_ins(platform)
    if note is None or not _has_more(note):
        return False
    left = _end_of_plugins(platform, note.left)
    if left != note.left:
        note = replace(note, left=left)
        quarantine.change(platform.database, note)
    if not note.is_recalled:
        recall_again(platform)
        quarantine.change(platform.database, replace(note, is_recalled=True))
    return True


def end_sign_ins(platform: Platform) -> bool:
    """End at once the access granted by the core; returns whether `end_access` has more to do, which may be slow."""
    note = _end_sign_ins(platform)
    return note is not None and _has_more(note)


def _end_sign_ins(platform: Platform) -> Quarantine | None:
    note = quarantine.find(platform.database)
    if note is None or note.is_ended:
        return note
    _end_of_core(platform)
    note = replace(note, is_ended=True, left=platform.plugins.implementing(HOOK))
    quarantine.change(platform.database, note)
    return note


def _has_more(note: Quarantine) -> bool:
    return bool(note.left) or not note.is_recalled


def _end_of_plugins(platform: Platform, names: Sequence[str]) -> list[str]:
    """Let plugins end the access they granted; return the active ones that have not done it."""
    left, failed = set(names) & set(platform.plugins.implementing(HOOK)), set[str]()
    for organisation_id in _all(platform) if left else ():
        for answer in platform.plugins.ask_each(HOOK, sorted(left), organisation_id=organisation_id):
            failed |= {answer.plugin} if isinstance(answer.thing, Exception) else set()
    return sorted(left & failed)


def _end_of_core(platform: Platform) -> None:
    with platform.database.transaction(None) as connection:
        connection.execute(delete(flows))
    for organisation_id in _all(platform):
        _end(platform, organisation_id)


def _all(platform: Platform) -> Sequence[UUID]:
    """Return all organisations except closed ones: these work in another installation, or are being moved."""
    query = select(organisations.c.id).where(organisations.c.state.not_in(SHUT))
    with platform.database.transaction(None) as connection:
        return connection.execute(query).scalars().all()


def _end(platform: Platform, organisation_id: UUID) -> None:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        for table in _OF_ORGANISATIONS:
            work.connection.execute(delete(table).where(table.c.organisation_id == organisation_id))
        # A code that has been used since the backup is still unused in it.
        its = (identities.c.organisation_id == organisation_id, identities.c.provider == RECOVERY)
        work.connection.execute(delete(identities).where(*its))
        everybody = update(users).where(users.c.organisation_id == organisation_id)
        work.connection.execute(everybody.values(ended_at=func.now()))
        platform.database.notify(work.connection, {"o": organisation_id, "k": "access"})
