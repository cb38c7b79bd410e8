"""Emptying the bin (gallring), and the other regular work on what people have left behind.

What has lain in the bin long enough is destroyed: its content keys first, so that no copy on a disk or in a backup
can be read, then the bytes. Rows stay that say only that something was here, when, and of what kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, literal, literal_column, or_, select, update
from sqlalchemy.sql import Select

from budkavle.accounts.organisations import number
from budkavle.cases import attachments as uploads
from budkavle.cases import owned_files
from budkavle.cases.transitions import move_messages
from budkavle.deliveries import transitions
from budkavle.identification import flow, guest_sessions, rate_limit, sessions
from budkavle.messaging import saved_drafts
from budkavle.model.messages import Purpose
from budkavle.model.people import SystemActor
from budkavle.model.states import FINAL, TROUBLE, WAITING, CaseState, DeliveryState, IncomingState
from budkavle.plugins.job import Job
from budkavle.storage import audit, case_log, event_log, worker_faults
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import (
    attachments,
    cases,
    deliveries,
    delivery_events,
    mailboxes,
    messages,
    reads,
    receipts,
)

_WAITING = [state.value for state in WAITING | {DeliveryState.SEND_IN_PROGRESS}]
BATCH = 20
"""Cases that are destroyed in one transaction."""


@dataclass
class _Remains:
    """How many cases have been destroyed, and what of them lies outside the database."""

    cases: int = 0
    blobs: list[str] = field(default_factory=list)


def empty_bin(platform: Platform) -> int:
    """Destroy what has lain in the bin for longer than its organisation's number of days; returns how many cases.

    So is what is in a mailbox that was taken out of use so many days ago.

    A case of which something is still on its way waits until that has ended.
    """
    usual = platform.settings.bin_days
    return sum(
        _empty(platform, organisation.id, number(organisation.settings, "bin_days", usual))
        for organisation in platform.organisations()
    )


def jobs(platform: Platform) -> list[Job]:
    """Return the regular work: the bin, what signing in leaves behind, seals of the event log, and a sign of life."""
    hour = timedelta(hours=1)
    return [
        Job(ALIVE, lambda: 0, timedelta(seconds=20)),
        Job("bin", partial(empty_bin, platform), hour),
        Job("sign-in", partial(_sweep, platform), timedelta(minutes=10)),
        Job("audit-seals", partial(_seal, platform), hour),
        Job("event-days", partial(event_log.count_days, platform), hour),
    ]


ALIVE = "alive"
"""A job that does nothing; the time in its row tells `health` that a worker works."""


def _sweep(platform: Platform) -> int:
    for sweep in (
        flow.sweep,
        sessions.sweep,
        guest_sessions.sweep,
        rate_limit.sweep,
        saved_drafts.sweep,
        worker_faults.sweep,
    ):
        sweep(platform)
    return 0


def _seal(platform: Platform) -> int:
    audit.seal_heads(platform.database, platform.vault)
    return 0


def _unopened(platform: Platform) -> ColumnElement[bool]:
    """Return the condition that a delivery waits for nothing but a reader, who may never come."""
    families = [transport.name for transport in platform.plugins.transports.values() if transport.capabilities.family]
    waiting = deliveries.c.state == DeliveryState.WAITING_FOR_RECEIPT.value
    return and_(waiting, deliveries.c.transport.in_(families))


def _empty(platform: Platform, organisation_id: UUID, days: int) -> int:
    remains = _Remains()
    with platform.work(SystemActor(organisation_id, "Gallring")) as work:
        left = timedelta(days=days)
        rows = work.connection.execute(_due(platform, organisation_id).where(*_binned_before(left)).limit(BATCH)).all()
        if not rows:
            query = _due(platform, organisation_id).where(*_deleted_with_mailbox_before(organisation_id, left))
            rows = work.connection.execute(query.limit(BATCH)).all()
        for row in rows:
            _destroy_case(work, case_log.CaseChange(row.mailbox_id, row.id, "destroyed"), remains)
    platform.blobs.delete(*remains.blobs)
    return remains.cases


def _binned_before(left: timedelta) -> tuple[ColumnElement[bool], ...]:
    return cases.c.state == CaseState.BINNED.value, cases.c.binned_at < func.now() - left


def _deleted_with_mailbox_before(organisation_id: UUID, left: timedelta) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of what nobody can see since its mailbox was taken out of use; the bin has its own days."""
    gone = select(mailboxes.c.id).where(
        mailboxes.c.organisation_id == organisation_id, mailboxes.c.deleted_at < func.now() - left
    )
    live: ColumnElement[bool] = literal_column(
        "cases.messages > 0 AND cases.state <> 'binned'"
    )  # as `cases_active` has
    return cases.c.mailbox_id.in_(gone), live


def _due(platform: Platform, organisation_id: UUID) -> Select[UUID, UUID]:
    waiting = select(literal(1)).where(
        deliveries.c.organisation_id == organisation_id,
        deliveries.c.message_id == messages.c.id,
        messages.c.organisation_id == organisation_id,
        messages.c.case_id == cases.c.id,
        deliveries.c.state.not_in([state.value for state in FINAL | TROUBLE]),
        ~_unopened(platform),
        # A receipt of ours is never answered: handed over is its end.
        or_(deliveries.c.purpose == Purpose.MESSAGE.value, deliveries.c.state.in_(_WAITING)),
    )
    query = select(cases.c.id, cases.c.mailbox_id).where(
        cases.c.organisation_id == organisation_id, cases.c.messages > 0, ~waiting.exists()
    )
    return query.order_by(cases.c.binned_at).with_for_update(of=cases, skip_locked=True)


def _destroy_case(work: Work, case: case_log.CaseChange, remains: _Remains) -> None:
    case_messages = (messages.c.organisation_id == work.organisation_id, messages.c.case_id == case.case_id)
    ids = work.connection.execute(select(messages.c.id).where(*case_messages)).scalars().all()
    remains.blobs += _destroy_messages(work, ids)
    files = attachments.c.message_id.in_(ids)
    remains.blobs += uploads.delete_rows(work, files)
    remains.blobs += _destroy_deliveries(work, ids)
    remains.blobs += owned_files.delete_with_owners(work, [case.case_id, *ids])
    this_case = (cases.c.organisation_id == work.organisation_id, cases.c.id == case.case_id)
    nothing = {"messages": 0, "incoming": 0, "attachments": 0, "has_incoming": False, "has_outgoing": False}
    work.connection.execute(
        update(cases).where(*this_case).values(**nothing, trouble=False, words=[], last_message_id=None)
    )
    work.connection.execute(
        delete(reads).where(reads.c.organisation_id == work.organisation_id, reads.c.case_id == case.case_id)
    )
    case_log.write(work, case, messages=str(len(ids)))
    remains.cases += 1


def _destroy_messages(work: Work, ids: Sequence[UUID]) -> list[str]:
    these_messages = (messages.c.organisation_id == work.organisation_id, messages.c.id.in_(ids))
    blobs = work.connection.execute(select(messages.c.evidence_blob).where(*these_messages)).scalars().all()
    work.vault.destroy(work.connection, work.organisation_id, *ids)
    empty = {"head": b"", "body": b"", "evidence": None, "evidence_blob": None, "attachments": 0}
    work.connection.execute(update(messages).where(*these_messages).values(**empty))
    move_messages(work, messages.c.id.in_(ids), IncomingState.DELETED)
    return [blob for blob in blobs if blob]


def _destroy_deliveries(work: Work, ids: Sequence[UUID]) -> list[str]:
    of_messages = (deliveries.c.organisation_id == work.organisation_id, deliveries.c.message_id.in_(ids))
    rows = work.connection.execute(select(deliveries.c.id, deliveries.c.wire_blob).where(*of_messages)).all()
    empty = {"recipient": b"", "wire": None, "wire_blob": None, "failure": "", "terms": None}
    work.connection.execute(update(deliveries).where(*of_messages).values(**empty))
    transitions.delete(work, deliveries.c.message_id.in_(ids))
    gone = [row.id for row in rows]
    work.vault.destroy(work.connection, work.organisation_id, *gone)
    proofs = (receipts.c.organisation_id == work.organisation_id, receipts.c.delivery_id.in_(gone))
    work.connection.execute(update(receipts).where(*proofs).values(evidence=None, reasons=[]))
    steps = (delivery_events.c.organisation_id == work.organisation_id, delivery_events.c.delivery_id.in_(gone))
    work.connection.execute(update(delivery_events).where(*steps).values(detail=""))
    return [row.wire_blob for row in rows if row.wire_blob]
