"""The only code that writes the state of a request that a second person decides.

What may follow what stands in `budkavle.model.states`. Each write says from which states it may come, so that of two
that happen at once, such as a yes and a withdrawal, the second changes nothing.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, true, update

from budkavle.model.states import APPROVAL, ApprovalState, before
from budkavle.storage.platform import Work
from budkavle.storage.tables import approvals


def move(
    work: Work, request_id: UUID, new: ApprovalState, which: ColumnElement[bool] | None = None, **columns: object
) -> bool:
    """Move a request to a state, where the table allows it from the state that it is in.

    Args:
        work: The unit of work.
        request_id: The request, of the work's organisation.
        new: The state that it comes to.
        which: What else must be true of its row.
        columns: What else changes in it.

    Returns:
        Whether it was moved.
    """
    condition = and_(
        approvals.c.organisation_id == work.organisation_id,
        approvals.c.id == request_id,
        approvals.c.state.in_(sorted(before(APPROVAL, new))),
        true() if which is None else which,
    )
    write = update(approvals).where(condition).values(state=new.value, **columns)
    return work.connection.execute(write.returning(approvals.c.id)).first() is not None
