"""Opening a case: its thread, attachments, log, and the state of everything that was sent."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, literal_column, select
from sqlalchemy import case as sql_case
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.permissions import NO_CASE, case_row, require_loa, require_member, require_reader
from budkavle.cases import attachments, message_store
from budkavle.cases.inbox import SentTo, as_cases, recipients_of, rows_of_cases
from budkavle.cases.retention import CaseTimes, case_times
from budkavle.cases.teamwork.forwarding import FORWARDED, names_of_recipients
from budkavle.cases.transitions import move_messages
from budkavle.deliveries import openings
from budkavle.deliveries.delivery_history import StoredReceipt, histories_of
from budkavle.model.errors import NotFound
from budkavle.model.mailboxes import Case, CaseEvent
from budkavle.model.messages import Attachment, DeliveryEvent, Direction, Message, Purpose
from budkavle.model.states import DeliveryState, IncomingState
from budkavle.storage import audit
from budkavle.storage.events.traces import record_once
from budkavle.storage.platform import Work
from budkavle.storage.tables import attachments as attachments_table
from budkavle.storage.tables import case_events, cases, deliveries, reads, users
from budkavle.storage.tables import messages as messages_table

VIEWED_AGAIN = "1 minute"
"""How long an opening is not recorded again for the same user and case."""


@dataclass(frozen=True, slots=True)
class Track:
    """One recipient's delivery: its state, each step, and the receipts."""

    to: SentTo
    events: tuple[DeliveryEvent, ...] = ()
    receipts: tuple[StoredReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Threaded:
    """A message in its thread.

    Attributes:
        depth: 0 for one that answers no message of the thread.
        tracks: The deliveries of a sent message, by recipient.
        receipted_at: When the receipt for a received message was handed over, if it has one.
    """

    message: Message
    depth: int = 0
    tracks: tuple[Track, ...] = ()
    receipted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the page of a case shows.

    Attributes:
        administrator: Whether the reader administers the mailbox, and so may release anyone's case.
        times: When its messages will be destroyed, and what remains of those that have been.
    """

    case: Case
    thread: tuple[Threaded, ...]
    log: tuple[CaseEvent, ...]
    administrator: bool
    times: CaseTimes = field(default_factory=CaseTimes)

    def message(self, message_id: UUID) -> Threaded | None:
        """Return one message of the thread, or None."""
        return next((threaded for threaded in self.thread if threaded.message.id == message_id), None)


def case(work: Work, case_id: UUID, *, opens: bool = True) -> CaseView:
    """Open a case: mark it as read, record the opening, and return everything, in a fixed number of queries.

    Args:
        work: The unit of work; its actor is the reader.
        case_id: The case.
        opens: Whether its messages are read now. A page that is already open and only refreshes records nothing, and
            shows nothing of messages that have come since.

    Raises:
        NotFound: The case is unknown or destroyed, or not in a mailbox of the actor.
        StepUp: It has a message that requires a higher level of assurance than the actor's session has.
    """
    row = case_row(work, case_id)
    require_loa(work.actor, row["loa"])
    listed = work.connection.execute(rows_of_cases(work.actor).where(cases.c.id == case_id)).all()
    messages = message_store.case_messages(work, case_id, row["since"])
    if not messages:
        raise NotFound(NO_CASE)
    tracks = _tracks(work, messages)
    receipted = _receipt_times(work, case_id)
    view = CaseView(
        case=as_cases(work, listed)[0],
        thread=tuple(_threaded(messages, tracks, receipted)),
        log=_log(work, case_id),
        administrator=bool(row["administrator"]),
        times=case_times(work, case_id, row["since"]),
    )
    if opens:
        _record_opening(work, row)
    recalled = openings.claim_openings(work, messages) if work.actor.user_id and opens else frozenset()
    return replace(view, thread=tuple(_hide_recalled(threaded, recalled) for threaded in view.thread))


def open_attachment(work: Work, attachment_id: UUID) -> tuple[Attachment, Iterator[bytes]]:
    """Return a file and its bytes, for members of its mailbox, or for the uploader of an unsent file.

    Raises:
        NotFound: It is unknown here or the actor may not see it, its message is held or recalled, or its key is
            destroyed.
        StepUp: Its message requires a higher level of assurance than the actor's session has.
    """
    opened = attachments.open_attachment(work, attachment_id)
    if work.actor.user_id is not None:
        _mark_downloaded(work, attachment_id)
        _record_file(work, attachment_id)
        openings.tell_downloaded(work, attachment_id)
    return opened


def _record_file(work: Work, attachment_id: UUID) -> None:
    """Record who has opened a file of a case, once a minute; an unsent upload belongs to no case yet."""
    of_file = (attachments_table.c.organisation_id == work.organisation_id, attachments_table.c.id == attachment_id)
    this_case = messages_table.c.id == attachments_table.c.message_id
    query = select(messages_table.c.case_id, messages_table.c.mailbox_id).where(*of_file, this_case)
    if row := work.connection.execute(query).one_or_none():
        reader, mailbox = str(work.actor.user_id), str(row.mailbox_id)
        record_once(work, "case.file-opened", attachment_id, reader, about=row.case_id, mailbox=mailbox)


def _mark_downloaded(work: Work, attachment_id: UUID) -> None:
    """Mark an incoming message as downloaded, after a user has downloaded a file of it."""
    table = attachments_table
    of_file = select(table.c.message_id).where(
        table.c.organisation_id == work.organisation_id, table.c.id == attachment_id
    )
    move_messages(work, messages_table.c.id == of_file.scalar_subquery(), IncomingState.DOWNLOADED)


def _hide_recalled(threaded: Threaded, recalled: Collection[UUID]) -> Threaded:
    """Return a message as it may be seen: without any content if its sender has recalled it."""
    message = threaded.message
    if message.id not in recalled and message.state is not IncomingState.RECALLED:
        return threaded
    empty = replace(message, subject="", body="", attachments=(), references=(), persons=(), warnings=(), claimed=None)
    return replace(threaded, message=replace(empty, state=IncomingState.RECALLED))


def message(work: Work, message_id: UUID) -> Message:
    """Return one message as the system sees it, for a plugin that has been notified of it; nothing is recorded.

    Raises:
        Forbidden: The actor is not a system actor with READ.
        NotFound: There is none, or it is still held.
    """
    matches = messages(work, [message_id])
    if not matches:
        raise NotFound("Meddelandet finns inte.")
    return matches[0]


def messages(work: Work, message_ids: Collection[UUID]) -> list[Message]:
    """Return those of the messages that exist and are not held, as `message` does, the oldest first.

    Raises:
        Forbidden: The actor is not a system actor with READ.
    """
    require_reader(work.actor)
    held = messages_table.c.state.is_distinct_from(IncomingState.HELD.value)
    by_id = messages_table.c.id.in_(message_ids)
    return message_store.messages(work, by_id, held)


def sent_message(work: Work, mailbox_id: UUID, message_id: UUID) -> Message | None:
    """Return a message that was sent from a mailbox; None if there is none.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox that it is sent from.
        message_id: The message.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    require_member(work, mailbox_id)
    this = and_(messages_table.c.id == message_id, messages_table.c.mailbox_id == mailbox_id)
    sent = messages_table.c.direction == Direction.OUT.value
    return next(iter(message_store.messages(work, this, sent)), None)


def _record_opening(work: Work, row: RowMapping) -> None:
    """Mark as read, and record the opening, once a minute."""
    if work.actor.user_id is None:
        return
    values: dict[str, Any] = {
        "organisation_id": work.organisation_id,
        "user_id": work.actor.user_id,
        "case_id": row["id"],
        "seen": row["incoming"],
        "at": func.now(),
    }
    write = upsert(reads).values(values)
    due = reads.c.at < func.now() - literal_column(f"INTERVAL '{VIEWED_AGAIN}'")
    changed = write.on_conflict_do_update(
        index_elements=["organisation_id", "user_id", "case_id"],
        set_={
            "seen": func.greatest(reads.c.seen, write.excluded.seen),
            "at": sql_case((due, func.now()), else_=reads.c.at),
        },
    )
    viewed = work.connection.execute(changed.returning(reads.c.at == func.now())).scalar_one()
    if viewed:
        protected = row["loa"] > 0 or row["confidential"]
        audit.record(work, "case.viewed", row["id"], mailbox=str(row["mailbox_id"]), protected=protected)


def _threaded(
    messages: Sequence[Message], tracks: Mapping[UUID, tuple[Track, ...]], receipted: Mapping[UUID, datetime]
) -> Iterable[Threaded]:
    """Order by replies, then by time; a reply to an unknown message starts a thread."""
    names = {message.remote_id: message.id for message in messages if message.remote_id}
    names |= {
        str(track.to.delivery_id): message_id for message_id, track_list in tracks.items() for track in track_list
    }
    names |= {str(message.id): message.id for message in messages}
    answers: defaultdict[UUID | None, list[Message]] = defaultdict(list)
    earlier: set[UUID] = set()
    for message in messages:
        parent = names.get(message.ref_to or "")
        # Only an earlier message can have been answered: a forward reference would make a cycle.
        answers[parent if parent in earlier else None].append(message)
        earlier.add(message.id)
    waiting = [(message, 0) for message in reversed(answers[None])]
    while waiting:
        message, depth = waiting.pop()
        yield Threaded(message, depth, tracks.get(message.id, ()), receipted.get(message.id))
        waiting.extend((answer, depth + 1) for answer in reversed(answers[message.id]))


def _tracks(work: Work, messages: Sequence[Message]) -> dict[UUID, tuple[Track, ...]]:
    sent = [message.id for message in messages if message.direction is Direction.OUT]
    if not sent:
        return {}
    recipients = recipients_of(work, sent)
    ways = iter(tracks(work, [to for recipient_list in recipients.values() for to in recipient_list]))
    return {message_id: tuple(next(ways) for _ in recipient_list) for message_id, recipient_list in recipients.items()}


def tracks(work: Work, to: Sequence[SentTo]) -> list[Track]:
    """Return each recipient's steps and receipts, with two queries for any number of recipients."""
    histories = histories_of(work, [recipient.delivery_id for recipient in to])
    return [
        Track(recipient, histories[recipient.delivery_id].events, histories[recipient.delivery_id].receipts)
        for recipient in to
    ]


def _receipt_times(work: Work, case_id: UUID) -> dict[UUID, datetime]:
    """Return when the receipts for received messages were handed over, by message."""
    query = select(deliveries.c.message_id, deliveries.c.changed_at).join(
        messages_table,
        and_(
            messages_table.c.organisation_id == deliveries.c.organisation_id,
            messages_table.c.id == deliveries.c.message_id,
        ),
    )
    in_case = and_(messages_table.c.organisation_id == work.organisation_id, messages_table.c.case_id == case_id)
    gone = and_(deliveries.c.purpose == Purpose.RECEIPT.value, deliveries.c.state == DeliveryState.ACKNOWLEDGED.value)
    return {row.message_id: row.changed_at for row in work.connection.execute(query.where(in_case, gone))}


def _log(work: Work, case_id: UUID) -> tuple[CaseEvent, ...]:
    who = and_(users.c.organisation_id == case_events.c.organisation_id, users.c.id == case_events.c.user_id)
    query = select(case_events, users.c.name).select_from(case_events.outerjoin(users, who))
    query = query.where(case_events.c.organisation_id == work.organisation_id, case_events.c.case_id == case_id)
    rows = work.connection.execute(query.order_by(case_events.c.id)).all()
    to = names_of_recipients(work, [UUID(row.facts["message"]) for row in rows if row.kind == FORWARDED])
    return tuple(
        CaseEvent(
            row.at,
            row.kind,
            row.name or "",
            {**row.facts, "to": to.get(UUID(row.facts["message"]), "")} if row.kind == FORWARDED else row.facts,
        )
        for row in rows
    )
