"""What is held back from destruction: asks the plugins, and stores who holds what, and why."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, func, select

from budkavle.model.destruction import HeldCase, Hold, PlannedCase, PlannedDestruction
from budkavle.model.sentences import Sentence
from budkavle.plugins.registry import Plugins
from budkavle.storage import case_log
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, destruction_holds

NO_ANSWER = "Tillägget svarade inte, och inget gallras i tveksamma fall."
ASK_AGAIN, ASK_SILENT_AGAIN = timedelta(days=1), timedelta(hours=1)
log = structlog.get_logger("budkavle.operations.destruction")


class _Queries(QueryFile):
    forget_holds: Statement
    load_other_holds: Statement
    store_holds: Statement


QUERIES = _Queries.load()


def ask(plugins: Plugins, planned: PlannedDestruction) -> list[tuple[str, Hold]]:
    """Ask every plugin what it holds back.

    Args:
        plugins: The plugins.
        planned: What is to be destroyed.

    Returns:
        Each hold with its plugin's name. A plugin that fails, is late, or answers wrongly holds back everything.
    """
    holds: list[tuple[str, Hold]] = []
    planned_ids = {thing_id for case in planned.cases for thing_id in (case.id, *case.message_ids)}
    for of in plugins.ask_each("budkavle_hold_back", planned=planned):
        answers = [] if isinstance(of.thing, Exception) else _as_holds(of.thing)
        is_sound = not isinstance(of.thing, Exception) and answers is not None
        if not is_sound or any(hold.thing_id not in planned_ids for hold in answers or ()):
            log.error("destruction.held_on_doubt", plugin=of.plugin)
            answers = [Hold(case.id, NO_ANSWER) for case in planned.cases]
        holds += [(of.plugin, hold) for hold in answers or ()]
    return holds


def _as_holds(answers: Sequence[object]) -> list[Hold] | None:
    """Return a plugin's holds; None if its answer has another form."""
    holds: list[Hold] = []
    for answer in answers:
        if not isinstance(answer, list | tuple | set | frozenset):
            return None
        for hold in answer:
            if not isinstance(hold, Hold) or not str(hold.why).strip():
                return None
            holds.append(hold)
    return holds


def part(
    planned: Sequence[PlannedCase], holds: Sequence[tuple[str, Hold]], entire: Collection[UUID] = ()
) -> tuple[list[PlannedCase], list[HeldCase]]:
    """Separate what may be destroyed from what is held.

    Args:
        planned: The cases with the messages to destroy.
        holds: The holds, each with its holder.
        entire: The cases to destroy completely or not at all. Of others, the messages without a hold are destroyed.

    Returns:
        What is free, and what is held.
    """
    by_thing: defaultdict[UUID, list[tuple[str, Hold]]] = defaultdict(list)
    for plugin, hold in holds:
        by_thing[hold.thing_id].append((plugin, hold))
    free: list[PlannedCase] = []
    held: list[HeldCase] = []
    for case in planned:
        of_case = [each for thing_id in (case.id, *case.message_ids) for each in by_thing.get(thing_id, ())]
        all_kept = bool(of_case) and (case.id in entire or case.id in by_thing)
        kept = {*case.message_ids} if all_kept else {hold.thing_id for _, hold in of_case}
        held += [
            HeldCase(case.id, case.message_ids if all_kept else (hold.thing_id,), plugin, hold.why)
            for plugin, hold in of_case
        ]
        left = tuple(message_id for message_id in case.message_ids if message_id not in kept)
        if left:
            free.append(PlannedCase(case.id, case.mailbox_id, left, case.is_whole and not kept))
    return free, held


def store(work: Work, planned: Sequence[PlannedCase], held: Sequence[HeldCase]) -> None:
    """Store the current holds of these messages, and delete those that have ended. A new hold is logged."""
    planned_ids = [message_id for case in planned for message_id in case.message_ids]
    mailboxes = {case.id: case.mailbox_id for case in planned}
    parameters = {"organisation": work.organisation_id, "cases": list(mailboxes), "things": planned_ids}
    before = QUERIES.forget_holds.all(work.connection, parameters)
    since = {(row.case_id, row.plugin, row.why): row.held_at for row in before}
    if held:
        QUERIES.store_holds.enqueue(work.connection, _columns(work, held, since))
    others = QUERIES.load_other_holds.all(work.connection, parameters) if held else ()
    stored_holds = since.keys() | {(row.case_id, row.plugin, row.why) for row in others}
    new = {(hold.case_id, hold.by, Sentence(hold.why).to_text()) for hold in held} - stored_holds
    case_log.write_all(
        work,
        [
            (case_log.CaseChange(mailboxes[case_id], case_id, "held-back"), {"by": plugin, "why": why})
            for case_id, plugin, why in sorted(new)
        ],
    )


def _columns(
    work: Work, held: Sequence[HeldCase], since: Mapping[tuple[UUID, str, str], datetime]
) -> dict[str, object]:
    rows = [
        (hold.case_id, thing_id, hold.by, why, since.get((hold.case_id, hold.by, why)), _pause(hold))
        for hold in held
        for why in (Sentence(hold.why).to_text(),)
        for thing_id in hold.message_ids
    ]
    names = ("cases", "things", "plugins", "reasons", "since", "pauses")
    columns = {name: [row[number] for row in rows] for number, name in enumerate(names)}
    return {"organisation": work.organisation_id, **columns}


def _pause(hold: HeldCase) -> int:
    return round((ASK_SILENT_AGAIN if hold.why == NO_ANSWER else ASK_AGAIN).total_seconds())


def is_held() -> ColumnElement[bool]:
    """Return the condition that a row of `cases` is held back and it is too early to ask again."""
    return (
        select(destruction_holds.c.case_id)
        .where(
            destruction_holds.c.organisation_id == cases.c.organisation_id,
            destruction_holds.c.case_id == cases.c.id,
            destruction_holds.c.plugin != "",  # the core's own holds are checked each time
            destruction_holds.c.ask_again_at > func.now(),
        )
        .exists()
    )
