"""What is held back from destruction: asking the plugins, and noting who holds what, and why."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.model.destruction import HeldCase, Hold, PlannedCase, PlannedDestruction
from budkavle.model.sentences import Sentence
from budkavle.plugins.registry import Plugins
from budkavle.storage import case_log
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, destruction_holds

NO_ANSWER = "Tillägget svarade inte, och inget gallras i tveksamma fall."
ASK_AGAIN, ASK_SILENT_AGAIN = timedelta(days=1), timedelta(hours=1)
log = structlog.get_logger("budkavle.operations.destruction")


def ask(plugins: Plugins, planned: PlannedDestruction) -> list[tuple[str, Hold]]:
    """Ask every plugin what it holds back.

    Args:
        plugins: The plugins.
        planned: What is to be destroyed.

    Returns:
        Each hold with its plugin's name. One that fails, is late, or answers something else holds back everything.
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
    """Return a plugin's holds; None where it answered anything else."""
    holds: list[Hold] = []
    for answer in answers:
        if not isinstance(answer, list | tuple | set | frozenset):
            return None
        for hold in answer:
            if not isinstance(hold, Hold) or not str(hold.why).strip():
                return None
            holds.append(hold)
    return holds


def part(planned: Sequence[PlannedCase], holds: Sequence[tuple[str, Hold]]) -> tuple[list[PlannedCase], list[HeldCase]]:
    """Part what may be destroyed from what is held. A case that goes whole is kept whole, whatever of it is held."""
    free: list[PlannedCase] = []
    held: list[HeldCase] = []
    for case in planned:
        of_case = [(plugin, hold) for plugin, hold in holds if hold.thing_id in {case.id, *case.message_ids}]
        all_kept = case.is_whole or any(hold.thing_id == case.id for _, hold in of_case)
        kept = case.message_ids if all_kept and of_case else tuple(hold.thing_id for _, hold in of_case)
        held += [HeldCase(case.id, _kept_by(case, hold, all_kept), plugin, hold.why) for plugin, hold in of_case]
        left = tuple(message_id for message_id in case.message_ids if message_id not in kept)
        if left:
            free.append(PlannedCase(case.id, case.mailbox_id, left, case.is_whole))
    return free, held


def _kept_by(case: PlannedCase, hold: Hold, all_kept: bool) -> tuple[UUID, ...]:
    return case.message_ids if all_kept else (hold.thing_id,)


def store(work: Work, planned: Sequence[PlannedCase], held: Sequence[HeldCase]) -> None:
    """Note who holds what of these cases now, and forget what is no longer held. A new hold is written to the logs."""
    table = destruction_holds
    mailboxes = {case.id: case.mailbox_id for case in planned}
    old = (table.c.organisation_id == work.organisation_id, table.c.case_id.in_(mailboxes))
    before = work.connection.execute(delete(table).where(*old).returning(table)).all()
    since = {(row.case_id, row.plugin, row.why): row.held_at for row in before}
    for hold in held:
        held_at = since.get((hold.case_id, hold.by, Sentence(hold.why).to_text()), func.now())
        _insert(work, hold, held_at)
    for case_id, plugin, why in sorted(
        {(hold.case_id, hold.by, Sentence(hold.why).to_text()) for hold in held} - since.keys()
    ):
        case_log.write(work, case_log.CaseChange(mailboxes[case_id], case_id, "held-back"), by=plugin, why=why)


def _insert(work: Work, hold: HeldCase, held_at: object) -> None:
    pause = ASK_SILENT_AGAIN if hold.why == NO_ANSWER else ASK_AGAIN
    row = {
        "organisation_id": work.organisation_id,
        "case_id": hold.case_id,
        "plugin": hold.by,
        "why": Sentence(hold.why).to_text(),
        "held_at": held_at,
        "ask_again_at": func.now() + pause,
    }
    rows = [{**row, "thing_id": message_id} for message_id in hold.message_ids]
    work.connection.execute(upsert(destruction_holds).values(rows).on_conflict_do_nothing())


def is_held() -> ColumnElement[bool]:
    """Return the condition that a row of `cases` is held back, and that it is too early to ask again."""
    return (
        select(destruction_holds.c.case_id)
        .where(
            destruction_holds.c.organisation_id == cases.c.organisation_id,
            destruction_holds.c.case_id == cases.c.id,
            destruction_holds.c.plugin != "",  # what the core holds is judged each time
            destruction_holds.c.ask_again_at > func.now(),
        )
        .exists()
    )
