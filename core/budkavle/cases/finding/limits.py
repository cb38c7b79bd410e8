"""The filters of a search and the start of a page, as conditions on the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Uuid,
    any_,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from budkavle.cases.finding.words import NOWHERE, Place
from budkavle.model.errors import Invalid
from budkavle.storage.tables import case_tags, cases

FEW_MAILBOXES: Final = 3
"""Up to this many mailboxes are walked side by side; for more, the word's cases in all mailboxes are walked."""
_NIL: Final = UUID(int=0)
_FORGOTTEN: Final = "Sidan är för gammal. Sök på nytt."


@dataclass(frozen=True, slots=True)
class Limits:
    """Which hits are shown; an empty filter limits nothing.

    Attributes:
        mailboxes: Only in these mailboxes.
        places: All the words must occur in one of these places.
        since: Only cases opened at this time or later.
        until: Only cases opened before this time.
        channels: Only of these kinds, see `Case.channel`.
        holders: Only taken by these people.
        untaken: Also untaken cases.
        states: Only in these states.
        tags: Only with one of these tags.
        cases: Only these cases; `moments` has the times when they were opened, which is the index's key.
    """

    mailboxes: frozenset[UUID] = frozenset()
    places: Place = NOWHERE
    since: datetime | None = None
    until: datetime | None = None
    channels: frozenset[str] = frozenset()
    holders: frozenset[UUID] = frozenset()
    untaken: bool = False
    states: frozenset[str] = frozenset()
    tags: frozenset[UUID] = frozenset()
    cases: frozenset[UUID] = frozenset()
    moments: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Start:
    """The position where a page of hits starts."""

    opened_at: datetime
    case_id: UUID

    @classmethod
    def read(cls, cursor: str) -> "Start | None":
        """Parse a cursor that `str` has written.

        Raises:
            Invalid: The cursor is not valid.
        """
        if not cursor:
            return None
        moment, _, last = cursor.rpartition("_")
        try:
            return cls(datetime.fromisoformat(moment), UUID(last))
        except ValueError as error:
            raise Invalid(_FORGOTTEN) from error

    def __str__(self) -> str:
        return f"{self.opened_at.isoformat()}_{self.case_id}"


def within_mailboxes(w: FromClause, within: Sequence[UUID]) -> list[ColumnElement[bool]]:
    """Return conditions on the mailbox, one per walk, which together match every case once.

    An index has the rows of one mailbox in order. For many mailboxes, the rows of all are walked and filtered.
    """
    if len(within) <= FEW_MAILBOXES:
        return [w.c.mailbox_id == box for box in within]
    return [func.nullif(w.c.mailbox_id, cast(literal(str(_NIL)), Uuid)) == any_(literal(list(within), ARRAY(Uuid)))]


def before(w: FromClause, place: Start | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a hit is after a position."""
    if place is None:
        return []
    bound = tuple_(literal(place.opened_at, DateTime(timezone=True)), literal(place.case_id, Uuid))
    return [tuple_(w.c.opened_at, w.c.case_id) < bound]


def opened_within(w: FromClause, limits: Limits) -> list[ColumnElement[bool]]:
    """Return the conditions on a case's opening time and id, for the rows of a word."""
    conditions: list[ColumnElement[bool]] = []
    if limits.since:
        conditions.append(w.c.opened_at >= limits.since)
    if limits.until:
        conditions.append(w.c.opened_at < limits.until)
    if limits.cases:
        conditions.append(w.c.opened_at == any_(literal(list(limits.moments), ARRAY(DateTime(timezone=True)))))
        conditions.append(w.c.case_id == any_(literal(list(limits.cases), ARRAY(Uuid))))
    return conditions


def of_cases(organisation_id: UUID, case_id: ColumnElement[UUID], limits: Limits) -> list[ColumnElement[bool]]:
    """Return the conditions on a case's current state, each looked up by its key."""
    conditions: list[ColumnElement[bool]] = []
    of_case: list[ColumnElement[bool]] = []
    if limits.states:
        of_case.append(cases.c.state.in_(limits.states))
    if limits.channels:
        of_case.append(cases.c.channel.in_(limits.channels))
    if limits.holders or limits.untaken:
        nobody = cases.c.holder_id.is_(None)
        of_case.append(or_(cases.c.holder_id.in_(limits.holders), *([nobody] if limits.untaken else [])))
    if of_case:
        key = (cases.c.organisation_id == organisation_id, cases.c.id == case_id)
        conditions.append(select(true()).where(*key, *of_case).scalar_subquery())
    if limits.tags:
        key = (case_tags.c.organisation_id == organisation_id, case_tags.c.case_id == case_id)
        tagged = select(true()).where(*key, case_tags.c.tag_id.in_(limits.tags)).limit(1)
        conditions.append(tagged.scalar_subquery())
    return conditions
