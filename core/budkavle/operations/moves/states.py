"""The state of an organisation that is being moved, in both installations. It decides where the organisation works.

    here      there       a command that begins now
    active    –           begins
    active    arriving    continues copying
    leaving   arriving    continues
    moving    arriving    continues
    moved     arriving    lets it work there
    moved     active      is done

It works there only once `moved` is stored here, and here again only once the row there is deleted.
"""

from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from sqlalchemy import select

from budkavle.accounts.organisations import change_state
from budkavle.model.errors import Conflict
from budkavle.model.states import OrganisationState
from budkavle.operations.moves.sides import Side
from budkavle.storage.outside import departures
from budkavle.storage.platform import Work
from budkavle.storage.tables import organisations

_TAKEN = "Det korta namnet {slug} finns redan i den andra installationen. Organisationen kan inte flyttas dit."
_ELSEWHERE = "Organisationen har flyttat till {address}. Ange inställningarna för den installationen med --to."
_CHANGED = "Organisationens status ändrades av någon annan under tiden. Kör kommandot igen."


def state_of(side: Side, organisation_id: UUID) -> OrganisationState | None:
    """Return the state of the organisation; None if it is unknown."""
    row = side.raw.execute("SELECT state FROM organisations WHERE id = %s", [organisation_id]).fetchone()
    return None if row is None else OrganisationState(row[0])


def since(side: Side, organisation_id: UUID) -> datetime:
    """Return when the organisation, which must exist there, got its state."""
    query = select(organisations.c.state_at).where(organisations.c.id == organisation_id)
    at: datetime = side.connection.execute(query).scalar_one()
    return at


def require_destination(here: Side, there: Side, organisation_id: UUID) -> None:
    """Refuse if the organisation has moved to a different installation.

    Raises:
        Conflict: It has, so it works in that one, or is about to.
    """
    query = "SELECT moved_to FROM organisations WHERE id = %s AND state = 'moved'"
    row = here.raw.execute(query, [organisation_id]).fetchone()
    if row is not None and row[0] != there.platform.settings.base_url:
        raise Conflict(_ELSEWHERE, address=row[0])


def change(
    side: Side, organisation_id: UUID, old: OrganisationState, new: OrganisationState, moved_to: str | None = None
) -> None:
    """Change the state, durably.

    Args:
        side: The installation.
        organisation_id: The organisation.
        old: The expected state.
        new: The new state.
        moved_to: The address where it works from now on.

    Raises:
        Conflict: It has another state.
    """
    if not change_state(side.connection, organisation_id, old, new, moved_to=moved_to):
        raise Conflict(_CHANGED)


def arrive(work: Work, there: Side) -> None:
    """Let the organisation work there, within the unit of work that logs it.

    That unit of work has a separate connection, so this one, which holds the command's lock, must still be open.

    Raises:
        Conflict: It already works there, or the lock has been lost.
    """
    row = there.raw.execute("SELECT pg_backend_pid()").fetchone()
    arriving, active = OrganisationState.ARRIVING, OrganisationState.ACTIVE
    if row is None or not change_state(work.connection, work.organisation_id, arriving, active, holder=row[0]):
        raise Conflict(_CHANGED)
    departures.forget(work.connection, work.organisation_id)


def announce(here: Side, there: Side, organisation_id: UUID) -> None:
    """Write or update the organisation's own row there, as one that is arriving.

    Raises:
        Conflict: Another organisation there has the short name.
    """
    query = "SELECT slug, name, settings, created_at FROM organisations WHERE id = %s"
    row = here.raw.execute(query, [organisation_id]).fetchone()
    if row is None:
        raise Conflict(_CHANGED)
    slug, name, settings, created_at = row
    statement = (
        "INSERT INTO organisations AS o (id, slug, name, settings, state, state_at, created_at)"
        " VALUES (%s, %s, %s, %s, 'arriving', now(), %s)"
        " ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, settings = excluded.settings"
        " WHERE o.state = 'arriving'"
    )
    try:
        there.raw.execute(statement, [organisation_id, slug, name, Jsonb(settings), created_at])
    except UniqueViolation as error:
        raise Conflict(_TAKEN, slug=slug) from error


def withdraw(there: Side, organisation_id: UUID) -> None:
    """Delete the organisation's own row there, so that it can no longer begin to work there.

    Raises:
        Conflict: It works there already.
    """
    statement = "DELETE FROM organisations WHERE id = %s AND state = 'arriving'"
    there.raw.execute(statement, [organisation_id])
    if state_of(there, organisation_id) is not None:
        raise Conflict("Organisationen arbetar redan i den andra installationen, så den kan inte gå tillbaka.")


def work_again(here: Side, organisation_id: UUID, *, even_moved: bool = False) -> None:
    """Let the organisation work here again, if it was leaving.

    Args:
        here: The installation where it worked.
        organisation_id: The organisation.
        even_moved: Also if it had moved; it must no longer be able to begin at the destination.
    """
    moved = [OrganisationState.MOVED] if even_moved else []
    now = state_of(here, organisation_id)
    for state in (OrganisationState.LEAVING, OrganisationState.MOVING, *moved):
        if now is state:
            change(here, organisation_id, state, OrganisationState.ACTIVE)
