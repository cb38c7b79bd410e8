"""The sealed accounts in Teams of people who allow notices there, and the result of the last notice to each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Host, Work, record
from budkavle.operations import Destroyed
from budkavle_teams.tables import people

NOT_INSTALLED, NO_CONSENT, DENIED, REFUSED = "not-installed", "no-consent", "denied", "refused"
"""Why the last notice to somebody failed."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person whose account in Teams is known.

    Attributes:
        subject: The account's id across tenants, `TENANT.OBJECT-ID`.
        fault: Why the last notice failed; empty if it did not, or if none has been sent.
    """

    user_id: UUID
    subject: str
    fault: str
    fault_at: datetime | None
    told_at: datetime | None


def find_recipient(host: Host, work: Work, user_id: UUID) -> Recipient | None:
    """Return a person's account in Teams; None if it is unknown."""
    query = select(people).where(*_person(work, user_id))
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    subject = work.vault.open_small(work.organisation_id, _label(user_id), row.sealed, work.connection).decode()
    return Recipient(user_id, subject, row.fault, row.fault_at, row.told_at)


def is_recipient(host: Host, work: Work, user_id: UUID) -> bool:
    """Tell whether a person's account in Teams is known."""
    query = select(people.c.user_id).where(*_person(work, user_id))
    with host.tables(work) as connection:
        return connection.execute(query).first() is not None


def keep_recipient(host: Host, work: Work, user_id: UUID, subject: str) -> None:
    """Store a person's account in Teams, replacing an earlier one and its results."""
    sealed = work.vault.seal_small(work.organisation_id, _label(user_id), subject.encode(), work.connection)
    row = {"sealed": sealed, "fault": "", "fault_at": None, "told_at": None}
    write = upsert(people).values(organisation_id=work.organisation_id, user_id=user_id, **row)
    with host.tables(work) as connection:
        connection.execute(write.on_conflict_do_update(index_elements=["organisation_id", "user_id"], set_=row))
    record(work, "teams.notices-on", user_id)


def forget_recipient(host: Host, work: Work, user_id: UUID) -> None:
    """Delete a person's account in Teams."""
    with host.tables(work) as connection:
        connection.execute(delete(people).where(*_person(work, user_id)))
    record(work, "teams.notices-off", user_id)


def forget_closed(host: Host, destroyed: Destroyed) -> None:
    """Delete the accounts in Teams of people whose closed accounts no longer hold any data."""
    theirs = (people.c.organisation_id == destroyed.organisation_id, people.c.user_id.in_(destroyed.user_ids))
    with host.transaction(destroyed.organisation_id) as connection:
        connection.execute(delete(people).where(*theirs))


def note_told(host: Host, work: Work, user_id: UUID) -> None:
    """Record that a notice was delivered."""
    _note(host, work, user_id, fault="", fault_at=None, told_at=datetime.now(UTC))


def note_fault(host: Host, work: Work, user_id: UUID, fault: str) -> None:
    """Record why a notice failed."""
    _note(host, work, user_id, fault=fault, fault_at=datetime.now(UTC))


def count_faults(host: Host, organisation_id: UUID) -> dict[str, int]:
    """Return the number of people whose last notice failed, by reason."""
    number = func.count().label("number")
    here = (people.c.organisation_id == organisation_id, people.c.fault != "")
    with host.transaction(organisation_id) as connection:
        rows = connection.execute(select(people.c.fault, number).where(*here).group_by(people.c.fault)).all()
    return {row.fault: row.number for row in rows}


def _note(host: Host, work: Work, user_id: UUID, **values: object) -> None:
    with host.tables(work) as connection:
        connection.execute(update(people).where(*_person(work, user_id)).values(values))


def _person(work: Work, user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return people.c.organisation_id == work.organisation_id, people.c.user_id == user_id


def _label(user_id: UUID) -> str:
    return f"teams-account:{user_id}"
