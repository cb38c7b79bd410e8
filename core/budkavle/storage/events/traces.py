"""Entries about what is done over and over: readings, and refused sign-ins, at most once a minute for each.

Source: ASVS 5.0, 16.2.1 and 16.3.1 to 16.3.3; the features ZS4.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from budkavle.model.people import INSTALLATION, Actor
from budkavle.storage import audit
from budkavle.storage.audit import Fact
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import traces

WITHIN = timedelta(minutes=1)
"""Who does the same thing again within this time gets no second entry."""


def record_once(
    work: Work,
    kind: str,
    thing: UUID,
    who: str,
    by: Actor | None = None,
    /,
    *,
    about: UUID | None = None,
    **details: Fact,
) -> None:
    """Append an entry to the event log, unless the same was done by the same within a minute.

    Args:
        work: The unit of work.
        kind: What happened, such as `case.file-opened`.
        thing: To what: an id.
        who: Who did it, as ids or words that say nothing of a person outside of here.
        by: Who did it, where it is not the work's actor.
        about: What the entry names in place of `thing`.
        details: More, in plain words and numbers.
    """
    values = {"organisation_id": work.organisation_id, "kind": kind, "thing": thing, "who": who, "at": func.now()}
    write = insert(traces).values(values)
    again = write.on_conflict_do_update(
        index_elements=["organisation_id", "kind", "thing", "who"],
        set_={"at": func.now()},
        where=traces.c.at < func.now() - WITHIN,
    )
    if work.connection.execute(again.returning(traces.c.at)).first():
        audit.record(work, kind, about or thing, by, **details)


def forget(platform: Platform) -> int:
    """Forget who did what lately, once it no longer decides anything; returns how many. Run it as a job."""
    return sum(_forget(platform, organisation_id) for organisation_id in _logs(platform))


def _logs(platform: Platform) -> list[UUID]:
    return [*(organisation.id for organisation in platform.organisations()), INSTALLATION]


def _forget(platform: Platform, organisation_id: UUID) -> int:
    with platform.database.transaction(organisation_id) as connection:
        old = traces.c.at < func.now() - WITHIN
        return connection.execute(delete(traces).where(traces.c.organisation_id == organisation_id, old)).rowcount
