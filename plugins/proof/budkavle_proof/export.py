"""Making a proof: what is known about a message, as hashes, facts and rows of the event log, signed and logged.

The export writes its own row to the log, with the hash of everything else in the file. The key of the organisation
signs that row's place in the chain. So the file is signed in the same way as the log of Budkavle, and no export is
unknown. It contains no content: subject, text and files are included only as SHA-256.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from budkavle import Actor, ActorScope, Host, IncomingState, NotFound, Work, record
from budkavle.accounts import find_mailbox, find_organisation
from budkavle.deliveries import read_evidence
from budkavle.messaging import CaseView, find_message, open_attachment, read_case
from budkavle.storage import StampedSpan, signed_entries, stamped_spans
from budkavle_proof.evidence_events import arrival_events, evidence_events
from budkavle_proof.verify_proof import FORMAT, digest, written

SLACK = timedelta(days=1)
"""How much the clock of the message may differ from that of the log. Earlier rows are not searched."""
_GONE = "Meddelandet finns inte, eller så har du inte tillgång till det."
UNREADABLE = frozenset({IncomingState.RECALLED, IncomingState.DELETED, IncomingState.HELD})


def export(host: Host, actor: Actor, message_id: UUID, *, at_once: bool = False) -> bytes:
    """Return the proof of a message, and note in the event log that it was made.

    Args:
        host: The plugin's host.
        actor: The requester: a user, or a system actor with READ.
        message_id: The message.
        at_once: Whether to have a third party stamp the time now, if one is chosen. If it does not answer within a few
            seconds, the proof has only the earlier stamps.

    Raises:
        NotFound: The message does not exist, or the actor may not read it.
        StepUp: It requires a higher level of assurance than the actor's session has.
    """
    organisation_id = actor.organisation_id
    view = _view(host, actor, message_id)
    statement = _statement(host, organisation_id, view, message_id)
    things = [statement["message"]["id"], *(one["id"] for one in statement["deliveries"])]
    since = datetime.fromisoformat(statement["message"]["at"]) - SLACK
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        proof: dict[str, Any] = {"format": FORMAT, "statement": statement, "log": _rows(work, things, since)}
        facts = {"sha256": digest(proof)}
        record(work, "proof.exported", message_id, actor, **facts)
        work.flush()  # the entry must be in the log before it can be signed
        proof["head"] = _rows(work, [facts["sha256"]], since, name="sha256")[-1]
    numbers = [row["number"] for row in (*proof["log"], proof["head"])]
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:  # the entry is committed and can be stamped
        times = [_time(span) for span in stamped_spans(work, numbers, at_once=at_once)]
    return written({**proof, "times": times} if times else proof)


def may_stamp(host: Host) -> bool:
    """Tell whether a plugin for time stamps is enabled."""
    return bool(host.platform.plugins.implementing("budkavle_log_stamps"))


def _time(span: StampedSpan) -> dict[str, Any]:
    return {
        "text": span.text.decode("ascii"),
        "stamp": base64.b64encode(span.stamp.token).decode("ascii"),
        "paths": {str(number): [step.hex() for step in path] for number, path in span.paths.items()},
    }


def public_key(host: Host, organisation_id: UUID) -> str:
    """Return the public key for verifying an organisation's proofs, in hexadecimal."""
    return host.vault.public_key(organisation_id).public_bytes_raw().hex()


def _view(host: Host, actor: Actor, message_id: UUID) -> CaseView:
    try:
        with host.work(_finder(host, actor.organisation_id)) as work:
            case_id = find_message(work, message_id).case_id
        with host.work(actor) as work:
            view = read_case(work, case_id)
    except NotFound as error:  # also for a restricted case that does not name the actor
        raise NotFound(_GONE) from error
    threaded = view.message(message_id)
    if threaded is None or threaded.message.state in UNREADABLE:
        raise NotFound(_GONE)
    return view


def _finder(host: Host, organisation_id: UUID) -> Actor:
    """Return an actor that reads the data of a proof, also in restricted cases. The case checks the requester."""
    return host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)


def _statement(host: Host, organisation_id: UUID, view: CaseView, message_id: UUID) -> dict[str, Any]:
    # The permission has been checked. Hashing a file is not a download.
    system = _finder(host, organisation_id)
    one = view.message(message_id)
    if one is None:
        raise NotFound(_GONE)
    message = one.message
    with host.work(system) as work:
        files = [_hash(open_attachment(work, file.id)[1]) for file in message.attachments]
        return {
            "made_at": _at(datetime.now(UTC)),
            "key": public_key(host, organisation_id),
            "organisation": {
                "id": str(organisation_id),
                "name": find_organisation(work).name,
            },
            "message": {
                "id": str(message.id),
                "at": message.created_at.astimezone(UTC).isoformat(),
                "direction": message.direction.value,
                "mailbox": find_mailbox(work, message.mailbox_id).mailbox.name,
                "sender": message.sender.value or str(message.sender),
                "remote_id": message.remote_id,
                "ref_to": message.ref_to,
                "conversation_id": message.conversation_id,
                "loa": int(message.loa),
                "sha256": hashlib.sha256(f"{message.subject}\n\n{message.body}".encode()).hexdigest(),
                "files": [
                    {"sha256": sum_, "size": file.size} for sum_, file in zip(files, message.attachments, strict=True)
                ],
                "receipted_at": _at(one.receipted_at),
                "evidence": arrival_events(
                    message.direction.value, message.transport, message.created_at.astimezone(UTC).isoformat()
                ),
            },
            "deliveries": [_delivery(host, system, message.transport, track) for track in one.tracks],
        }


def _delivery(host: Host, system: Actor, transport: str, track: Any) -> dict[str, Any]:
    with host.work(system) as work:
        evidence = read_evidence(work, track.to.delivery_id)
    delivery = _told(transport, track, evidence)
    return {**delivery, "evidence": evidence_events(delivery)}


def happened(track: Any, transport: str) -> dict[str, Any]:
    """Return what `evidence_events` needs to know about a delivery.

    Args:
        track: The delivery as the case shows it.
        transport: The transport of the message, if the recipient names none.
    """
    to = track.to
    return {
        "transport": to.recipient.transport or transport,
        "notified_at": _at(to.notified_at),
        "opened_at": _at(to.opened_at),
        "events": [{"at": _at(event.at), "state": event.state} for event in track.events],
    }


def _told(transport: str, track: Any, evidence: Any) -> dict[str, Any]:
    to = track.to
    return {
        **happened(track, transport),
        "id": str(to.delivery_id),
        "recipient": to.recipient.value,
        "state": to.state.value,
        "answered_at": _at(to.answered_at),
        "downloaded_at": _at(to.downloaded_at),
        "identified_by": to.method,
        "identified_loa": int(to.loa),
        "wire_sha256": hashlib.sha256(evidence.wire).hexdigest() if evidence.wire else None,
        "receipts": [
            {
                "at": _at(receipt.at),
                "received_at": _at(receipt.received_at),
                "state": receipt.state.value,
                "applied": receipt.applied,
                "codes": [reason.code for reason in receipt.reasons],
            }
            for receipt in track.receipts
        ],
        "documents": [
            {"sha256": hashlib.sha256(receipt).hexdigest(), "content": base64.b64encode(receipt).decode("ascii")}
            for receipt in evidence.receipts
        ],
    }


def _rows(work: Work, values: Sequence[str], since: datetime, *, name: str = "thing") -> list[dict[str, Any]]:
    """Return the rows of the log with one of these values, each with the organisation's signature of its place."""
    return [
        {
            "number": one.number,
            "before": one.before.hex(),
            "entry": one.entry,
            "hash": one.hash.hex(),
            "signature": one.signature.hex(),
        }
        for one in signed_entries(work, values, since, name)
    ]


def _hash(pieces: Iterable[bytes]) -> str:
    sum_ = hashlib.sha256()
    for piece in pieces:
        sum_.update(piece)
    return sum_.hexdigest()


def _at(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
