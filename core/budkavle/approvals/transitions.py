"""The only code that writes the state of a request that a second person decides.

The allowed transitions are in `budkavle.model.states`. Each write names the states that it may start from, so that of
two concurrent writes, such as an approval and a withdrawal, the second changes nothing.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, true, update

from budkavle.model.states import APPROVAL, ApprovalState, before
from budkavle.storage.platform import Work
from budkavle.storage.tables import approvals


def move(
    work: Work, request_id: UUID, new: ApprovalState, which: ColumnElement[bool] | None = None, **columns: object
) -> bool:
    """Move a request to a state, if the table allows it from its present state.

    Args:
        work: The unit of work.
        request_id: The request, of the work's organisation.
        new: Its new state.
        which: A further condition on its row.
        columns: Other columns to change.

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
