"""How messages change a case: they open it, join it, reopen it, or put it under "Behöver åtgärd".

What people do with a case (take, close ...) is in `cases`. A case whose only message is still held has
`messages = 0` and nobody sees it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from budkavle.cases import message_store, transitions
from budkavle.model import sources
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.states import TROUBLE, CaseState
from budkavle.model.times import ZONE
from budkavle.plugins.registry import Plugins
from budkavle.storage.database import CHANNEL, ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases


@dataclass(frozen=True, slots=True)
class Joining:
    """The properties of a message that its case shows."""

    organisation_id: UUID
    case_id: UUID
    mailbox_id: UUID
    message_id: UUID
    direction: str
    transport: str
    confidential: bool
    attachments: int
    user_id: UUID | None = None
    family: str = ""
    """The transport's family, if it has one."""
    loa: int = 0
    """The level that a reader must reach. Sent messages do not restrict their members, except for forwarded content."""


class _Queries(QueryFile):
    open_case: Statement
    lock_case: Statement
    add_entries: Statement
    lock_held: Statement
    add_words: Statement
    set_needs_action: Statement
    clear_needs_action: Statement
    recount_case: Statement


QUERIES = _Queries.load()


def open_case(
    connection: Connection,
    joining: Joining,
    conversation_id: str,
    words: Sequence[int],
    at: datetime,
    *,
    held: bool = False,
) -> None:
    """Write a new case for its first message; the sender holds the case.

    Args:
        connection: Of the transaction that stores the message.
        joining: The message.
        conversation_id: The id of the case and all its messages on the network.
        words: The search words of the case (`store.index_words`).
        at: When it opened; gives the year of its number.
        held: The message does not count until it is released; `join` is then called.
    """
    year = at.astimezone(ZONE).year
    parameters = {
        **_parameters(joining),
        "mailbox": joining.mailbox_id,
        "conversation": conversation_id,
        "words": list(words),
        "at": at,
        "year": str(year),
        "counter": f"cases-{year}",
        "held": held,
        "facts": _json(_log_details(joining)),
    }
    QUERIES.open_case.enqueue(connection, parameters)


def lock_case(work: Work, case_id: UUID) -> ResultRow | None:
    """Return the case's row, locked until the transaction ends, or None if there is none."""
    return QUERIES.lock_case.one_or_none(work.connection, {"organisation": work.organisation_id, "case": case_id})


def join(connection: Connection, joining: Joining, state_before: CaseState | None) -> None:
    """Count a message in its case, and write the case's log; a closed case opens again.

    Args:
        connection: Of the transaction that stores or releases the message.
        joining: The message.
        state_before: The case's state until now; None for a new one.
    """
    details = _log_details(joining)
    kinds: list[tuple[str, Mapping[str, str]]] = [("opened" if state_before is None else "joined", details)]
    if state_before not in {None, CaseState.OPEN}:
        kinds.append(("reopened", {**details, "by": "message", "from": str(state_before)}))
    log = {"kinds": [kind for kind, _ in kinds], "facts": [_json(more) for _, more in kinds]}
    statement, values = transitions.joining({**_parameters(joining), **log})
    statement.enqueue(connection, values)


def release_statements(
    organisation_id: UUID, message_id: UUID, delivery_id: UUID, plugins: Plugins
) -> tuple[tuple[Statement, Mapping[str, object]], ...]:
    """Return the statements that release a held message, count it in its case and notify the pages.

    They do so once, and only if the receipt (the delivery) has been handed over; the row of the last statement tells
    whether they did. The locks are taken in a separate statement, so that the next one sees what earlier holders wrote.
    """
    families = {name: transport.capabilities.family for name, transport in plugins.transports.items()}
    parameters = {"organisation": organisation_id, "message": message_id}
    with_families = _json({name: family for name, family in families.items() if family})
    return (QUERIES.lock_held, parameters), transitions.release_statement(
        {**parameters, "delivery": delivery_id, "families": with_families, "channel": CHANNEL}
    )


def first_answer(case: ResultRow | None, kind: MailboxKind, at: datetime) -> dict[str, int]:
    """Return the fact that counts the first answer in a case: the seconds since the case was opened.

    Args:
        case: The case without the message; None if the message opens one.
        kind: The kind of its mailbox. Answers from a personal inbox are not counted.
        at: When the message was sent.

    Returns:
        Nothing if the message is not a first answer to a received one.
    """
    if case is None or case.has_outgoing or not case.has_incoming or kind is not MailboxKind.FUNCTION:
        return {}
    return {"first_answer": max(int((at - case.opened_at).total_seconds()), 0)}


def mailbox_of(work: Work, case_id: UUID | None) -> UUID | None:
    """Return the mailbox of a case; None if there is no such case."""
    query = select(cases.c.mailbox_id).where(cases.c.organisation_id == work.organisation_id, cases.c.id == case_id)
    return work.connection.execute(query).scalar_one_or_none()


def add_words(work: Work, case_id: UUID, words: Sequence[int]) -> None:
    """Add search words to the case."""
    QUERIES.add_words.enqueue(
        work.connection, {"organisation": work.organisation_id, "case": case_id, "words": list(words)}
    )


def recount(work: Work, case_id: UUID) -> None:
    """Recount a case, and update its search words, after messages have been removed from it.

    Args:
        work: The unit of work, which has locked the case by `lock_case`.
        case_id: The case.
    """
    recount_all(work, [case_id])


def recount_all(work: Work, case_ids: Sequence[UUID]) -> None:
    """Recount cases as `recount` does; one query reads all that remains in them."""
    words = message_store.words_by_case(work, case_ids)
    for case_id in case_ids:
        parameters = {"organisation": work.organisation_id, "case": case_id, "words": words.get(case_id, [])}
        QUERIES.recount_case.enqueue(work.connection, parameters)


def log(work: Work, case_id: UUID, user_id: UUID | None, kinds: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Write entries in the case's log."""
    parameters = {
        "organisation": work.organisation_id,
        "case": case_id,
        "user": user_id,
        "kinds": [kind for kind, _ in kinds],
        "facts": [_json(more) for _, more in kinds],
    }
    QUERIES.add_entries.enqueue(work.connection, parameters)


def update_needs_action(work: Work, case_id: UUID | None, state: str) -> None:
    """Set or clear "Behöver åtgärd" after a delivery of the case has reached this state.

    The case is always locked before its deliveries are read; otherwise one that fails meanwhile is missed.
    """
    if case_id is None:
        return
    parameters: dict[str, object] = {"organisation": work.organisation_id, "case": case_id}
    if state in TROUBLE:
        QUERIES.set_needs_action.enqueue(work.connection, parameters)
    else:
        QUERIES.lock_case.enqueue(work.connection, parameters)
        QUERIES.clear_needs_action.enqueue(work.connection, {**parameters, "trouble": sorted(TROUBLE)})


def new_conversation() -> str:
    """Return the id of a new conversation."""
    return str(sources.new_id())


def _parameters(joining: Joining) -> dict[str, object]:
    return {
        "organisation": joining.organisation_id,
        "case": joining.case_id,
        "message": joining.message_id,
        "attachments": joining.attachments,
        "confidential": joining.confidential,
        "channel": joining.family or joining.transport,
        "incoming": joining.direction == "in",
        "direction": joining.direction,
        "user": joining.user_id,
        "loa": joining.loa,
    }


def _log_details(joining: Joining) -> dict[str, str]:
    return {
        "message": str(joining.message_id),
        "direction": joining.direction,
        "transport": joining.transport,
    }


def _json(values: Mapping[str, str]) -> str:
    return msgspec.json.encode(values).decode()
