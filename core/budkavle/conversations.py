"""A case as messages change it: opening one, joining one, reopening it, and what is in trouble.

What people do with a case (take, close ...) is in `cases`. A case whose only message is still held has
`messages = 0` and is seen by nobody (feature SD8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection, Row, insert, text

from budkavle import tables
from budkavle.states import TROUBLE, CaseState


@dataclass(frozen=True, slots=True)
class Joining:
    """What of a message its case shows."""

    organisation_id: UUID
    case_id: UUID
    message_id: UUID
    direction: str
    transport: str
    confidential: bool
    attachments: int
    user_id: UUID | None = None


_NUMBER = text(
    "INSERT INTO counters (organisation_id, name, value) VALUES (:organisation, :name, 1)"
    " ON CONFLICT (organisation_id, name) DO UPDATE SET value = counters.value + 1 RETURNING value"
)
_LOCK = text("SELECT * FROM cases WHERE organisation_id = :organisation AND id = :case FOR UPDATE")
_JOIN = text(
    "UPDATE cases SET state = 'open', closed_at = NULL, binned_at = NULL, state_before_bin = NULL,"
    " messages = messages + 1, attachments = attachments + :attachments, last_message_id = :message,"
    " confidential = confidential OR :confidential, channel = :channel, active_at = now(),"
    " has_incoming = has_incoming OR :incoming, has_outgoing = has_outgoing OR NOT :incoming,"
    " incoming = incoming + CASE WHEN :incoming THEN 1 ELSE 0 END"
    " WHERE organisation_id = :organisation AND id = :case"
)
_WORDS = text(
    "UPDATE cases SET words = ARRAY(SELECT DISTINCT unnest(words || CAST(:words AS bigint[])))"
    " WHERE organisation_id = :organisation AND id = :case AND NOT words @> CAST(:words AS bigint[])"
)
_LOG = text(
    "INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)"
    " SELECT :organisation, :case, CAST(:user AS uuid), clock_timestamp(), entry.kind, CAST(entry.facts AS jsonb)"
    " FROM unnest(CAST(:kinds AS text[]), CAST(:facts AS text[])) WITH ORDINALITY AS entry(kind, facts, number)"
    " ORDER BY entry.number"
)
_TROUBLE = text("UPDATE cases SET trouble = true WHERE organisation_id = :organisation AND id = :case AND NOT trouble")
_CALM = text(
    "UPDATE cases SET trouble = EXISTS (SELECT 1 FROM messages m JOIN deliveries d"
    " ON d.organisation_id = m.organisation_id AND d.message_id = m.id AND d.state = ANY(:trouble)"
    " WHERE m.organisation_id = :organisation AND m.case_id = :case)"
    " WHERE organisation_id = :organisation AND id = :case AND trouble"
)


def open_case(
    connection: Connection, joining: Joining, mailbox_id: UUID, conversation_id: str, words: Sequence[int], at: datetime
) -> str:
    """Write a new case for its first message and return its number; `at` is when it opened.

    The case counts no message yet: `join` does, at once or when a held message has been released.
    """
    number = f"{at.year}-{_next(connection, joining.organisation_id, at.year):04d}"
    connection.execute(
        insert(tables.cases).values(
            organisation_id=joining.organisation_id,
            id=joining.case_id,
            mailbox_id=mailbox_id,
            number=number,
            state=CaseState.OPEN.value,
            holder_id=joining.user_id,
            conversation_id=conversation_id,
            channel=joining.transport,
            has_incoming=False,
            has_outgoing=False,
            confidential=False,
            attachments=0,
            messages=0,
            words=list(words),
            opened_at=at,
            active_at=at,
        )
    )
    return number


def lock_case(connection: Connection, organisation_id: UUID, case_id: UUID) -> Row[Any] | None:
    """Return the case's row, locked until the transaction ends, or None where there is none."""
    return connection.execute(_LOCK, {"organisation": organisation_id, "case": case_id}).one_or_none()


def join(connection: Connection, joining: Joining, state_before: CaseState | None) -> None:
    """Let a message count in its case, and write the case's log; a closed case opens again (feature Y1).

    Args:
        connection: Of the transaction that stores or releases the message.
        joining: The message.
        state_before: The state in which the case was; None for a new one.
    """
    connection.execute(
        _JOIN,
        {
            "organisation": joining.organisation_id,
            "case": joining.case_id,
            "message": joining.message_id,
            "attachments": joining.attachments,
            "confidential": joining.confidential,
            "channel": joining.transport,
            "incoming": joining.direction == "in",
        },
    )
    facts = {"message": str(joining.message_id), "direction": joining.direction, "transport": joining.transport}
    kinds: list[tuple[str, Mapping[str, str]]] = [("opened" if state_before is None else "joined", facts)]
    if state_before not in {None, CaseState.OPEN}:
        kinds.append(("reopened", {**facts, "by": "message", "from": str(state_before)}))
    log(connection, joining.organisation_id, joining.case_id, joining.user_id, kinds)


def add_words(connection: Connection, organisation_id: UUID, case_id: UUID, words: Sequence[int]) -> None:
    """Let the case be found by these words too."""
    connection.execute(_WORDS, {"organisation": organisation_id, "case": case_id, "words": list(words)})


def log(
    connection: Connection,
    organisation_id: UUID,
    case_id: UUID,
    user_id: UUID | None,
    kinds: Sequence[tuple[str, Mapping[str, str]]],
) -> None:
    """Write rows of the case's log."""
    facts = {
        "organisation": organisation_id,
        "case": case_id,
        "user": user_id,
        "kinds": [kind for kind, _ in kinds],
        "facts": [msgspec.json.encode(facts).decode() for _, facts in kinds],
    }
    connection.execute(_LOG, facts)


def weigh_trouble(connection: Connection, organisation_id: UUID, case_id: UUID | None, state: str) -> None:
    """Set or clear "Behöver åtgärd" after a delivery of the case has come to this state."""
    if case_id is None:
        return
    facts: dict[str, object] = {"organisation": organisation_id, "case": case_id}
    if state in TROUBLE:
        connection.execute(_TROUBLE, facts)
    else:
        connection.execute(_CALM, {**facts, "trouble": sorted(TROUBLE)})


def new_conversation() -> str:
    """Return an id for a conversation that begins here (feature SD9)."""
    return str(uuid4())


def _next(connection: Connection, organisation_id: UUID, year: int) -> int:
    value: int = connection.execute(_NUMBER, {"organisation": organisation_id, "name": f"cases-{year}"}).scalar_one()
    return value
