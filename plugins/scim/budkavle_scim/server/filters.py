"""Filters as SQL on indexed columns; a filter without an index is refused (`invalidFilter`)."""

from collections.abc import Callable, Mapping
from typing import Any

from scim2_models import InvalidFilterException
from scim2_models.path import (
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)
from sqlalchemy import ColumnElement, and_, false, or_, select

from budkavle import as_uuid
from budkavle_scim.server.resources import compared
from budkavle_scim.tables import groups, members, users

Condition = Callable[[str], ColumnElement[bool]]


def _id(table: Any) -> Condition:
    def condition(value: str) -> ColumnElement[bool]:
        identifier = as_uuid(value)
        return false() if identifier is None else table.c.id == identifier

    return condition


def _has_member(value: str) -> ColumnElement[bool]:
    identifier = as_uuid(value)
    if identifier is None:
        return false()
    inside = select(members.c.user_id).where(
        members.c.organisation_id == groups.c.organisation_id,
        members.c.group_id == groups.c.id,
        members.c.user_id == identifier,
    )
    return inside.exists()


USERS: Mapping[str, Condition] = {
    "id": _id(users),
    "username": lambda value: users.c.user_key == compared(value),
    "externalid": lambda value: users.c.external_id == value,
    'emails[type eq "work"]': lambda value: users.c.work_email == compared(value),
}
GROUPS: Mapping[str, Condition] = {
    "id": _id(groups),
    "displayname": lambda value: groups.c.name_key == compared(value),
    "externalid": lambda value: groups.c.external_id == value,
    "members": _has_member,
}
"""Conditions for `eq`, by the attribute's name in lower case."""


class ToSql(FilterVisitor[ColumnElement[bool]]):
    """Turns a filter into a condition.

    Args:
        conditions: `USERS` or `GROUPS`.
    """

    def __init__(self, conditions: Mapping[str, Condition]) -> None:
        self._conditions = conditions

    def visit_comparison(self, node: Comparison) -> ColumnElement[bool]:
        """Return the condition of one comparison."""
        path = node.attr_path
        sub = path.sub_attr and path.sub_attr.lower()
        name = path.attr.lower()
        if sub and (name, sub) != ("members", "value"):
            raise _refused(str(path))
        return self._condition(name, node.op, node.value)

    def visit_value_path(self, node: ValuePath) -> ColumnElement[bool]:
        """Return the condition of `emails[type eq "work"].value eq "..."`, which the parser joins with `and`."""
        inner = node.val_filter
        terms = inner.terms if isinstance(inner, LogicalExpr) and inner.op == LogicalOperator.and_ else (inner,)
        values = {
            term.attr_path.attr.lower(): term.value
            for term in terms
            if isinstance(term, Comparison) and term.op == CompareOperator.eq
        }
        if node.attr_path.attr.lower() != "emails" or len(terms) != 2 or values.get("type") != "work":
            raise _refused(f"{node.attr_path}[...]")
        return self._condition('emails[type eq "work"]', CompareOperator.eq, values.get("value"))

    def visit_present(self, node: Present) -> ColumnElement[bool]:
        """Refuse it: there is no index for it."""
        raise _refused(f"{node.attr_path} pr")

    def visit_not(self, node: Not) -> ColumnElement[bool]:
        """Refuse it: there is no index for it."""
        raise _refused(str(node))

    def visit_logical_expr(self, node: LogicalExpr) -> ColumnElement[bool]:
        """Combine conditions."""
        conditions = [self.visit(term) for term in node.terms]
        return and_(*conditions) if node.op == LogicalOperator.and_ else or_(*conditions)

    def _condition(self, name: str, operator: CompareOperator, value: object) -> ColumnElement[bool]:
        condition = self._conditions.get(name)
        if condition is None or operator != CompareOperator.eq or not isinstance(value, str):
            raise _refused(name)
        return condition(value)


def condition_of(node: FilterNode, conditions: Mapping[str, Condition]) -> ColumnElement[bool]:
    """Convert a parsed filter to a condition.

    Raises:
        InvalidFilterException: There is no index for it.
    """
    return ToSql(conditions).visit(node)


def _refused(what: str) -> InvalidFilterException:
    return InvalidFilterException(detail=f"Cannot filter by {what}; see the documentation for what can be filtered.")
