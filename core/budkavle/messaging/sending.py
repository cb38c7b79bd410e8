"""Sending: a draft is checked and becomes a message with a delivery in the queue for each recipient.

A worker sends the deliveries later (`deliveries.attempt`); nothing is sent from here.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.permissions import require_writer
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import attachments, case_updates, message_store
from budkavle.cases.case_updates import Joining
from budkavle.cases.message_store import Body, Head
from budkavle.cases.teamwork.forwarding import keep_restriction, note_forwarded
from budkavle.deliveries.destinations import naming
from budkavle.deliveries.receipts import receipt, retry
from budkavle.measures import tracing
from budkavle.messaging import assurance, drafts, recipients, saved_drafts
from budkavle.messaging.receiving import Accepted, accept, refuse
from budkavle.messaging.recipients import Route, Routes
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model import sources
from budkavle.model.errors import BudkavleError, Conflict, Invalid, NeedsApproval, NotFound
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.messages import Address, Attachment, Direction, Draft, Message, Terms
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.model.states import CaseState
from budkavle.storage import audit, case_log
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement, savepoint
from budkavle.storage.platform import Work

__all__ = ["Accepted", "accept", "receipt", "refuse", "retry", "send"]


class _Queries(QueryFile):
    load_answered: Statement
    find_newer: Statement
    store_message: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class OutgoingDraft:
    """A draft that has passed its checks, before its rows are written."""

    actor: Actor
    mailbox_id: UUID
    draft: Draft
    addressed: Sequence[Route]
    head: Head
    at: datetime
    id: UUID
    hold: timedelta


def send(
    work: Work,
    mailbox_id: UUID,
    draft: Draft,
    *,
    hold: timedelta = timedelta(0),
    routes: Routes | None = None,
    saved: SavedForm | None = None,
) -> Message:
    """Store a message and put its deliveries in the queue, in one transaction.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox to send from.
        draft: What to send. `extra["seen"]`, if given, is the id of the last message of the thread that the author has
            seen: if the thread has a newer one, nothing is sent.
        hold: How long it waits before a worker may claim it; until then `undo` takes it back.
        routes: The address books' answers about the recipients; without it they are queried.
        saved: The form that it was written on; its draft is removed, or kept for as long as `hold`.

    Raises:
        NotFound: The actor is not a member of the mailbox, or `reply_to` is not in it; or `forwards` is of a restricted
            case that the actor is not named for.
        Forbidden: The actor is a stand-in for the owner and may only read.
        NeedsApproval: The mailbox requires approval by a second person; see `held_sends`.
        Invalid: The draft breaks a rule; nothing has been stored.
        Conflict: The case has an answer or a message that the author has not seen; or `once` has been sent.
        Unresponsive: A required address book or transport does not answer; nothing has been stored.
    """
    outgoing, files = check(work, mailbox_id, draft, hold, routes)
    return _send(work, outgoing, files, saved, is_approved=False)


def send_approved(work: Work, mailbox_id: UUID, draft: Draft) -> Message:
    """Send a message that a second person has approved, as `send` does."""
    outgoing, files = check(work, mailbox_id, draft, timedelta(0), None)
    return _send(work, outgoing, files, None, is_approved=True)


def send_claimed(work: Work, mailbox_id: UUID, draft: Draft, claim: Callable[[], None]) -> Message:
    """Send as `send` does, but first call `claim` in the transaction that stores the message; its error stops it."""
    outgoing, files = check(work, mailbox_id, draft, timedelta(0), None)
    return _send(work, outgoing, files, None, is_approved=False, claim=claim)


def require_free(work: Work, mailbox: FunctionMailbox, loa: Loa) -> None:
    """Require that a message of a level of assurance, sent from a mailbox, needs no approval.

    Raises:
        NeedsApproval: A second person must approve it first.
    """
    if mailbox.needs_approval or 0 < approval_level(work, mailbox, loa) <= loa:
        raise NeedsApproval(
            "Det som skickas från {mailbox} ska först godkännas av en kollega. Inget har skickats.",
            mailbox=mailbox.name,
        )


def approval_level(work: Work, mailbox: FunctionMailbox, most: Loa = Loa.THREE) -> int:
    """Return the lowest level of assurance at which messages need approval; 0 if none do.

    Args:
        work: The unit of work.
        mailbox: The mailbox to send from; a personal one has no members who could approve.
        most: The highest level that matters; with none, nothing is read.
    """
    if mailbox.kind is not MailboxKind.FUNCTION or not most:
        return 0
    return read_settings(work, MessageSettings).approval_from_loa


def _send(
    work: Work,
    outgoing: OutgoingDraft,
    files: Sequence[Attachment],
    saved: SavedForm | None,
    *,
    is_approved: bool,
    claim: Callable[[], None] | None = None,
) -> Message:
    least = assurance.least(work, outgoing.draft.forwards)
    try:
        # Again: it may have changed while the plugins were called.
        mailbox = require_writer(work, outgoing.mailbox_id).mailbox
        if not is_approved:
            require_free(work, mailbox, outgoing.draft.loa)
        _record_draft(work, outgoing, saved)
        if claim is not None:
            claim()
        message = _store(work, outgoing, least, mailbox)
        if outgoing.draft.forwards is not None:
            note_forwarded(work, outgoing.draft.forwards, outgoing.id, _reason(outgoing, least))
        work.commit()
    except (UniqueViolation, IntegrityError) as error:  # raised by the driver or by SQLAlchemy
        if not isinstance(getattr(error, "orig", error), UniqueViolation):
            raise
        raise Conflict("Meddelandet är redan skickat.") from error
    return replace(message, attachments=tuple(files))


def _reason(outgoing: OutgoingDraft, least: Loa) -> str:
    """Return the reason for forwarding a message that has a level with a transport that requires none."""
    keeps_level = all(route.transport.capabilities.family for route in outgoing.addressed)
    return "" if keeps_level or not least else outgoing.draft.level_reason.strip()


def check(
    work: Work, mailbox_id: UUID, draft: Draft, hold: timedelta, routes: Routes | None
) -> tuple[OutgoingDraft, Sequence[Attachment]]:
    """Check the draft and return it with its files; the work is committed before plugins are called."""
    drafts.check_words(draft)
    standing = require_writer(work, mailbox_id)
    mailbox = standing.mailbox
    files = attachments.files(work, draft.attachments)
    channel_types = recipients.load_channel_types(work, files)
    addressed = recipients.resolve(work, standing, draft, routes)
    addressed_draft = replace(draft, recipients=tuple(route.recipient for route in addressed))
    to = [(route.recipient, route.transport) for route in addressed]
    drafts.refuse_faults(recipients.type_faults(channel_types, [route.transport for route in addressed], files))
    if draft.reply_to is not None and any(transport.capabilities.guests for _, transport in to):
        addressed_draft = assurance.with_earlier(addressed_draft, assurance.earlier_terms(work, draft.reply_to))
    addressed_draft = assurance.check(work, addressed_draft, to)
    work.commit()
    senders = recipients.sender_addresses(work, mailbox, addressed)
    recipients.check_transports(work, mailbox_id, addressed_draft, addressed, senders, files)
    sender_addresses = tuple(senders.values()) or (Address("", str(mailbox_id), name=mailbox.name),)
    head = Head(
        draft.subject.strip(), sender_addresses, addressed_draft.recipients, mailbox.name if standing.delegate else ""
    )
    return OutgoingDraft(
        work.actor, mailbox_id, addressed_draft, addressed, head, sources.now(), draft.once or sources.new_id(), hold
    ), files


def _record_draft(work: Work, outgoing: OutgoingDraft, saved: SavedForm | None) -> None:
    """Remove the draft from its author's list; if that fails, the message is still sent."""
    if saved is None:
        return
    # Before the message is stored: a failure shows up only at the round trip, and statements queued before it would
    # fail too.
    with suppress(BudkavleError, psycopg.Error), savepoint(work.connection):
        saved_drafts.record_sent(work, saved, outgoing.id, keep=outgoing.hold > timedelta(0))


def _store(work: Work, outgoing: OutgoingDraft, least: Loa, mailbox: FunctionMailbox) -> Message:
    draft = outgoing.draft
    body = Body(draft.body, draft.references, draft.persons, open_text=draft.open_text, labels=dict(draft.labels))
    answered = _load_answered(work, outgoing)
    joining = _joining(outgoing, answered, least)
    answered_conversation = answered.conversation_id if answered else ""
    conversation = draft.conversation_id or answered_conversation or case_updates.new_conversation()
    words = message_store.index_words(work, outgoing.head, body)
    case = _open_or_lock_case(work, outgoing, joining, conversation, words)
    if case is None and draft.forwards is not None:
        keep_restriction(work, draft.forwards, joining.case_id, mailbox)  # before anyone is notified of the case
    message = _as_message(outgoing, joining, conversation, answered)
    _queue_deliveries(work, outgoing, body, message)
    attachments.attach(work, outgoing.id, draft.attachments)
    if case is not None:
        case_updates.join(work.connection, joining, CaseState(case.state))
    lanes = sorted({route.transport.name for route in outgoing.addressed})
    audit.record_and_tell(
        work,
        "message.sent",
        outgoing.id,
        {"o": work.organisation_id, "m": outgoing.mailbox_id, "c": joining.case_id, "k": "joined", "w": lanes},
        case=str(joining.case_id),
        recipients=len(outgoing.addressed),
        transport=outgoing.addressed[0].transport.name,
        **case_updates.first_answer(case, mailbox.kind, outgoing.at),
    )
    return message


def _as_message(outgoing: OutgoingDraft, joining: Joining, conversation: str, answered: ResultRow | None) -> Message:
    return Message(
        id=outgoing.id,
        organisation_id=joining.organisation_id,
        mailbox_id=outgoing.mailbox_id,
        case_id=joining.case_id,
        direction=Direction.OUT,
        transport=joining.transport,
        subject=outgoing.head.subject,
        body=outgoing.draft.body,
        sender=outgoing.head.sender(joining.transport),
        recipients=outgoing.head.recipients,
        created_at=outgoing.at,
        conversation_id=conversation,
        ref_to=outgoing.draft.ref_to or (answered.reference if answered else None),
        confidential=outgoing.draft.confidential,
        references=outgoing.draft.references,
        persons=outgoing.draft.persons,
        author=outgoing.actor.name if outgoing.actor.user_id else "",
        on_behalf_of=outgoing.head.on_behalf_of,
        loa=outgoing.draft.loa,
        reply_allowed=outgoing.draft.reply_allowed,
        open_text=outgoing.draft.open_text,
        labels=outgoing.draft.labels,
    )


def _load_answered(work: Work, outgoing: OutgoingDraft) -> ResultRow | None:
    if outgoing.draft.reply_to is None:
        return None
    parameters = {
        "organisation": outgoing.actor.organisation_id,
        "id": outgoing.draft.reply_to,
        "mailbox": outgoing.mailbox_id,
    }
    row = QUERIES.load_answered.one_or_none(work.connection, parameters)
    if row is None:
        case_log.note_refused(work, [outgoing.draft.reply_to])
        raise NotFound("Meddelandet som du svarar på finns inte kvar i den här brevlådan.")
    if row.direction == Direction.IN.value and not row.reply_allowed:
        raise Conflict(drafts.NO_ANSWERS)
    if outgoing.draft.loa < row.loa and any(route.transport.capabilities.family for route in outgoing.addressed):
        sentence = Sentence(
            "Ett svar har minst samma tillitsnivå som meddelandet det svarar på. Välj nivå {loa}.", loa=row.loa
        )
        raise Invalid(drafts.RECTIFY, fields={"loa": sentence})
    return row


def _joining(outgoing: OutgoingDraft, answered: ResultRow | None, least: Loa) -> Joining:
    return Joining(
        organisation_id=outgoing.actor.organisation_id,
        case_id=answered.case_id if answered else sources.new_id(),
        mailbox_id=outgoing.mailbox_id,
        message_id=outgoing.id,
        direction=Direction.OUT.value,
        transport=outgoing.addressed[0].transport.name,
        family=outgoing.addressed[0].transport.capabilities.family,
        confidential=outgoing.draft.confidential,
        attachments=len(outgoing.draft.attachments),
        user_id=outgoing.actor.user_id,
        loa=int(least),
    )


def _open_or_lock_case(
    work: Work, outgoing: OutgoingDraft, joining: Joining, conversation: str, words: Sequence[int]
) -> ResultRow | None:
    """Open a case, or lock the one that continues; return the row of the latter, unchanged."""
    if outgoing.draft.reply_to is None:
        case_updates.open_case(work.connection, joining, conversation, words, outgoing.at)
        return None
    case = case_updates.lock_case(work, joining.case_id)
    if case is None:
        raise NotFound("Ärendet finns inte längre.")
    _refuse_unseen(work.connection, outgoing, joining.case_id)
    case_updates.add_words(work, joining.case_id, words)
    return case


def _refuse_unseen(connection: Connection, outgoing: OutgoingDraft, case_id: UUID) -> None:
    """Refuse an answer to a thread with messages that its author has not seen."""
    seen_id = outgoing.draft.extra.get("seen")
    if not seen_id:
        return
    message_id = as_uuid(seen_id)
    if message_id is None:
        raise NotFound("Meddelandet som du svarar på finns inte kvar i den här brevlådan.")
    parameters = {"organisation": outgoing.actor.organisation_id, "seen": message_id, "case": case_id}
    later = QUERIES.find_newer.one_or_none(connection, parameters)
    if later is None:
        return
    if later.direction == Direction.OUT.value:
        raise Conflict(
            "{who} har redan svarat i ärendet. Läs svaret innan du skickar ditt.",
            who=later.name or Sentence("Någon annan"),
        )
    raise Conflict("Det har kommit ett nytt meddelande i ärendet. Läs det innan du skickar ditt svar.")


def _terms(outgoing: OutgoingDraft, to: Route) -> Terms | None:
    return outgoing.draft.terms.get(to.recipient.value) if to.transport.capabilities.family else None


def _queue_deliveries(work: Work, outgoing: OutgoingDraft, body: Body, message: Message) -> None:
    """Write the message, and a delivery in the queue for each recipient."""
    organisation_id = message.organisation_id
    new_ids = sorted(sources.new_id() for _ in outgoing.addressed)
    ids = [outgoing.draft.message_id] if outgoing.draft.message_id else new_ids
    # Lists order recipients by the ids of their deliveries, so ids are assigned in the order of the recipients.
    posts, slot = list(zip(ids, outgoing.addressed, strict=True)), work.vault.slots.take()
    parameters = {
        "organisation": organisation_id,
        "id": outgoing.id,
        "mailbox": outgoing.mailbox_id,
        "case": message.case_id,
        "transport": message.transport,
        "conversation": message.conversation_id,
        "ref_to": message.ref_to,
        "author": outgoing.actor.user_id,
        "confidential": message.confidential,
        "attachments": len(outgoing.draft.attachments),
        "at": outgoing.at,
        "hold": outgoing.hold,
        "ids": ids,
        "transports": [route.transport.name for route in outgoing.addressed],
        "recipients": [message_store.seal_address(work, own_id, route.recipient, slot) for own_id, route in posts],
        "terms": [message_store.seal_terms(work, own_id, _terms(outgoing, route), slot) for own_id, route in posts],
        "destinations": [
            naming.number_of(naming.name_of(work, route.transport, outgoing.mailbox_id, route.recipient))
            for route in outgoing.addressed
        ],
        "priority": naming.priority_of(len(outgoing.addressed)),
        "loa": int(message.loa),
        "reply_allowed": message.reply_allowed,
    }
    content = message_store.parts(outgoing.head, body)
    sealed = work.vault.seal(work.connection, organisation_id, outgoing.id, content, slot)
    QUERIES.store_message.enqueue(work.connection, {**parameters, **sealed})
    for own_id, route in posts:
        told = {"message": str(outgoing.id), "transport": route.transport.name}
        work.after_commit(partial(tracing.note, "delivery.queued", own_id, first=True, **told))
