"""Copying what differs between two installations, table by table, until nothing does."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.sql import SQL, Composed, Identifier, Literal

from budkavle.model.errors import Conflict, Damaged
from budkavle.operations.moves import comparing
from budkavle.operations.moves.comparing import names
from budkavle.operations.moves.sides import Side
from budkavle.operations.moves.tables import OwnedTable, moved_tables

PASSES: Final = 5
"""Triggers of the tables write into other tables, which the next pass puts right."""
_DIFFERENT = (
    "Raderna i tabellen {table} blev inte desamma i den andra installationen. Något där har kanske redan samma nummer"
    " eller adress. Organisationen har inte flyttats."
)
_TAKEN = (
    "Något i tabellen {table} finns redan hos en annan organisation i den andra installationen, till exempel en adress"
    " eller ett nummer. Ändra eller ta bort det i en av dem, och försök igen."
)
_SEQUENCES: Final = """
SELECT sequencename::text, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND pg_has_role(sequenceowner, 'USAGE')
"""


def copy_round(here: Side, there: Side, organisation_id: UUID, *, last: bool = False) -> int:
    """Copy what differs, all of it as it is here at one moment; return how many rows were copied."""
    copied = 0
    with here.snapshot():
        for table in moved_tables(here.raw, last=last):
            ours, theirs = comparing.sums_of_both(here, there, table, organisation_id)
            if buckets := comparing.differing(ours, theirs):
                copied += _copy(here, there, table, organisation_id, buckets if theirs else None)
    return copied


def copy_last(here: Side, there: Side, organisation_id: UUID) -> dict[str, int]:
    """Copy until nothing differs, now that nothing changes any more; return how many rows each table has.

    Raises:
        Damaged: A table does not become the same.
    """
    unequal = ""
    for _ in range(PASSES):
        copy_round(here, there, organisation_id, last=True)
        rows, unequal = _compare(here, there, organisation_id)
        if not unequal:
            _advance_sequences(here, there)
            return rows
    raise Damaged(_DIFFERENT, table=unequal)


def _compare(here: Side, there: Side, organisation_id: UUID) -> tuple[dict[str, int], str]:
    """Return the number of rows of each table, and the first that is not the same."""
    rows: dict[str, int] = {}
    for table in moved_tables(here.raw, last=True):
        ours, theirs = comparing.sums_of_both(here, there, table, organisation_id)
        if comparing.differing(ours, theirs):
            return rows, table.name
        rows[table.name] = comparing.rows_in(ours)
    return rows, ""


def _copy(here: Side, there: Side, table: OwnedTable, organisation_id: UUID, buckets: Sequence[int] | None) -> int:
    """Put the rows of these buckets (None: all) in the place of those that are there."""
    where = SQL("organisation_id = {}").format(Literal(organisation_id))
    if buckets is not None:
        among = SQL(" AND {} = ANY ({}::int[])").format(comparing.bucket_of(table), Literal(list(buckets)))
        where = Composed([where, among])
    columns, name = names(table.columns), Identifier(table.name)
    with there.writing(organisation_id):
        there.raw.execute(
            SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(columns, name)
        )
        query = SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT").format(columns, name, where)
        count = _stream(here.raw, there.raw, query)
        if buckets is not None:
            there.raw.execute(_delete(table, where))
        try:
            there.raw.execute(_insert(table))
        except UniqueViolation as error:
            raise Conflict(_TAKEN, table=table.name) from error
    return count


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
    """Insert what came; a row of the same key is changed, unless it is another organisation's."""
    name, columns = Identifier(table.name), names(table.columns)
    changed = [column for column in table.columns if column not in {*table.key, *table.numbered}]
    conflict: Composed | SQL = SQL("DO NOTHING")
    if changed:
        values = SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(column)) for column in changed)
        conflict = SQL("DO UPDATE SET {} WHERE {}.organisation_id = excluded.organisation_id").format(values, name)
    return SQL("INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM incoming ON CONFLICT ({2}) {3}").format(
        name, columns, names(table.key), conflict
    )


def _advance_sequences(here: Side, there: Side) -> None:
    """Let the other installation number on after what has come from here."""
    their_numbers = dict(there.raw.execute(_SEQUENCES).fetchall())
    for name, number in here.raw.execute(_SEQUENCES).fetchall():
        if their_numbers.get(name, 0) < number:
            there.raw.execute("SELECT setval(to_regclass(%s), %s)", [f'public."{name}"', number])


def delete_rows(side: Side, organisation_id: UUID, tables: Iterable[OwnedTable]) -> int:
    """Delete the organisation's rows of these tables, and leave the slots of its keys alone; return how many."""
    count = 0
    for table in tables:
        with side.writing(organisation_id):
            query = SQL("DELETE FROM {} WHERE organisation_id = %s").format(Identifier(table.name))
            count += side.raw.execute(query, [organisation_id]).rowcount
    return count
