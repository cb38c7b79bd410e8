"""The cases and messages that a request for approval depends on; they are not destroyed while it is unfinished."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from budkavle.model.errors import Conflict
from budkavle.model.states import ApprovalState
from budkavle.storage.platform import Work
from budkavle.storage.tables import approvals, cases, messages

_OPEN = [state.value for state in (ApprovalState.WAITING, ApprovalState.APPROVED, ApprovalState.FAILED)]


def lock_for_request(work: Work, thing_ids: Collection[UUID]) -> None:
    """Lock some cases and messages, so that none is destroyed before the work has stored a request about them.

    Args:
        work: The unit of work that stores the request.
        thing_ids: The ids of cases and messages; unknown ones are skipped.

    Raises:
        Conflict: One of them has been destroyed.
    """
    if not thing_ids:
        return
    ids = list(thing_ids)
    of_messages = select(messages.c.case_id).where(
        messages.c.organisation_id == work.organisation_id, messages.c.id.in_(ids)
    )
    these = (cases.c.organisation_id == work.organisation_id, or_(cases.c.id.in_(ids), cases.c.id.in_(of_messages)))
    # A destruction locks its cases too: it waits for this work and then finds the request, or has ended when we go on.
    work.connection.execute(select(cases.c.id).where(*these).order_by(cases.c.id).with_for_update(read=True))
    query = select(messages.c.id, messages.c.case_id, messages.c.destroyed_at).where(
        messages.c.organisation_id == work.organisation_id, or_(messages.c.id.in_(ids), messages.c.case_id.in_(ids))
    )
    rows = work.connection.execute(query).all()
    left = {thing for row in rows if row.destroyed_at is None for thing in (row.id, row.case_id)}
    if {thing for row in rows for thing in (row.id, row.case_id)}.intersection(ids).difference(left):
        raise Conflict("Det som begäran gäller har gallrats.")


def rest_on(work: Work, thing_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some cases and messages that an unfinished request depends on."""
    query = select(approvals.c.about).where(
        approvals.c.organisation_id == work.organisation_id,
        approvals.c.state.in_(_OPEN),
        approvals.c.about.overlap(list(thing_ids)),
    )
    return {thing_id for about in work.connection.execute(query).scalars() for thing_id in about} & set(thing_ids)
