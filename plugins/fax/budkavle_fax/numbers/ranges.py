"""Number ranges: the installation gives them to organisations, so that nobody can take another's numbers."""

from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from budkavle import Actor, Conflict, Host, Invalid, Sentence, Work, record
from budkavle.accounts import require_platform
from budkavle_fax.numbers.formats import e164
from budkavle_fax.tables import lines, ranges

MOST = 100_000
"""Numbers in one range; more is probably a mistake."""
OTHERS = "Något av numren är redan en annan organisations, eller hör till en annan serie."
ORDER = "Sista numret ska ha lika många siffror som det första och komma efter det, högst {most} nummer bort."
NOT_GIVEN = "Ingen serie börjar med det numret. Se organisationens nummer med budkavle fax numbers."


def of(host: Host, organisation_id: UUID) -> list[tuple[str, str]]:
    """Return the organisation's ranges of numbers: the first and the last of each, E.164."""
    query = select(ranges).where(ranges.c.organisation_id == organisation_id).order_by(ranges.c.first)
    with host.transaction(organisation_id) as connection:
        return [(f"+{row.first}", f"+{row.last}") for row in connection.execute(query)]


def organisation_of(host: Host, number: str) -> UUID | None:
    """Return the organisation of a number, linked or not; None if it has none."""
    with host.transaction(None) as connection:
        query = text("SELECT organisation_id FROM fax_given(:number)")
        organisation_id: UUID | None = connection.execute(query, {"number": number}).scalar_one_or_none()
    return organisation_id


def has(connection: Connection, organisation_id: UUID, number: str) -> bool:
    """Tell whether a number belongs to the organisation."""
    digits = int(number[1:])
    mine = (ranges.c.organisation_id == organisation_id, ranges.c.first <= digits, ranges.c.last >= digits)
    return connection.execute(select(ranges.c.first).where(*mine)).first() is not None


def give(host: Host, actor: Actor, first: str, last: str = "") -> tuple[str, str]:
    """Give the actor's organisation a number, or a range of numbers; return the first and last as E.164.

    Args:
        host: The plugin's host.
        actor: An administrator of the installation, or the system itself, acting in the organisation.
        first: The number, as people write it.
        last: The last number of a range; empty for a single number.

    Raises:
        Forbidden: The actor does not administer the installation.
        Invalid: They are not numbers, or not a range; `fields` are `first` and `last`.
        Conflict: Another organisation has one of them.
    """
    require_platform(actor)
    begin = _number("first", first)
    other = _number("last", last) if last.strip() else begin
    if len(other) != len(begin) or not 0 <= int(other) - int(begin) < MOST:
        raise Invalid(ORDER, fields={"last": Sentence(ORDER, most=MOST)}, most=MOST)
    try:
        with host.work(actor) as work:
            keep(host, work, begin, other)
    except IntegrityError as error:
        raise Conflict(OTHERS) from error
    return begin, other


def keep(host: Host, work: Work, first: str, last: str) -> None:
    """Store a range for the actor's organisation; its ranges within that one are merged into it.

    Raises:
        IntegrityError: Another organisation has one of the numbers.
    """
    bounds = {"first": int(first[1:]), "last": int(last[1:])}
    within = (ranges.c.first >= bounds["first"], ranges.c.last <= bounds["last"])
    with host.tables(work) as connection:
        connection.execute(delete(ranges).where(ranges.c.organisation_id == work.organisation_id, *within))
        connection.execute(insert(ranges).values(organisation_id=work.organisation_id, **bounds))
    record(work, "fax.numbers-given", work.organisation_id, first=first, last=last)


def take_back(host: Host, actor: Actor, first: str) -> list[str]:
    """Take back a range from the actor's organisation, with its links; return the numbers that were linked.

    Args:
        host: The plugin's host.
        actor: An administrator of the installation, or the system itself, acting in the organisation.
        first: The first number of the range.

    Raises:
        Forbidden: The actor does not administer the installation.
        Invalid: The organisation has no range that begins with it.
    """
    require_platform(actor)
    digits, organisation_id = int(_number("first", first)), actor.organisation_id
    with host.work(actor) as work:
        that = (ranges.c.organisation_id == organisation_id, ranges.c.first == digits)
        with host.tables(work) as connection:
            last = connection.execute(delete(ranges).where(*that).returning(ranges.c.last)).scalar_one_or_none()
        if last is None:
            raise Invalid(NOT_GIVEN, fields={"first": NOT_GIVEN})
        with host.tables(work) as connection:
            linked = connection.execute(select(lines).where(lines.c.organisation_id == organisation_id)).all()
        gone = [row for row in linked if digits <= int(row.number[1:]) <= last]
        with host.tables(work) as connection:
            connection.execute(delete(lines).where(lines.c.number.in_([row.number for row in gone])))
        for row in gone:
            record(work, "fax.number-unlinked", row.mailbox_id, number=row.number)
        record(work, "fax.numbers-taken-back", organisation_id, first=f"+{digits}", last=f"+{last}")
    return sorted(row.number for row in gone)


def _number(field: str, typed: str) -> str:
    try:
        return e164(typed)
    except Invalid as error:
        raise Invalid(str(error), fields={field: str(error)}) from error
