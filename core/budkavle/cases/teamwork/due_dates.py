"""Due dates of cases, in working days."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_, update

from budkavle.accounts.permissions import case_rows, require_member, require_writer
from budkavle.cases.inbox import Page, as_cases, rows_of_cases
from budkavle.model.errors import Invalid
from budkavle.model.mailboxes import Case
from budkavle.model.states import CaseState
from budkavle.model.times import ZONE, working_day_after
from budkavle.storage import case_log
from budkavle.storage.case_log import CaseChange
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases

OFFERED = (1, 3, 5, 10, 20)
"""The choices offered, in working days from today."""
FURTHEST = 3_660
"""The furthest due date in days; nobody means a later year."""
TOO_FAR = "Välj en dag inom tio år."


def today() -> date:
    """Return the date in Sweden."""
    return datetime.now(ZONE).date()


def offered_days(first: date) -> list[tuple[int, date]]:
    """Return the days to choose from: the number of working days, and the resulting date."""
    return [(count, working_day_after(first, count)) for count in OFFERED]


def set_due(work: Work, case_ids: Collection[UUID], day: date | None, *, again: bool = False) -> Sequence[UUID]:
    """Set the due date of cases.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        case_ids: The cases. Those that are not open are left unchanged.
        day: The day; None removes it.
        again: Whether an earlier due date is restored, which may have passed.

    Returns:
        The changed cases.

    Raises:
        NotFound: A case is unknown, or not in a mailbox of the actor.
        Forbidden: The actor may only read there.
        Invalid: The day has passed or is too far away, or it is a personal inbox.
    """
    if day is not None and not again and not 0 <= (days := (day - today()).days) <= FURTHEST:
        fault = TOO_FAR if days > 0 else "Välj i dag eller en senare dag."
        raise Invalid("Datumet kunde inte sparas.", fields={"day": fault})
    rows = case_rows(work, case_ids, lock=True)
    for mailbox_id in {row["mailbox_id"] for row in rows}:
        if not require_writer(work, mailbox_id).mailbox.kind.is_shared:
            raise Invalid("I en personlig inkorg har ärenden inget svarsdatum.")
    changing = [row for row in rows if row["due_on"] != day and row["state"] == CaseState.OPEN]
    changed = [row["id"] for row in changing]
    this = (cases.c.organisation_id == work.organisation_id, cases.c.id.in_(changed))
    work.connection.execute(update(cases).where(*this).values(due_on=day))
    kind = "due-set" if day else "due-cleared"
    facts = {"due": day.isoformat()} if day else {}
    case_log.write_all(work, [(CaseChange(row["mailbox_id"], row["id"], kind), facts) for row in changing])
    return changed


def list_due(work: Work, mailbox_id: UUID, cursor: str = "", limit: int = 50) -> Page[Case]:
    """Return a page of the open cases of a mailbox with a due date, the earliest first.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        cursor: The `next_cursor` of the previous page; empty starts with the earliest.
        limit: The most cases of a page.

    Raises:
        NotFound: The actor is not a member of the mailbox.
        Invalid: The cursor is not valid.
    """
    require_member(work, mailbox_id)
    query = rows_of_cases(work.actor).where(_open_and_due(work, mailbox_id))
    if cursor:
        day, _, last = cursor.partition("_")
        try:
            bound = (date.fromisoformat(day), UUID(last))
        except ValueError as error:
            raise Invalid("Listan kan inte fortsätta härifrån. Öppna den från början.") from error
        query = query.where(tuple_(cases.c.due_on, cases.c.id) > bound)
    query = query.order_by(None).order_by(cases.c.due_on, cases.c.id).limit(limit + 1)
    rows = work.connection.execute(query).all()
    listed = as_cases(work, rows[:limit])
    return Page(listed, f"{rows[limit - 1].due_on}_{rows[limit - 1].id}" if len(rows) > limit else None)


def count_overdue(work: Work, mailbox_id: UUID, day: date, most: int) -> int:
    """Count the open cases of a mailbox that are due or overdue, up to a limit.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.
        day: The present day.
        most: Where counting stops.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    require_member(work, mailbox_id)
    late = select(cases.c.id).where(_open_and_due(work, mailbox_id), cases.c.due_on <= day).limit(most)
    return work.connection.execute(select(func.count()).select_from(late.subquery())).scalar_one()


def _open_and_due(work: Work, mailbox_id: UUID) -> ColumnElement[bool]:
    return and_(
        cases.c.organisation_id == work.organisation_id,
        cases.c.mailbox_id == mailbox_id,
        cases.c.state == CaseState.OPEN.value,
        cases.c.due_on.is_not(None),
    )
