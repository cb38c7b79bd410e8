"""The participant of the federation (`0203:...`) for each organisation of this installation."""

from uuid import UUID

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from budkavle import Actor, Conflict, Host, record
from budkavle.accounts import require_platform
from budkavle.storage import QueryFile, Statement
from budkavle_addressbook.tables import participants


class _Queries(QueryFile):
    find_participant: Statement


QUERIES = _Queries.load()


def participant(host: Host, organisation_id: UUID) -> str | None:
    """Return the organisation's participant identifier, or None if none is set."""
    with host.transaction(organisation_id) as connection:
        return of(connection, organisation_id)


def of(connection: Connection, organisation_id: UUID) -> str | None:
    """Return the same within a transaction of the organisation."""
    row = QUERIES.find_participant.one_or_none(connection, {"organisation": organisation_id})
    return None if row is None else str(row.participant)


def all_participants(host: Host) -> dict[str, UUID]:
    """Return every participant identifier of the installation, with its organisation."""
    with host.transaction(None) as connection:
        query = select("*").select_from(func.addressbook_all_participants())
        return {row.participant: row.organisation_id for row in connection.execute(query)}


def set_participant(host: Host, actor: Actor, value: str | None) -> None:
    """Set the participant of the actor's organisation. None removes it.

    Args:
        host: The plugin's host.
        actor: An administrator of the installation, or the system itself, acting for the organisation.
        value: The identifier as in the address book, opaque to us.

    Raises:
        Conflict: Another organisation has that participant.
    """
    require_platform(actor)
    organisation_id = actor.organisation_id
    try:
        with host.work(actor) as work:
            with host.tables(work) as connection:
                if value:
                    statement = upsert(participants).values(organisation_id=organisation_id, participant=value)
                    connection.execute(
                        statement.on_conflict_do_update(index_elements=["organisation_id"], set_={"participant": value})
                    )
                else:
                    connection.execute(delete(participants).where(participants.c.organisation_id == organisation_id))
            record(work, "addressbook.participant", organisation_id, participant=value or "")
    except IntegrityError as error:
        raise Conflict("En annan organisation är redan deltagaren {participant}.", participant=value) from error
