"""What is done with many cases after something has been chosen: a colleague, a tag, a day, a mailbox.

What is needed to undo it is how each case was before, so it is returned and given back by whoever undoes it: the rights
are asked again then.
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
from budkavle.model.identifiers import as_uuid
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases

CHOSEN_ACTS = ("assign", "tag", "untag", "due", "move")


@dataclass(frozen=True, slots=True)
class Done:
    """What has been done with many cases.

    Attributes:
        ids: The cases that were changed.
        left: How many were left as they were.
        before: How those were that were changed: the value of each group, empty for none.
    """

    ids: Sequence[UUID]
    left: int = 0
    before: Mapping[str, Sequence[UUID]] = field(default_factory=dict)


def list_selected(work: Work, mailbox_id: UUID, selection: Selection) -> list[UUID]:
    """Return the cases that are meant, before it is chosen what is done with them.

    Raises:
        NotFound: The actor is no member of the mailbox, or one of the ids is none of its cases.
        Forbidden: The actor only reads there.
        Invalid: They are too many.
    """
    require_writer(work, mailbox_id)
    return lock_selection(work, mailbox_id, selection)


def do_with_many(work: Work, mailbox_id: UUID, act: str, case_ids: Sequence[UUID], value: str) -> Done:
    """Do it with cases of a mailbox; those that it does not fit are left as they are.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        mailbox_id: The mailbox.
        act: One of `CHOSEN_ACTS`.
        case_ids: The cases.
        value: The id of the colleague, the tag or the mailbox, or the day; empty takes the day or the colleague away.

    Raises:
        NotFound: The actor is no member of the mailbox, or one of the ids is none of its cases.
        Forbidden: The actor only reads there.
        Invalid: What was chosen does not fit; nothing is changed.
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
    """Let cases be again as `do_with_many` said that they were; returns those that were changed.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        mailbox_id: The mailbox that they were in.
        act: What was done.
        value: What had been chosen.
        before: How they were.

    Raises:
        NotFound: A case is not the actor's any more.
        Conflict: Somebody has changed who has a case since.
        Invalid: No such act.
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
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise Invalid("Datumet kunde inte sparas.", fields={"day": "Välj en dag."}) from error
