"""The only code that writes the state of a case or of an incoming message.

The allowed transitions are in `budkavle.model.states`. Each write names the states that it may start from, so that of
two concurrent writes the second changes nothing.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, update

from budkavle.model.states import CASE, HANDED_OVER, INCOMING, CaseState, IncomingState, before, may_follow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, messages


class _Queries(QueryFile):
    join_case: Statement
    release_message: Statement


QUERIES = _Queries.load()
_OPENS = {"open": CaseState.OPEN.value, "before_open": sorted(before(CASE, CaseState.OPEN))}
_RELEASES = {
    **_OPENS,
    "received": IncomingState.RECEIVED.value,
    "received_with_warnings": IncomingState.RECEIVED_WITH_WARNINGS.value,
    "before_received": sorted(
        before(INCOMING, IncomingState.RECEIVED) & before(INCOMING, IncomingState.RECEIVED_WITH_WARNINGS)
    ),
    "handed_over": sorted(HANDED_OVER),
}


def move_cases(
    work: Work, which: ColumnElement[bool], old: CaseState, new: CaseState, **columns: object
) -> Sequence[UUID]:
    """Move cases from one state to another.

    Args:
        work: The unit of work.
        which: The condition for the cases, within the organisation.
        old: The state that they must be in. Others are left alone.
        new: Their new state.
        columns: Other columns to change.

    Returns:
        The ids of the moved cases; none if the table does not allow the transition.
    """
    if not may_follow(CASE, old, new):
        return ()
    condition = and_(cases.c.organisation_id == work.organisation_id, cases.c.state == old.value, which)
    write = update(cases).where(condition).values(state=new.value, **columns)
    return work.connection.execute(write.returning(cases.c.id)).scalars().all()


def move_messages(
    work: Work, which: ColumnElement[bool], new: IncomingState, **columns: object
) -> Sequence[tuple[UUID, UUID, UUID]]:
    """Move incoming messages to a state, each if the table allows it from its present state.

    A sent message has no state, but may still be deleted.

    Args:
        work: The unit of work.
        which: The condition for the messages, within the organisation.
        new: Their new state.
        columns: Other columns to change.

    Returns:
        Id, mailbox and case of each moved message.
    """
    allowed: ColumnElement[bool] = messages.c.state.in_(sorted(before(INCOMING, new)))
    if new is IncomingState.DELETED:
        allowed = or_(allowed, messages.c.state.is_(None))
    condition = and_(messages.c.organisation_id == work.organisation_id, allowed, which)
    write = update(messages).where(condition).values(state=new.value, **columns)
    rows = work.connection.execute(write.returning(messages.c.id, messages.c.mailbox_id, messages.c.case_id))
    return [(row.id, row.mailbox_id, row.case_id) for row in rows]


def joining(values: Mapping[str, object]) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that counts a message in its case, which opens again if it was not open."""
    return QUERIES.join_case, {**values, **_OPENS}


def release_statement(values: Mapping[str, object]) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that releases a held message; it returns a row if the message was held."""
    return QUERIES.release_message, {**values, **_RELEASES}
