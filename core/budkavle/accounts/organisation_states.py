"""The state of an organisation, which changes here alone."""

from uuid import UUID

from sqlalchemy import Connection, func, text, update

from budkavle.model.states import ORGANISATION, OrganisationState, may_follow
from budkavle.storage.tables import organisations

_HOLDS_LOCK = "EXISTS (SELECT FROM pg_locks WHERE pid = :holder AND locktype = 'advisory' AND mode = 'ExclusiveLock')"


def change_state(
    connection: Connection,
    organisation_id: UUID,
    old: OrganisationState,
    new: OrganisationState,
    *,
    moved_to: str | None = None,
    holder: int | None = None,
) -> bool:
    """Change the state; tells whether it was the old one.

    Args:
        connection: In a transaction, or one that commits by itself.
        organisation_id: Whose.
        old: What it must be.
        new: What it becomes; one of those that may follow.
        moved_to: The address of the installation where it works from now on.
        holder: The server process of a connection that must still hold its advisory lock; None asks for none.
    """
    if not may_follow(ORGANISATION, old, new):
        raise AssertionError(f"an organisation that is {old} does not become {new}")
    values = {"state": new.value, "state_at": func.now(), "moved_to": moved_to}
    change = update(organisations).where(organisations.c.id == organisation_id, organisations.c.state == old.value)
    if holder is not None:
        change = change.where(text(_HOLDS_LOCK).bindparams(holder=holder))
    return bool(connection.execute(change.values(**values)).rowcount)
