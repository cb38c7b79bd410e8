"""Legal hold: a file saved from a case is kept as long as anyone holds the case back."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, or_, select

from budkavle import ActorScope, Host, Work
from budkavle.operations import Destroyed, would_hold
from budkavle_files.tables import origins

REASON = "files.destroyed"


def held_entries(host: Host, work: Work, entry_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some entries whose case is held back, by a legal hold or by a plugin.

    Plugins are asked as for a destruction of the case itself: one that does not answer holds it back.

    Args:
        host: The plugin's host.
        work: In the entries' organisation.
        entry_ids: The entries to be destroyed.
    """
    query = select(origins.c.entry_id, origins.c.case_id).where(
        origins.c.organisation_id == work.organisation_id, origins.c.entry_id.in_(list(entry_ids))
    )
    with host.tables(work) as connection:
        cases = {row.entry_id: row.case_id for row in connection.execute(query)}
    if not cases:
        return set()
    scopes = (ActorScope.ADMINISTER, ActorScope.READ, ActorScope.RESTRICTED)
    with host.work(host.system(work.organisation_id, *scopes)) as asking:
        held_cases = {case.case_id for case in would_hold(asking, REASON, case_ids=set(cases.values()))}
    return {entry_id for entry_id, case_id in cases.items() if case_id in held_cases}


def forget_origins(host: Host, destroyed: Destroyed) -> None:
    """Delete which destroyed cases and messages files were saved from.

    The files are kept: they are copies that belong to their catalogue, and the case no longer holds them back.
    """
    from_them = or_(origins.c.case_id.in_(destroyed.case_ids), origins.c.message_id.in_(destroyed.message_ids))
    with host.transaction(destroyed.organisation_id) as connection:
        connection.execute(delete(origins).where(origins.c.organisation_id == destroyed.organisation_id, from_them))
