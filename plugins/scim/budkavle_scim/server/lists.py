"""Lists of users or groups: filtered, and paged by index or by cursor (RFC 9865)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from scim2_models import Context, InvalidCursorException, ListResponse, Resource, SearchRequest
from sqlalchemy import ColumnElement, Table, func, select, true

from budkavle import as_uuid
from budkavle_scim.server import filters, groups, users
from budkavle_scim.server.context import Operation
from budkavle_scim.server.filters import Condition
from budkavle_scim.server.resources import MOST, DirectoryUser, Group, type_of
from budkavle_scim.tables import groups as group_table
from budkavle_scim.tables import users as user_table

_ASKED = ("filter", "startIndex", "count", "cursor", "attributes", "excludedAttributes", "sortBy", "sortOrder")


@dataclass(frozen=True, slots=True)
class Listed:
    """A kind of resource.

    Attributes:
        model: Its type.
        table: The table of its rows.
        conditions: The available filters.
        loaded: Creates resources from rows; the last argument says whether to include members or groups.
    """

    model: Any
    table: Table
    conditions: Mapping[str, Condition]
    loaded: Callable[[Operation, Sequence[Any], bool], Sequence[Resource[Any]]]


USERS = Listed(
    DirectoryUser,
    user_table,
    filters.USERS,
    lambda operation, rows, whole: users.loaded(operation, rows, with_groups=whole),
)
GROUPS = Listed(
    Group,
    group_table,
    filters.GROUPS,
    lambda operation, rows, whole: groups.loaded(operation, rows, with_members=whole),
)


def search(operation: Operation, listed: Listed, query: Mapping[str, Any]) -> str:
    """Return a page as JSON.

    Args:
        operation: The operation.
        listed: `USERS` or `GROUPS`.
        query: The parameters of the query, or of a search request.

    Raises:
        InvalidFilterException: There is no index for the filter.
        InvalidCursorException: The cursor is not one of ours.
    """
    parameters = {name: query[name] for name in _ASKED if name in query}
    request = type_of(SearchRequest, listed.model).model_validate(parameters)
    where = filters.condition_of(request.filter.ast, listed.conditions) if request.filter else true()
    count = MOST if request.count is None else max(0, min(request.count, MOST))
    start = max(1, request.start_index or 1)
    after = _after(request.cursor)
    mine = listed.table.c.organisation_id == operation.organisation_id
    rows_query = select(listed.table).where(mine, where, _beyond(listed.table, after)).order_by(listed.table.c.id)
    rows_query = rows_query.offset(0 if request.cursor is not None else start - 1).limit(count)
    with operation.host.tables(operation.work) as connection:
        rows = connection.execute(rows_query).all() if count else []
        counted = len(rows) if request.filter and start == 1 and after is None and len(rows) < count else None
        if counted is None:
            counted = connection.execute(select(func.count()).where(mine, where)).scalar_one()
    shown = listed.loaded(operation, rows, not leaves_out_members(request))
    page = {"total_results": counted, "items_per_page": len(rows), "resources": list(shown)}
    page |= _place(request.cursor, start, str(rows[-1].id) if count and len(rows) == count else None)
    answer = type_of(ListResponse, listed.model)(**page)
    return str(answer.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=request))


def leaves_out_members(request: Any) -> bool:
    """Tell whether a query excludes members and groups, so that they need not be read."""
    out = [str(path).lower() for path in request.excluded_attributes or []]
    only = [str(path).lower() for path in request.attributes or []]
    return bool({"members", "groups"} & set(out)) or (
        bool(only) and not any(path.startswith(("members", "groups")) for path in only)
    )


def _place(cursor: str | None, start: int, last: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"start_index": start}
    return {"next_cursor": last} if last else {}


def _after(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    after = as_uuid(cursor)
    if after is None:
        raise InvalidCursorException
    return after


def _beyond(table: Table, after: UUID | None) -> ColumnElement[bool]:
    return true() if after is None else table.c.id > after
