"""Some cases of a mailbox by their ids, as rows of a list, and the next case of a list."""

from collections.abc import Sequence
from uuid import UUID

from budkavle.accounts.permissions import require_member
from budkavle.cases.inbox import CaseFilter, after, as_cases, cursor_of, in_folder, rows_of_cases
from budkavle.model.mailboxes import Case
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases


def list_some(work: Work, mailbox_id: UUID, case_ids: Sequence[UUID]) -> list[Case]:
    """Return those of some cases that the actor may see in a mailbox; the others are left out.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        case_ids: The cases.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    require_member(work, mailbox_id)
    query = rows_of_cases(work.actor)
    query = query.where(cases.c.mailbox_id == mailbox_id, cases.c.id.in_(case_ids), cases.c.messages > 0)
    return as_cases(work, work.connection.execute(query).all())


def next_case(work: Work, case: Case, case_filter: CaseFilter) -> UUID | None:
    """Return the case after another in its list; after the last, the first. None if the list has no other case.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        case: The case that the user leaves. It need not be in the list any more.
        case_filter: The list.
    """
    require_member(work, case.mailbox_id)
    folder = in_folder(work.actor, case_filter)
    others = rows_of_cases(work.actor).where(cases.c.mailbox_id == case.mailbox_id, folder, cases.c.id != case.id)
    for cursor in (cursor_of(case.active_at, case.id), None):
        query = after(others, cases.c.active_at, cases.c.id, cursor, oldest_first=case_filter.oldest_first)
        row = work.connection.execute(query.with_only_columns(cases.c.id).limit(1)).one_or_none()
        if row is not None:
            return UUID(str(row.id))
    return None
