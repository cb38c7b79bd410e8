"""Copies what differs between two installations, table by table, until nothing differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.sql import SQL, Composed, Identifier

from budkavle.model.errors import Conflict, Damaged
from budkavle.operations.moves import comparing
from budkavle.operations.moves.comparing import names
from budkavle.operations.moves.settled import Settled, Totals
from budkavle.operations.moves.sides import Side
from budkavle.operations.moves.tables import PENDING, OwnedTable, all_tables, moved_tables

Unsettled: TypeAlias = Mapping[OwnedTable, list[int] | None]
"""Tables that must be compared, each with its buckets in question; None means all of them."""
PASSES: Final = 5
"""How many passes at most: triggers write into other tables, which the next pass corrects."""
FEW: Final = 500
"""If a round copies at most this many rows, it is the last one while the organisation works."""
_DIFFERENT = (
    "Raderna i tabellen {table} blev inte desamma i den andra installationen. Något där har kanske redan samma nummer"
    " eller adress. Organisationen har inte flyttats."
)
_TAKEN = (
    "Något i tabellen {table} finns redan hos en annan organisation i den andra installationen, till exempel en adress"
    " eller ett nummer. Ändra eller ta bort det i en av dem, och försök igen."
)
_CHANGES: Final = """
SELECT relname::text, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""
"""Written rows, including those by triggers; the server may still count transactions of the last second."""
_SEQUENCES: Final = """
SELECT sequencename::text, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND pg_has_role(sequenceowner, 'USAGE')
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """The result of one copying step.

    Attributes:
        rows: How many rows.
        touched: Names of other tables that triggers at the destination have written to.
    """

    rows: int
    touched: frozenset[str]


def copy_round(here: Side, there: Side, settled: Settled) -> int:
    """Copy what differs, all from one snapshot; return how many rows were copied."""
    count, touched = 0, set[str]()
    with here.snapshot():
        settled.begin(here.raw)
        tables = waiting = moved_tables(here.raw, last=False)
        for _ in range(PASSES):
            touched = set()
            for table in waiting:
                copied = _settle(here, there, settled, table)
                count += copied.rows
                touched |= copied.touched
            waiting = [table for table in tables if table.name in touched]
    settled.forget(touched)
    return count


def _settle(here: Side, there: Side, settled: Settled, table: OwnedTable) -> Copied:
    """Copy what differs in a table, and note which buckets are then the same."""
    where, copied = comparing.rows_of(table, settled.organisation_id), Copied(0, frozenset())
    ours, theirs = comparing.sums_of_both(here, there, table, where)
    buckets = comparing.differing(ours, theirs)
    if buckets:
        copied = _copy(here, there, table, settled.organisation_id, buckets if theirs else None)
    if buckets and (theirs or copied.rows <= FEW):  # otherwise another round follows
        where = comparing.rows_of(table, settled.organisation_id, buckets)
        buckets = comparing.differing(*comparing.sums_of_both(here, there, table, where))
    settled.note(here.raw, table, buckets)
    return copied


def copy_last(here: Side, there: Side, settled: Settled) -> dict[str, int]:
    """Copy until nothing differs, now that nothing changes any more; return how many rows each table has.

    Rows written since the last round are copied. Tables are compared if something was deleted since, or if no round has
    found them the same; the total number of rows is always compared. Event log entries without a number come last.

    Raises:
        Damaged: A table still differs.
    """
    with here.snapshot():  # the chainer may still number entries of the log
        tables = moved_tables(here.raw, last=False)
        totals = settled.totals(here.raw, moved_tables(here.raw, last=True))
        unsettled = _copy_newer(here, there, settled, {table: totals[table] for table in tables})
        counts = {table: sum(total) for table, total in totals.items()}
        for _ in range(PASSES):
            unsettled = _copy_unsettled(here, there, settled.organisation_id, unsettled)
            if not unsettled:
                theirs = settled.totals(there.raw, tables)
                others = [table for table in tables if counts[table] != sum(theirs[table])]
                unsettled = {table: settled.unsettled(here.raw, table) or None for table in others}
                settled.forget(table.name for table in others)
            if not unsettled:
                _advance_sequences(here, there)
                _number_entries(here, there, settled.organisation_id)
                return {table.name: count for table, count in counts.items()}
    raise Damaged(_DIFFERENT, table=next(iter(unsettled)).name)


def _copy_newer(here: Side, there: Side, settled: Settled, totals: Mapping[OwnedTable, Totals]) -> Unsettled:
    """Copy what was written since the last round; return the tables that must still be compared."""
    unsettled: dict[OwnedTable, list[int] | None] = {}
    touched = set[str]()
    for table, total in totals.items():
        if not settled.is_known(table):
            unsettled[table] = settled.unsettled(here.raw, table)
        elif settled.has_changed(table, total):
            try:
                touched |= _copy_rows(here, there, table, settled.organisation_id, settled.newer_rows(table)).touched
            except Conflict:  # perhaps with a row that has been deleted here
                unsettled[table] = settled.unsettled(here.raw, table)
    return unsettled | {table: None for table in totals if table.name in touched}


def _copy_unsettled(here: Side, there: Side, organisation_id: UUID, unsettled: Unsettled) -> Unsettled:
    """Copy what differs in these tables; return those that must be compared again."""
    again: dict[OwnedTable, list[int] | None] = {}
    touched = set[str]()
    for table, buckets in unsettled.items():
        where = comparing.rows_of(table, organisation_id, buckets)
        ours, theirs = comparing.sums_of_both(here, there, table, where)
        if unequal := comparing.differing(ours, theirs):
            touched |= _copy(here, there, table, organisation_id, unequal).touched
            again[table] = unequal
    if touched:
        again |= {table: None for table in moved_tables(here.raw, last=False) if table.name in touched}
    return again


def _number_entries(here: Side, there: Side, organisation_id: UUID) -> None:
    """Copy the event log entries without a number and number them at the destination, in one transaction.

    A worker there looks for such entries several times a second, and would otherwise number them during the copy.
    """
    (pending,) = (table for table in moved_tables(here.raw, last=True) if table.name == PENDING)
    with there.writing(organisation_id):
        there.raw.execute("DELETE FROM audit_pending WHERE organisation_id = %s", [organisation_id])
        copied = _copy(here, there, pending, organisation_id, None)
        numbered = there.raw.execute("SELECT audit_chain(%s, 2000000000, true)", [organisation_id]).fetchone()
        if numbered != (copied.rows,):
            raise Damaged(_DIFFERENT, table=PENDING)


def _copy(here: Side, there: Side, table: OwnedTable, organisation_id: UUID, buckets: Sequence[int] | None) -> Copied:
    """Replace the destination's rows in these buckets; None means all, where the destination has none yet."""
    where = comparing.rows_of(table, organisation_id, buckets)
    return _copy_rows(here, there, table, organisation_id, where, instead=buckets is not None)


def _copy_rows(
    here: Side, there: Side, table: OwnedTable, organisation_id: UUID, where: Composed, *, instead: bool = False
) -> Copied:
    """Copy rows of a table; with `instead`, others that meet the same condition over there are deleted.

    Raises:
        Conflict: Another row over there has something that may be there once.
    """
    columns, name = names(table.columns), Identifier(table.name)
    with there.writing(organisation_id):
        before = dict(there.raw.execute(_CHANGES).fetchall())
        there.raw.execute(
            SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(columns, name)
        )
        query = SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT").format(columns, name, where)
        count = _stream(here.raw, there.raw, query)
        written = there.raw.execute(_delete(table, where)).rowcount if instead else 0
        try:
            inserted = there.raw.execute(_insert(table)).rowcount
        except UniqueViolation as error:
            raise Conflict(_TAKEN, table=table.name) from error
        if inserted != count and _changed(table):  # rows were skipped, because another organisation has their key
            raise Conflict(_TAKEN, table=table.name)
        written += inserted
        now = dict(there.raw.execute(_CHANGES).fetchall())
    changes = {name: count - before.get(name, 0) for name, count in now.items() if count != before.get(name, 0)}
    if changes.pop(table.name, 0) != written:  # more of its rows have changed; or the server does not count
        changes = dict.fromkeys(each.name for each in all_tables(there.raw))
    return Copied(count, frozenset(changes))


def _stream(source: "psycopg.Connection[Any]", target: "psycopg.Connection[Any]", query: Composed) -> int:
    with source.cursor() as reader, target.cursor() as writer:
        with reader.copy(query) as pieces, writer.copy("COPY incoming FROM STDIN") as copy:
            for piece in pieces:
                copy.write(piece)
        return writer.rowcount


def _delete(table: OwnedTable, where: Composed) -> Composed:
    name = Identifier(table.name)
    same = SQL(" AND ").join(SQL("i.{0} = {1}.{0}").format(Identifier(column), name) for column in table.key)
    return SQL("DELETE FROM {} WHERE {} AND NOT EXISTS (SELECT FROM incoming i WHERE {})").format(name, where, same)


def _insert(table: OwnedTable) -> Composed:
    """Insert the incoming rows; a row with the same key is updated, unless it belongs to another organisation."""
    name, columns = Identifier(table.name), names(table.columns)
    conflict: Composed | SQL = SQL("DO NOTHING")
    if changed := _changed(table):
        values = SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(column)) for column in changed)
        conflict = SQL("DO UPDATE SET {} WHERE {}.organisation_id = excluded.organisation_id").format(values, name)
    return SQL("INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM incoming ON CONFLICT ({2}) {3}").format(
        name, columns, names(table.key), conflict
    )


def _changed(table: OwnedTable) -> list[str]:
    """Return the columns to update in a row with the same key; none if the key is the whole row."""
    return [column for column in table.columns if column not in {*table.key, *table.numbered}]


def _advance_sequences(here: Side, there: Side) -> None:
    """Let the sequences of the other installation continue after the numbers from here."""
    their_numbers = dict(there.raw.execute(_SEQUENCES).fetchall())
    for name, number in here.raw.execute(_SEQUENCES).fetchall():
        if their_numbers.get(name, 0) < number:
            there.raw.execute("SELECT setval(to_regclass(%s), %s)", [f'public."{name}"', number])


def delete_rows(side: Side, organisation_id: UUID, tables: Iterable[OwnedTable]) -> int:
    """Delete the organisation's rows of these tables, but not the slots of its keys; return how many."""
    count = 0
    for table in tables:
        with side.writing(organisation_id):
            query = SQL("DELETE FROM {} WHERE organisation_id = %s").format(Identifier(table.name))
            count += side.raw.execute(query, [organisation_id]).rowcount
    return count
