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

from budkavle.model.states import HANDED_OVER, TROUBLE, CaseState
from budkavle.model.times import ZONE
from budkavle.storage.database import CHANNEL, Line, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases


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
    family: str = ""
    """The transport's, where it has one."""
    loa: int = 0
    """What a reader must reach; what was sent from here is its members' own, but for what it passes on."""


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
_LOCK = Statement(
    f"SELECT {', '.join(one.name for one in cases.c)} FROM cases"  # noqa: S608 - names of ours
    " WHERE organisation_id = :organisation AND id = :case FOR UPDATE"
)
_ENTRIES = (
    "INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)"
    " SELECT :organisation, :case, CAST(:user AS uuid), clock_timestamp(), entry.kind, CAST(entry.facts AS jsonb)"
    " FROM unnest(CAST(:kinds AS text[]), CAST(:facts AS text[])) WITH ORDINALITY AS entry(kind, facts, number)"
    " ORDER BY entry.number"
)
_LOG = Statement(_ENTRIES)
_COUNT = (  # what a message `m` does to its case `c`
    "UPDATE cases c SET state = 'open', closed_at = NULL, binned_at = NULL, state_before_bin = NULL,"
    " messages = c.messages + 1, attachments = c.attachments + m.attachments, last_message_id = m.id,"
    " confidential = c.confidential OR m.confidential, channel = m.transport, active_at = now(),"
    " loa = greatest(c.loa, m.loa),"
    " has_incoming = c.has_incoming OR m.direction = 'in', has_outgoing = c.has_outgoing OR m.direction = 'out',"
    " incoming = c.incoming + CASE WHEN m.direction = 'in' THEN 1 ELSE 0 END"
)
_JOIN = Statement(
    f"WITH logged AS ({_ENTRIES})"
    f" {_COUNT} FROM (SELECT CAST(:message AS uuid) AS id, CAST(:attachments AS integer) AS attachments,"
    " CAST(:confidential AS boolean) AS confidential, CAST(:channel AS text) AS transport,"
    " CAST(:direction AS text) AS direction, CAST(:loa AS integer) AS loa) m"
    " WHERE c.organisation_id = :organisation AND c.id = :case"
)
_LOCK_HELD = Statement(
    "SELECT 1 FROM messages m JOIN cases c ON c.organisation_id = m.organisation_id AND c.id = m.case_id"
    " WHERE m.organisation_id = :organisation AND m.id = :message AND m.state = 'HELD' FOR UPDATE"
)
_RELEASE = Statement(
    "WITH m AS (UPDATE messages SET"  # noqa: S608 - constants
    "  state = CASE WHEN warned THEN 'RECEIVED_WITH_WARNINGS' ELSE 'RECEIVED' END"
    "  WHERE organisation_id = :organisation AND id = :message AND state = 'HELD' AND EXISTS (SELECT FROM deliveries d"
    "   WHERE d.organisation_id = :organisation AND d.id = :delivery AND d.state = ANY(:handed_over)) RETURNING *),"
    " logged AS (INSERT INTO case_events (organisation_id, case_id, at, kind, facts)"
    "  SELECT :organisation, c.id, clock_timestamp(), entry.kind,"
    "  jsonb_build_object('message', m.id, 'direction', m.direction, 'transport', m.transport) || entry.more"
    # The case by its key, not joined: else the planner, which knows nothing of `m`, may read all cases.
    "  FROM m JOIN cases c ON c.organisation_id = :organisation AND c.id = (SELECT case_id FROM m)"
    "  CROSS JOIN LATERAL (VALUES"
    "   (1, CASE WHEN c.messages = 0 THEN 'opened' ELSE 'joined' END, CAST('{}' AS jsonb)),"
    "   (2, 'reopened', jsonb_build_object('by', 'message', 'from', c.state))) AS entry(number, kind, more)"
    "  WHERE entry.number = 1 OR (c.messages > 0 AND c.state <> 'open') ORDER BY entry.number),"
    f" counted AS ({_COUNT} FROM m WHERE c.organisation_id = :organisation AND c.id = (SELECT case_id FROM m))"
    " SELECT m.id, pg_notify(:channel, CAST(json_build_object("
    "  'o', m.organisation_id, 'm', m.mailbox_id, 'c', m.case_id, 'k', 'joined') AS text)) FROM m"
)
_WORDS = Statement(
    "UPDATE cases SET words = ARRAY(SELECT DISTINCT unnest(words || CAST(:words AS bigint[])))"
    " WHERE organisation_id = :organisation AND id = :case AND NOT words @> CAST(:words AS bigint[])"
)
_TROUBLE = Statement("UPDATE cases SET trouble = true WHERE organisation_id = :organisation AND id = :case")
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
    year = at.astimezone(ZONE).year
    facts = {
        **_facts(joining),
        "mailbox": mailbox_id,
        "conversation": conversation_id,
        "words": list(words),
        "at": at,
        "year": str(year),
        "counter": f"cases-{year}",
        "held": held,
        "facts": _json(_log_facts(joining)),
    }
    _OPEN.later(connection, facts)


def lock_case(work: Work, case_id: UUID) -> Line | None:
    """Return the case's row, locked until the transaction ends, or None where there is none."""
    return _LOCK.one_or_none(work.connection, {"organisation": work.organisation_id, "case": case_id})


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
    _JOIN.later(connection, {**_facts(joining), **log})


def releasing(
    organisation_id: UUID, message_id: UUID, delivery_id: UUID
) -> tuple[tuple[Statement, Mapping[str, object]], ...]:
    """Return what lets a held message be read, counts it in its case and tells the pages (feature SD8).

    It does so where the receipt, the delivery, has been handed over, and once; the last statement's row tells. The
    locks come in a statement of their own, so that the next sees what those who held them have written.
    """
    facts = {
        "organisation": organisation_id,
        "message": message_id,
        "delivery": delivery_id,
        "handed_over": sorted(HANDED_OVER),
        "channel": CHANNEL,
    }
    return (_LOCK_HELD, facts), (_RELEASE, facts)


def add_words(work: Work, case_id: UUID, words: Sequence[int]) -> None:
    """Let the case be found by these words too."""
    _WORDS.later(work.connection, {"organisation": work.organisation_id, "case": case_id, "words": list(words)})


def log(work: Work, case_id: UUID, user_id: UUID | None, kinds: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Write rows of the case's log."""
    facts = {
        "organisation": work.organisation_id,
        "case": case_id,
        "user": user_id,
        "kinds": [kind for kind, _ in kinds],
        "facts": [_json(more) for _, more in kinds],
    }
    _LOG.later(work.connection, facts)


def weigh_trouble(work: Work, case_id: UUID | None, state: str) -> None:
    """Set or clear "Behöver åtgärd" after a delivery of the case has come to this state.

    The case is locked either way, and before its deliveries are looked at: else one that fails meanwhile is not seen.
    """
    if case_id is None:
        return
    facts: dict[str, object] = {"organisation": work.organisation_id, "case": case_id}
    if state in TROUBLE:
        _TROUBLE.later(work.connection, facts)
    else:
        _LOCK.later(work.connection, facts)
        _CALM.later(work.connection, {**facts, "trouble": sorted(TROUBLE)})


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
        "channel": joining.family or joining.transport,
        "incoming": joining.direction == "in",
        "direction": joining.direction,
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
