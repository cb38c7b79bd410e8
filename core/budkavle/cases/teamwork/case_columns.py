"""The columns of a case for colleagues' work: its tags, and whether it is restricted."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from budkavle.storage.tables import case_tags, cases, tags


def tags_of_case() -> ColumnElement[Any]:
    """Return a case's tags as JSON, by name."""
    tag = func.jsonb_build_object("id", tags.c.id, "name", tags.c.name, "colour", tags.c.colour)
    is_on_case = and_(
        case_tags.c.organisation_id == cases.c.organisation_id,
        case_tags.c.case_id == cases.c.id,
        tags.c.organisation_id == case_tags.c.organisation_id,
        tags.c.id == case_tags.c.tag_id,
    )
    return select(func.jsonb_agg(aggregate_order_by(tag, func.lower(tags.c.name)))).where(is_on_case).scalar_subquery()


def is_restricted() -> ColumnElement[bool]:
    """Return whether a case is for named people only."""
    return cases.c.readers.is_not(None)
