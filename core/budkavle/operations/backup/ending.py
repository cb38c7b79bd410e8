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
    """End sessions, those of guests, half-done sign-ins, invitations, recovery codes, and what plugins let in by.

    Then recall again.

    It does nothing where there is no quarantine, or where that has been done; who dies in between leaves it to the
    next process that starts, and so does a plugin that fails.

    Returns:
        Whether it was done now.
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
    """End at once what the core had let in by; returns whether `end_access` has more to do, which may take its time."""
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
    """Let plugins end what they had let in by; return those that have not, of those that are on."""
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
    """Return all organisations but those that are shut: they work in another installation, or are on their way."""
    query = select(organisations.c.id).where(organisations.c.state.not_in(SHUT))
    with platform.database.transaction(None) as connection:
        return connection.execute(query).scalars().all()


def _end(platform: Platform, organisation_id: UUID) -> None:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        for table in _OF_ORGANISATIONS:
            work.connection.execute(delete(table).where(table.c.organisation_id == organisation_id))
        # One that has been used since counts as unused in the backup.
        its = (identities.c.organisation_id == organisation_id, identities.c.provider == RECOVERY)
        work.connection.execute(delete(identities).where(*its))
        everybody = update(users).where(users.c.organisation_id == organisation_id)
        work.connection.execute(everybody.values(ended_at=func.now()))
        platform.database.notify(work.connection, {"o": organisation_id, "k": "access"})
