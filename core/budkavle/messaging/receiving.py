"""Incoming messages: matched to a mailbox and a case, stored, and held until their receipt has been handed over.

A transport answers its peer only after `accept` has returned. So a peer that has our answer can forget the message, and
a peer without an answer sends it again, which `accept` recognises as a duplicate.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.cases import attachments, case_updates, message_store
from budkavle.cases.attachments import Written
from budkavle.cases.case_updates import Joining
from budkavle.cases.message_store import Body, Head
from budkavle.deliveries import held_messages
from budkavle.deliveries.destinations import naming
from budkavle.deliveries.queue import SMALL
from budkavle.measures import catalogue, tracing
from budkavle.messaging import incoming_rules, matching, senders
from budkavle.messaging.senders import CheckedNames
from budkavle.model import sources
from budkavle.model.errors import Permanent
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Direction, Incoming, Purpose, ReceiptToSend, Refusal
from budkavle.model.people import Actor, GuestActor
from budkavle.model.receipts import Reason
from budkavle.model.sentences import Sentence
from budkavle.model.states import CaseState, DeliveryState, IncomingState
from budkavle.plugins.transport_calls import transport_actor
from budkavle.storage import audit, case_log, tables
from budkavle.storage.case_log import CaseChange
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.vault import Slot

EVIDENCE = "evidence"


class _Queries(QueryFile):
    add_message: Statement
    add_receipt_to_send: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The result for an incoming message; a duplicate has the id of the message that was stored before."""

    message_id: UUID | None
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An incoming message with its stored files and checked names, before its rows are written."""

    incoming: Incoming
    id: UUID
    linked: UUID | None
    files: Sequence[Written]
    evidence: Written | None
    names: CheckedNames
    actor: Actor
    slot: Slot | None


def accept(work: Work, incoming: Incoming) -> Accepted:
    """Store a message that a transport has verified, once, and let it open or join a case.

    The mailbox is the one that the address is linked to; otherwise that of the answered message or of the conversation;
    otherwise the organisation's default. A message with a receipt is held until a worker has handed over that receipt.

    Returns:
        Its id, and whether it had been stored before (then nothing is done).

    Raises:
        Invalid: A field is not valid, or names an unknown organisation or mailbox.
        Permanent: It fits no mailbox, and the organisation has no default one.
        Unavailable: The database or the file store does not answer; the peer may send it again.
    """
    incoming_rules.check(incoming)
    written: list[Written] = []
    # Registered first, so that it also runs if the commit itself is refused.
    work.after_rollback(lambda: attachments.remove(work.platform, written))
    linked = matching.linked_mailbox(work, incoming)
    large = incoming.files or len(incoming.evidence) > SMALL
    stored_id = matching.find_duplicate(work.connection, incoming) if large else None  # before large files are written
    if stored_id:
        return Accepted(stored_id, duplicate=True)
    arrival = _store_files(work, incoming, linked, written)
    accepted = _write(work, arrival)
    if accepted.duplicate:
        attachments.remove(work.platform, written)
    else:
        work.after_commit(lambda: catalogue.RECEIVED.count(incoming.transport))
        peers = as_uuid(incoming.remote_id)
        work.after_commit(lambda: tracing.note("delivery.received", peers, transport=incoming.transport))
    return accepted


def refuse(work: Work, refusal: Refusal) -> None:
    """Record a message that was not accepted, keep its bytes as evidence, and send its receipt, if it has one.

    Nobody can read any of it. The same bytes refused again are recorded once.
    """
    organisation_id, row_id = refusal.organisation_id, sources.new_id()
    key = f"refused:{hashlib.sha256(refusal.evidence or refusal.reason.encode()).hexdigest()}"
    evidence, digest = refusal.evidence, hashlib.sha256(refusal.evidence).hexdigest()
    label = f"refusal:{row_id}"
    sealed = work.vault.seal_small(organisation_id, label, evidence, work.connection) if evidence else None
    row = {
        "organisation_id": organisation_id,
        "id": row_id,
        "transport": refusal.transport,
        "remote_id": refusal.remote_id,
        "receipt_id": key,
        "state": "REFUSED",
        "applied": False,
        "reasons": [Reason("", refusal.reason).to_json()],
        "evidence": sealed,
        "at": sources.now(),
        "received_at": sources.now(),
    }
    stored = work.connection.execute(
        upsert(tables.receipts).values(row).on_conflict_do_nothing().returning(tables.receipts.c.id)
    ).one_or_none()
    if stored is None:
        return
    if refusal.receipt is not None:
        _insert_receipt(work, refusal.transport, refusal.receipt, None)
    audit.record(
        work,
        "message.refused",
        refusal.remote_id,
        transport=refusal.transport,
        reason=refusal.reason,
        receipt=refusal.receipt is not None,
        sha256=digest,
    )
    work.platform.database.notify(work.connection, {"o": organisation_id, "k": "refused", "w": [refusal.transport]})


def _store_files(work: Work, incoming: Incoming, linked: UUID | None, written: list[Written]) -> _Arrival:
    """Write the files, and large evidence, to the store; each is added to `written` as soon as it is stored."""
    platform = work.platform
    for file in incoming.files:
        written.append(  # noqa: PERF401 - those written must be known if the next one fails
            attachments.write(
                platform, incoming.organisation_id, file.file_name, file.content_type, (file.content,), judge=False
            )
        )
    files, message_id, evidence = tuple(written), sources.new_id(), None
    if len(incoming.evidence) > SMALL:
        evidence = attachments.write_part(platform, incoming.organisation_id, message_id, EVIDENCE, incoming.evidence)
        written.append(evidence)
    names, actor = senders.check_names(work, incoming), _sending_actor(platform, incoming)
    return _Arrival(incoming, message_id, linked, files, evidence, names, actor, work.vault.slots.take())


def _sending_actor(platform: Platform, incoming: Incoming) -> Actor:
    """Return the actor for the event log: a guest who answers, or the transport."""
    transport = platform.plugins.transports.get(incoming.transport)
    if transport is not None and transport.capabilities.guests:
        return GuestActor(incoming.organisation_id)
    return transport_actor(platform.plugins, incoming.organisation_id, incoming.transport)


def _write(work: Work, arrival: _Arrival) -> Accepted:
    incoming = arrival.incoming
    lookup, case = matching.match(work.connection, incoming, arrival.linked)
    if lookup.duplicate:
        return Accepted(lookup.duplicate, duplicate=True)
    incoming_rules.check_places(incoming, organisation=bool(lookup.organisations), mailbox=bool(lookup.named))
    mailbox_id = case.mailbox_id if case else lookup.linked or lookup.fallback
    if mailbox_id is None:
        raise Permanent(
            "Meddelandet hör inte till någon brevlåda, och organisationen har ingen som tar emot sådant. "
            "Välj en standardbrevlåda i organisationens inställningar."
        )
    referred = None if case else matching.find_referenced_case(work, incoming, mailbox_id)
    case = case or referred
    joining = _joining(work.platform, arrival, mailbox_id, case.id if case else sources.new_id())
    names = arrival.names
    recipients = (names.recipient, *incoming.others)
    head = Head(incoming.subject, (names.sender,), recipients, claimed=names.claimed)
    warnings = tuple(Sentence(warning).to_text() for warning in incoming.warnings)
    labels = dict(incoming.labels)
    body = Body(incoming.body, incoming.references, incoming.persons, warnings, "", incoming.written_at, labels)
    conversation = incoming.conversation_id or case_updates.new_conversation()
    _insert_message(work, arrival, joining, mailbox_id, conversation, message_store.parts(head, body))
    words = message_store.index_words(work, head, body)
    if case is None:
        at, held = sources.now(), incoming.receipt is not None
        case_updates.open_case(work.connection, joining, conversation, words, at, held=held)
    else:
        case_updates.add_words(work, joining.case_id, words)
    if incoming.receipt is not None:
        _insert_receipt(work, incoming.transport, incoming.receipt, arrival)
    elif case is not None:
        case_state = CaseState(case.state) if case.messages else None  # None: for its readers it is new
        case_updates.join(work.connection, joining, case_state)
    if referred:
        case_log.write(work, CaseChange(mailbox_id, referred.id, "referred"))
    placed = "reference" if referred else "case" if case else "address" if lookup.linked else "default"
    _record(work, arrival, joining, mailbox_id, placed)
    if incoming.receipt is None:
        held_messages.tell_received(work, arrival.id)
    return Accepted(arrival.id)


def _family(platform: Platform, transport: str) -> str:
    receiving_transport = platform.plugins.transports.get(transport)
    return receiving_transport.capabilities.family if receiving_transport else ""


def _joining(platform: Platform, arrival: _Arrival, mailbox_id: UUID, case_id: UUID) -> Joining:
    incoming = arrival.incoming
    return Joining(
        organisation_id=incoming.organisation_id,
        case_id=case_id,
        mailbox_id=mailbox_id,
        message_id=arrival.id,
        direction=Direction.IN.value,
        transport=incoming.transport,
        family=_family(platform, incoming.transport),
        confidential=incoming.confidential,
        attachments=len(incoming.files),
        loa=int(incoming.loa),
    )


def _readable(*, warned: bool) -> str:
    return (IncomingState.RECEIVED_WITH_WARNINGS if warned else IncomingState.RECEIVED).value


def _insert_message(
    work: Work, arrival: _Arrival, joining: Joining, mailbox_id: UUID, conversation: str, parts: dict[str, bytes]
) -> None:
    """Write the message with its files."""
    incoming, organisation_id = arrival.incoming, arrival.incoming.organisation_id
    if incoming.evidence and arrival.evidence is None:
        parts[EVIDENCE] = incoming.evidence
    sealed = work.vault.seal(work.connection, organisation_id, arrival.id, parts, arrival.slot)
    check, warned = arrival.names.check, bool(incoming.warnings) or arrival.names.is_warned_of
    row = {
        "organisation_id": organisation_id,
        "id": arrival.id,
        "mailbox_id": mailbox_id,
        "case_id": joining.case_id,
        "direction": Direction.IN.value,
        "transport": incoming.transport,
        "state": IncomingState.HELD.value if incoming.receipt else _readable(warned=warned),
        "conversation_id": conversation,
        "remote_id": incoming.remote_id,
        "ref_to": incoming.ref_to,
        "confidential": incoming.confidential,
        "attachments": len(incoming.files),
        "head": sealed["head"],
        "body": sealed["body"],
        "evidence": sealed.get(EVIDENCE),
        "evidence_blob": arrival.evidence.blob if arrival.evidence else None,
        "created_at": incoming.received_at,
        "loa": int(incoming.loa),
        "reply_allowed": incoming.reply_allowed,
        "warned": warned,
        "sender_check": check.value if check else None,
    }
    QUERIES.add_message.enqueue(work.connection, row)
    attachments.insert_rows(work, arrival.files, message_id=arrival.id)
    if arrival.evidence:
        key = (arrival.id, EVIDENCE, arrival.evidence.key)
        work.vault.store_keys(work.connection, organisation_id, [key], {arrival.id: arrival.slot})


def _insert_receipt(work: Work, transport: str, receipt: ReceiptToSend, arrival: _Arrival | None) -> None:
    """Queue a receipt with its exact bytes, so that every attempt sends the same."""
    at, slot = sources.now(), arrival.slot if arrival else None
    label, carrier = f"wire:{receipt.id}", work.platform.plugins.transports.get(transport)
    row = {
        "organisation_id": work.organisation_id,
        "id": receipt.id,
        "message_id": arrival.id if arrival else None,
        "purpose": Purpose.RECEIPT.value,
        "transport": transport,
        "recipient": message_store.seal_address(work, receipt.id, receipt.recipient, slot),
        "state": DeliveryState.READY_TO_SEND.value,
        "destination": naming.number_of(naming.name_of(work, carrier, None, receipt.recipient)),
        "priority": naming.RECEIPT_PRIORITY,
        "wire": work.vault.seal_small(work.organisation_id, label, receipt.wire, work.connection, slot),
        "created_at": at,
        "changed_at": at,
    }
    QUERIES.add_receipt_to_send.enqueue(work.connection, row)


def _record(work: Work, arrival: _Arrival, joining: Joining, mailbox_id: UUID, placed: str) -> None:
    incoming = arrival.incoming
    notice: dict[str, object] = {"o": incoming.organisation_id, "w": [incoming.transport], "k": "held"}
    if incoming.receipt is None:
        notice = {"o": incoming.organisation_id, "m": mailbox_id, "c": joining.case_id, "k": "joined"}
    audit.record_and_tell(
        work,
        "message.received",
        arrival.id,
        notice,
        arrival.actor,
        case=str(joining.case_id),
        mailbox=str(mailbox_id),
        transport=incoming.transport,
        placed=placed,
        held=incoming.receipt is not None,
    )
