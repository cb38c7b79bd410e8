"""What is done with many cases after a choice: a colleague, a tag, a day or a mailbox.

To undo it, one needs the earlier value of each case. It is returned, and passed back to undo; the rights are then
checked again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import require_writer
from budkavle.cases.bulk.acts import Selection, lock_selection
from budkavle.cases.teamwork.assignment import assign
from budkavle.cases.teamwork.due_dates import set_due
from budkavle.cases.teamwork.moving import move_to_mailbox, undo_move
from budkavle.cases.teamwork.tags import tag_cases
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.times import read_day
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases

CHOSEN_ACTS = ("assign", "tag", "untag", "due", "move")


@dataclass(frozen=True, slots=True)
class Done:
    """What has been done with many cases.

    Attributes:
        ids: The changed cases.
        left: How many were left unchanged.
        before: The changed cases by their earlier value; empty for none.
    """

    ids: Sequence[UUID]
    left: int = 0
    before: Mapping[str, Sequence[UUID]] = field(default_factory=dict)


def list_selected(work: Work, mailbox_id: UUID, selection: Selection) -> list[UUID]:
    """Return the selected cases, before the user chooses what to do with them.

    Raises:
        NotFound: The actor is not a member of the mailbox, or an id is not one of its cases.
        Forbidden: The actor may only read there.
        Invalid: There are too many.
    """
    require_writer(work, mailbox_id)
    return lock_selection(work, mailbox_id, selection)


def do_with_many(work: Work, mailbox_id: UUID, act: str, case_ids: Sequence[UUID], value: str) -> Done:
    """Do an act on cases of a mailbox; cases that it does not apply to are left unchanged.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        mailbox_id: The mailbox.
        act: One of `CHOSEN_ACTS`.
        case_ids: The cases.
        value: The id of the colleague, tag or mailbox, or the day; empty removes the day or the colleague.

    Raises:
        NotFound: The actor is not a member of the mailbox, or an id is not one of its cases.
        Forbidden: The actor may only read there.
        Invalid: The value is not valid; nothing is changed.
    """
    locked = list_selected(work, mailbox_id, Selection(case_ids))
    before = _before(work, act, locked)
    changed = _do(work, act, locked, value)
    groups: defaultdict[str, list[UUID]] = defaultdict(list)
    for case_id in changed:
        groups[before.get(case_id, value)].append(case_id)
    return Done(changed, len(locked) - len(changed), groups)


def undo_with_many(
    work: Work, mailbox_id: UUID, act: str, value: str, before: Mapping[str, Sequence[UUID]]
) -> Sequence[UUID]:
    """Restore cases to the values that `do_with_many` returned; returns the changed cases.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        mailbox_id: The mailbox that they were in.
        act: The act to undo.
        value: The value that was chosen.
        before: The earlier values.

    Raises:
        NotFound: The actor may no longer see a case.
        Conflict: The holder of a case has changed since.
        Invalid: The act is unknown.
    """
    changed: list[UUID] = []
    for earlier, ids in before.items():
        if act == "assign":
            held_by = dict.fromkeys(ids, as_uuid(value))
            changed += assign(work, ids, as_uuid(earlier), held_by=held_by)
        elif act == "due":
            changed += set_due(work, ids, _day(earlier), again=True)
        elif act == "move":
            changed += undo_move(work, ids, mailbox_id)
        else:
            changed += _do(work, {"tag": "untag", "untag": "tag"}.get(act, ""), ids, value)
    return changed


def _do(work: Work, act: str, case_ids: Sequence[UUID], value: str) -> Sequence[UUID]:
    thing_id = as_uuid(value)
    if act == "assign":
        return assign(work, case_ids, thing_id)
    if act == "due":
        return set_due(work, case_ids, _day(value))
    if act not in CHOSEN_ACTS or thing_id is None:
        raise Invalid("Det går inte att göra det med flera ärenden.")
    if act == "move":
        return move_to_mailbox(work, case_ids, thing_id)
    return tag_cases(work, case_ids, thing_id, tagged=act == "tag")


def _before(work: Work, act: str, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    column = {"assign": cases.c.holder_id, "due": cases.c.due_on}.get(act)
    if column is None:
        return {}
    query = select(cases.c.id, column.label("value"))
    query = query.where(cases.c.organisation_id == work.organisation_id, cases.c.id.in_(case_ids))
    return {row.id: str(row.value or "") for row in work.connection.execute(query)}


def _day(value: str) -> date | None:
    day = read_day(value)
    if value and day is None:
        raise Invalid("Datumet kunde inte sparas.", fields={"day": "Välj en dag."})
    return day
