"""Finding event log entries by time, person, kind, mailbox and thing, and the names of what they refer to.

Each query begins with an index that gives the latest entries first, so that a page costs the same at any size of the
log. If several values match, such as the kinds of a group, the latest entries of each are read and merged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Tuple, cast, func, literal, or_, select, true, tuple_, union
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, distinct_on
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from budkavle.storage.audit import Entry, parse_entry
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.paging import FIRST_PAGE, PAGE_SIZE, Place, RowPage
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import audit_heads, audit_log, cases, mailboxes, users

BATCH = 1_000
"""Entries that an export reads at once."""
LONGEST_NUMBER = 18
"""Digits of an entry's number."""
LOG = audit_log.c
_KEY = tuple_(LOG.at, LOG.number)


class _Queries(QueryFile):
    things_of: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which entries to find; None means no condition.

    Attributes:
        since: Entries at this time or later.
        until: Entries before this time.
        people: What these users did, and what was done to them.
        kinds: Such as `user.signed-in`.
        mailboxes: What happened in these mailboxes.
        things: What happened to these: ids of cases, messages, deliveries or others.
        session, address: What was done in a session, or from a network address, whose mark begins with this. No index
            contains them: `since` and `until` should be near each other.
    """

    since: datetime | None = None
    until: datetime | None = None
    people: Sequence[UUID] | None = None
    kinds: Sequence[str] | None = None
    mailboxes: Sequence[UUID] | None = None
    things: Sequence[str] | None = None
    session: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is stored.

    Attributes:
        entry: Its canonical JSON.
        hash: Its hash in the chain, see `budkavle.storage.audit`.
    """

    number: int
    at: datetime
    entry: str
    hash: bytes


def find_entries(work: Work, wanted: EventFilter, place: Place = FIRST_PAGE, limit: int = PAGE_SIZE) -> RowPage:
    """Return one page of the organisation's log, the latest first; its rows are for `parse_entry`.

    It checks no permissions: only administrators may see them.

    Args:
        work: In the organisation of the log.
        wanted: Which entries.
        place: Where the page begins, by entry numbers.
        limit: The most to return.
    """
    chain_log(work.platform.database, work.organisation_id)
    backwards = not place.after and bool(place.before)
    mark = _mark(work, place.after or place.before)
    if mark is not None:
        beside = mark < _KEY if backwards else mark > _KEY
        rows = _read(work, wanted, [beside], limit + 1, rising=backwards)
        more = len(rows) > limit
        if rows and not backwards:
            return RowPage(rows[:limit], place, more_before=True, more_after=more)
        if rows:
            position = max(place.position, 2) if more else 1
            begin = Place(before=place.before, position=position)
            return RowPage(rows[:limit][::-1], begin, more_before=more, more_after=True)
    rows = _read(work, wanted, [], limit + 1)
    return RowPage(rows[:limit], FIRST_PAGE, more_before=False, more_after=len(rows) > limit)


def walk_entries(platform: Platform, organisation_id: UUID, wanted: EventFilter) -> Iterator[StoredEntry]:
    """Yield all entries that are in the log now, the latest first, reading a thousand at a time; for an export.

    It holds no transaction between batches, and checks no permissions: only administrators may see them.

    Args:
        platform: The installation.
        organisation_id: The organisation of the log.
        wanted: Which entries.
    """
    chain_log(platform.database, organisation_id)
    with platform.database.transaction(organisation_id) as connection:
        last = connection.execute(select(audit_heads.c.number)).scalar_one_or_none() or 0
    conditions: list[ColumnElement[bool]] = [LOG.number <= last]
    while True:
        with platform.database.transaction(organisation_id) as connection:
            rows = connection.execute(_query(organisation_id, wanted, conditions, BATCH)).all()
        yield from (StoredEntry(row.number, row.at, row.entry, row.hash) for row in rows)
        if len(rows) < BATCH:
            return
        end = rows[-1]
        conditions = [LOG.number <= last, tuple_(literal(end.at), literal(end.number)) > _KEY]


def related_things(work: Work, thing: UUID) -> list[str]:
    """Return the id of something and, if it is a case or a message, of its messages and deliveries.

    Args:
        work: In the organisation that it belongs to.
        thing: Its id.
    """
    values = {"organisation": work.organisation_id, "thing": thing}
    return [str(thing), *(str(row.id) for row in QUERIES.things_of.all(work.connection, values))]


def names_in(work: Work, entries: Sequence[Entry]) -> dict[str, str]:
    """Return the names of users and mailboxes and the numbers of cases in some entries, by id.

    If something has been removed, the name is the one in the entry itself.
    """
    named = {entry.thing: str(entry.facts["name"]) for entry in entries if entry.thing and "name" in entry.facts}
    ids = [
        UUID(value)
        for entry in entries
        for value in (entry.thing, str(entry.facts.get("user", "")))
        if value and _is_uuid(value)
    ]
    tables = ((users, users.c.name), (mailboxes, mailboxes.c.name), (cases, cases.c.number.label("name")))
    query = union(
        *(
            select(table.c.id, name).where(table.c.organisation_id == work.organisation_id, table.c.id.in_(ids))
            for table, name in tables
        )
    )
    return named | {str(row.id): row.name for row in work.connection.execute(query) if ids}


def actors_in(work: Work, limit: int = 100) -> dict[str, str]:
    """Return the users with entries in the log, by their ids, with their latest names.

    For a short log, such as the installation's own: it reads all of it.

    Args:
        work: In the organisation of the log.
        limit: The most to return.
    """
    latest = select(LOG.actor_id, LOG.number, LOG.entry).ext(distinct_on(LOG.actor_id))
    latest = latest.where(LOG.organisation_id == work.organisation_id, LOG.actor_id.is_not(None))
    rows = work.connection.execute(latest.order_by(LOG.actor_id, LOG.number.desc()).limit(limit))
    return {str(row.actor_id): parse_entry(row.number, row.entry).actor for row in rows}


def _mark(work: Work, number: str) -> Tuple | None:
    """Return an entry's position in the list: the list is ordered by time, and by number for equal times."""
    if not number.isdecimal() or len(number) > LONGEST_NUMBER:
        return None
    query = select(LOG.at, LOG.number).where(LOG.organisation_id == work.organisation_id, LOG.number == int(number))
    row = work.connection.execute(query).one_or_none()
    return tuple_(literal(row.at), literal(row.number)) if row else None


def _read(
    work: Work, wanted: EventFilter, conditions: Sequence[ColumnElement[bool]], limit: int, *, rising: bool = False
) -> list[RowMapping]:
    query = _query(work.organisation_id, wanted, conditions, limit, rising=rising)
    return list(work.connection.execute(query).mappings())


def _query(
    organisation_id: UUID,
    wanted: EventFilter,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    rising: bool = False,
) -> Any:
    """Return the query, beginning with the most selective index."""
    ways = _ways(wanted)
    leading, rest = (ways[0], ways[1:]) if ways else ([], [])
    conditions = [*conditions, LOG.organisation_id == organisation_id]
    conditions += [LOG.at >= wanted.since] if wanted.since else []
    conditions += [LOG.at < wanted.until] if wanted.until else []
    conditions += [or_(*(column.in_(values) for column, values in way)) for way in rest]
    conditions += [*_marked("session", wanted.session), *_marked("network_address", wanted.address)]
    query = select(LOG.number, LOG.at, LOG.entry, LOG.hash).where(*conditions)
    if not leading:
        return query.order_by(*_order(LOG, rising=rising)).limit(limit)
    branches: list[Any] = []
    for column, values in leading:
        each = func.unnest(literal(list(values), ARRAY(column.type))).table_valued("value").render_derived()
        latest = query.where(column == each.c.value).order_by(*_order(LOG, rising=rising))
        own: Any = latest.limit(limit).lateral()
        branches.append(select(own).select_from(each.join(own, true())))
    together: Any = branches[0] if len(branches) == 1 else branches[0].union(*branches[1:])
    merged = together.subquery().c
    whole = select(merged.number, merged.at, merged.entry, merged.hash)
    return whole.order_by(*_order(merged, rising=rising)).limit(limit)


def _order(columns: ReadOnlyColumnCollection[str, Any], *, rising: bool) -> list[ColumnElement[Any]]:
    return [column.asc() if rising else column.desc() for column in (columns.at, columns.number)]


_Way = list[tuple[ColumnElement[object], Sequence[object]]]


def _ways(wanted: EventFilter) -> list[_Way]:
    """Return conditions on indexed columns, the most selective first; in each, one of its columns must match."""
    ways: list[_Way] = []
    if wanted.things is not None:
        ways.append([(LOG.thing, wanted.things)])
    if wanted.people is not None:
        people = wanted.people
        things = [str(person) for person in people]
        ways.append([(LOG.actor_id, people), (LOG.user_id, people), (LOG.thing, things)])
    if wanted.mailboxes is not None:
        ways.append([(LOG.mailbox_id, wanted.mailboxes)])
    if wanted.kinds is not None:
        ways.append([(LOG.kind, wanted.kinds)])
    return ways


def _marked(name: str, mark: str) -> list[ColumnElement[bool]]:
    """Return the conditions for a mark of the actor; entries without its text are not parsed as JSON."""
    actor = cast(LOG.entry, JSONB)["actor"]
    return [LOG.entry.contains(f'"{mark}'), actor[name].astext.startswith(mark)] if mark else []


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
