"""A case as messages change it: opening one, joining one, reopening it, and what is in trouble.

What people do with a case (take, close ...) is in `cases`. A case whose only message is still held has
`messages = 0` and is seen by nobody (feature SD8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection

from budkavle.database import Line, Statement
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
    loa: int = 0
    """What a reader must reach; what was sent from here is its members' own."""


_OPEN = Statement(
    "WITH next AS (INSERT INTO counters (organisation_id, name, value) VALUES (:organisation, :counter, 1)"
    "  ON CONFLICT (organisation_id, name) DO UPDATE SET value = counters.value + 1 RETURNING value),"
    " logged AS (INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)"
    "  SELECT :organisation, :case, CAST(:user AS uuid), clock_timestamp(), 'opened', CAST(:facts AS jsonb)"
    "  WHERE NOT :held)"
    " INSERT INTO cases (organisation_id, id, mailbox_id, number, state, holder_id, conversation_id, channel,"
    "  has_incoming, has_outgoing, confidential, attachments, messages, incoming, last_message_id, words,"
    "  opened_at, active_at, loa)"
    " SELECT :organisation, :case, :mailbox, :year || '-' || lpad(CAST(value AS text),"
    "  greatest(4, length(CAST(value AS text))), '0'), 'open', CAST(:user AS uuid), :conversation, :channel,"
    "  :incoming AND NOT :held, NOT :incoming, :confidential AND NOT :held,"
    "  CASE WHEN :held THEN 0 ELSE :attachments END, CASE WHEN :held THEN 0 ELSE 1 END,"
    "  CASE WHEN :incoming AND NOT :held THEN 1 ELSE 0 END, CASE WHEN :held THEN NULL ELSE :message END,"
    "  CAST(:words AS bigint[]), :at, now(), CAST(:loa AS integer) FROM next"
)
_LOCK = Statement("SELECT * FROM cases WHERE organisation_id = :organisation AND id = :case FOR UPDATE")
_ENTRIES = (
    "INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)"
    " SELECT :organisation, :case, CAST(:user AS uuid), clock_timestamp(), entry.kind, CAST(entry.facts AS jsonb)"
    " FROM unnest(CAST(:kinds AS text[]), CAST(:facts AS text[])) WITH ORDINALITY AS entry(kind, facts, number)"
    " ORDER BY entry.number"
)
_LOG = Statement(_ENTRIES)
_JOIN = Statement(
    f"WITH logged AS ({_ENTRIES})"  # noqa: S608 - constants
    " UPDATE cases SET state = 'open', closed_at = NULL, binned_at = NULL, state_before_bin = NULL,"
    " messages = messages + 1, attachments = attachments + :attachments, last_message_id = :message,"
    " confidential = confidential OR :confidential, channel = :channel, active_at = now(),"
    " loa = greatest(loa, CAST(:loa AS integer)),"
    " has_incoming = has_incoming OR :incoming, has_outgoing = has_outgoing OR NOT :incoming,"
    " incoming = incoming + CASE WHEN :incoming THEN 1 ELSE 0 END"
    " WHERE organisation_id = :organisation AND id = :case"
)
_WORDS = Statement(
    "UPDATE cases SET words = ARRAY(SELECT DISTINCT unnest(words || CAST(:words AS bigint[])))"
    " WHERE organisation_id = :organisation AND id = :case AND NOT words @> CAST(:words AS bigint[])"
)
_TROUBLE = Statement(
    "UPDATE cases SET trouble = true WHERE organisation_id = :organisation AND id = :case AND NOT trouble"
)
_CALM = Statement(
    "UPDATE cases SET trouble = EXISTS (SELECT 1 FROM messages m JOIN deliveries d"
    " ON d.organisation_id = m.organisation_id AND d.message_id = m.id AND d.state = ANY(:trouble)"
    " WHERE m.organisation_id = :organisation AND m.case_id = :case)"
    " WHERE organisation_id = :organisation AND id = :case AND trouble"
)


def open_case(
    connection: Connection,
    joining: Joining,
    mailbox_id: UUID,
    conversation_id: str,
    words: Sequence[int],
    at: datetime,
    *,
    held: bool = False,
) -> None:
    """Write a new case for its first message; who sends it holds the case.

    Args:
        connection: Of the transaction that stores the message.
        joining: The message.
        mailbox_id: Where the case is.
        conversation_id: What the case and all its messages are called on the network.
        words: By which it is found (`store.index_words`).
        at: When it opened; the year of its number.
        held: The message counts only when it is released; then `join` is called.
    """
    facts = {
        **_facts(joining),
        "mailbox": mailbox_id,
        "conversation": conversation_id,
        "words": list(words),
        "at": at,
        "year": str(at.year),
        "counter": f"cases-{at.year}",
        "held": held,
        "facts": _json(_log_facts(joining)),
    }
    _OPEN.run(connection, facts)


def lock_case(connection: Connection, organisation_id: UUID, case_id: UUID) -> Line | None:
    """Return the case's row, locked until the transaction ends, or None where there is none."""
    return _LOCK.one_or_none(connection, {"organisation": organisation_id, "case": case_id})


def join(connection: Connection, joining: Joining, state_before: CaseState | None) -> None:
    """Let a message count in its case, and write the case's log; a closed case opens again (feature Y1).

    Args:
        connection: Of the transaction that stores or releases the message.
        joining: The message.
        state_before: The state in which the case was; None for a new one.
    """
    facts = _log_facts(joining)
    kinds: list[tuple[str, Mapping[str, str]]] = [("opened" if state_before is None else "joined", facts)]
    if state_before not in {None, CaseState.OPEN}:
        kinds.append(("reopened", {**facts, "by": "message", "from": str(state_before)}))
    log = {"kinds": [kind for kind, _ in kinds], "facts": [_json(more) for _, more in kinds]}
    _JOIN.run(connection, {**_facts(joining), **log})


def add_words(connection: Connection, organisation_id: UUID, case_id: UUID, words: Sequence[int]) -> None:
    """Let the case be found by these words too."""
    _WORDS.run(connection, {"organisation": organisation_id, "case": case_id, "words": list(words)})


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
        "facts": [_json(more) for _, more in kinds],
    }
    _LOG.run(connection, facts)


def weigh_trouble(connection: Connection, organisation_id: UUID, case_id: UUID | None, state: str) -> None:
    """Set or clear "Behöver åtgärd" after a delivery of the case has come to this state."""
    if case_id is None:
        return
    facts: dict[str, object] = {"organisation": organisation_id, "case": case_id}
    if state in TROUBLE:
        _TROUBLE.run(connection, facts)
    else:
        _CALM.run(connection, {**facts, "trouble": sorted(TROUBLE)})


def new_conversation() -> str:
    """Return an id for a conversation that begins here (feature SD9)."""
    return str(uuid4())


def _facts(joining: Joining) -> dict[str, object]:
    return {
        "organisation": joining.organisation_id,
        "case": joining.case_id,
        "message": joining.message_id,
        "attachments": joining.attachments,
        "confidential": joining.confidential,
        "channel": joining.transport,
        "incoming": joining.direction == "in",
        "user": joining.user_id,
        "loa": joining.loa,
    }


def _log_facts(joining: Joining) -> dict[str, str]:
    return {
        "message": str(joining.message_id),
        "direction": joining.direction,
        "transport": joining.transport,
    }


def _json(facts: Mapping[str, str]) -> str:
    return msgspec.json.encode(facts).decode()
