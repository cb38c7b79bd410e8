"""Rows of the national copy as entries of a directory, and the queries that find them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, literal, select, true

from budkavle import Address, Entry, Listing
from budkavle.storage import QueryFile, Statement
from budkavle_addressbook.name_search import haystack, matches, sort_key, words
from budkavle_addressbook.tables import functions, organisations

TRANSPORT = "sdk"
"""The transport of the addresses in the national address book."""
SOURCE = "SDK adressbok"


class _Queries(QueryFile):
    find_functions: Statement
    list_participants: Statement
    check_listed: Statement


QUERIES = _Queries.load()


def entry(row: Mapping[Any, Any], *, favourite: bool = False) -> Entry:
    """Return a row of the copy as an entry."""
    return Entry(
        address=Address(TRANSPORT, row["identifier"], row["name"], row["organisation"], row["participant"]),
        description=row["description"],
        keywords=tuple(row["keywords"]),
        favourite=favourite,
        source=SOURCE,
    )


def exact(connection: Connection, identifier: str) -> Mapping[Any, Any] | None:
    """Return the row with exactly this identifier."""
    return next(iter(exact_all(connection, [identifier])), None)


def exact_all(connection: Connection, identifiers: Sequence[str]) -> list[Mapping[Any, Any]]:
    """Return the existing rows with exactly these identifiers."""
    return [dict(row._asdict()) for row in QUERIES.find_functions.all(connection, {"wanted": list(identifiers)})]


def listed_participants(connection: Connection, participants: Iterable[str]) -> set[str]:
    """Return those of the participants that the copy has as organisations."""
    query = select(organisations.c.participant).where(organisations.c.participant.in_(set(participants))).distinct()
    return set(connection.execute(query).scalars())


def listings(connection: Connection, wanted: Sequence[Address]) -> dict[Address, Listing] | None:
    """Return what the copy has about functions and their organisations. None if there is no copy."""
    values = {
        "values": [address.value for address in wanted],
        "participants": [address.organisation_value for address in wanted],
    }
    rows = QUERIES.check_listed.all(connection, values)
    if all(row.kind != "read" for row in rows):
        return None
    functions = {
        row.identifier: Address(TRANSPORT, row.identifier, row.name, row.organisation, row.participant)
        for row in rows
        if row.kind == "function"
    }
    names = {row.participant: row.name for row in rows if row.kind == "organisation"}
    return {
        address: Listing(names.get(address.organisation_value, ""), functions.get(address.value)) for address in wanted
    }


def organisations_with(connection: Connection, text: str, start: int, limit: int) -> list[Entry]:
    """Return a part of the organisations that have functions and every word in a name, in Swedish order."""
    parts = words(text)
    rows = [
        row
        for row in QUERIES.list_participants.all(connection, {})
        if matches(parts, haystack(row.name, row.alternate_name, row.participant))
    ]
    rows.sort(key=lambda row: (sort_key(row.name or row.participant), row.participant))
    return [
        Entry(Address(TRANSPORT, "", "", row.name or row.participant, row.participant), source=SOURCE)
        for row in rows[start : start + limit]
    ]


def functions_of(connection: Connection, participant: str, text: str, start: int, limit: int) -> Sequence[RowMapping]:
    """Return a part of an organisation's functions that have every word, in Swedish order."""
    having = [func.strpos(functions.c.stack, word) > 0 for word in words(text)]
    query = select(functions).where(functions.c.participant == participant, *having)
    query = query.order_by(functions.c.sort_key, functions.c.identifier).offset(start).limit(limit)
    return connection.execute(query).mappings().all()


def matching(connection: Connection, text: str, favourites: Sequence[str], limit: int) -> Sequence[RowMapping]:
    """Return the functions that have every word, the best match first.

    Favourites come first, then those whose own name begins with the words, then those with a word in the name, then
    with a word in the organisation's name, then the rest, each group in Swedish order.
    """
    parts = words(text)
    query = select(functions).where(and_(true(), *(func.strpos(functions.c.stack, word) > 0 for word in parts)))
    query = query.order_by(_rank(parts, favourites), functions.c.sort_key, functions.c.identifier)
    return connection.execute(query.limit(limit)).mappings().all()


def _rank(parts: Sequence[str], favourites: Sequence[str]) -> ColumnElement[int]:
    whole = " ".join(parts)
    return case(
        (functions.c.identifier.in_(favourites), 0),
        (func.strpos(functions.c.name_stack, whole) == 1, 1),
        (and_(true(), *(_begins(functions.c.name_stack, word) for word in parts)), 2),
        (and_(true(), *(_begins(functions.c.organisation_stack, word) for word in parts)), 3),
        else_=4,
    )


def _begins(stack: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Tell whether a word of the stack begins with this one."""
    return func.strpos(literal(" ").concat(stack), f" {word}") > 0
