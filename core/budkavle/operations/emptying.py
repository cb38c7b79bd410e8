"""Removes destroyed messages from their cases: counters, search words, and entries in the logs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from budkavle.cases import case_updates
from budkavle.model.destruction import PlannedCase
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.storage import audit, case_log
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    empty_cases: Statement
    forget_reads: Statement
    forget_tags: Statement
    forget_news: Statement
    forget_moves: Statement
    forget_restrictions: Statement


QUERIES = _Queries.load()


def leave_cases(work: Work, planned: Sequence[PlannedCase], reason: str, kinds: Mapping[UUID, str]) -> None:
    """Remove destroyed messages from their cases, and write the logs: who, when, what kind, and why.

    The work has locked the cases. The number of statements that wait for a result is the same for any number of cases.

    Args:
        work: The unit of work that destroys them.
        planned: The cases, each with its destroyed messages.
        reason: The reason.
        kinds: Direction and transport of each message.
    """
    why = Sentence(reason).to_text()
    whole = [case for case in planned if case.is_whole]
    parts = [case for case in planned if not case.is_whole]
    if whole:
        these = {"organisation": work.organisation_id, "cases": [case.id for case in whole]}
        QUERIES.empty_cases.enqueue(work.connection, these)
        QUERIES.forget_reads.enqueue(work.connection, these)
        QUERIES.forget_tags.enqueue(work.connection, these)
        QUERIES.forget_news.enqueue(work.connection, these)
        QUERIES.forget_moves.enqueue(work.connection, these)
        QUERIES.forget_restrictions.enqueue(work.connection, these)
        case_log.write_all(work, [_entry(case, "destroyed", why, kinds) for case in whole])
    if parts:
        case_updates.recount_all(work, [case.id for case in parts])
        case_log.write_all(work, [_entry(case, "messages-destroyed", why, kinds) for case in parts])
        for case in parts:
            _record_messages(work, case, why, kinds)


def _entry(
    case: PlannedCase, kind: str, why: str, kinds: Mapping[UUID, str]
) -> tuple[case_log.CaseChange, Mapping[str, str]]:
    counted = Counter(kinds[message_id] for message_id in case.message_ids if message_id in kinds)
    what = ", ".join(f"{number} {kind_of_message}" for kind_of_message, number in sorted(counted.items()))
    details = {"messages": str(len(case.message_ids)), "kinds": what, "reason": why}
    return case_log.CaseChange(case.mailbox_id, case.id, kind), details


def _record_messages(work: Work, case: PlannedCase, why: str, kinds: Mapping[UUID, str]) -> None:
    case_updates.update_needs_action(work, case.id, DeliveryState.DELETED)
    for message_id in case.message_ids:
        facts = {"case": str(case.id), "kind": kinds[message_id], "reason": why}
        audit.record(work, "message.destroyed", message_id, mailbox=str(case.mailbox_id), **facts)
