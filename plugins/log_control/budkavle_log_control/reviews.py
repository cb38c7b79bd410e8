"""Reviews that wait, and those with a verdict and a sealed note; nobody reviews their own openings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from budkavle import Actor, Forbidden, Host, Invalid, NotFound, Work, record
from budkavle.accounts import search_mailboxes
from budkavle.messaging import read_case
from budkavle_log_control.access import N_, REVIEWERS, reader
from budkavle_log_control.control import reader_names
from budkavle_log_control.rules import REASONS
from budkavle_log_control.tables import items

SHOWN = 50
OK, TALK, BREACH = "ok", "talk", "breach"
VERDICTS = {
    OK: N_("Inget att anmärka på"),
    TALK: N_("Behöver ett samtal"),
    BREACH: N_("Misstänkt intrång"),
}
LONGEST_NOTE = 4_000
NO_ITEM = "Granskningen finns inte, eller så har den förstörts."


@dataclass(frozen=True, slots=True)
class Review:
    """An opening that waits for review, or has been reviewed.

    Attributes:
        number: The number of the event log entry.
        reasons: Why it was selected, keys of `REASONS`.
        reader: The name of the person who opened the case; empty if the account is gone.
        mailbox: The name of the function mailbox; empty for other mailboxes.
        note: The reviewer's note; only read by `find_review`.
    """

    id: UUID
    number: int
    at: datetime
    reasons: Sequence[str]
    reader_id: UUID
    reader: str
    case_id: UUID
    mailbox: str
    waits: bool
    verdict: str
    reviewed_by: str
    reviewed_at: datetime | None
    note: str = ""


def list_reviews(host: Host, actor: Actor, page: int, *, waits: bool, reason: str = "") -> tuple[list[Review], int]:
    """Return a page of reviews and their total number; those that wait have the oldest opening first.

    The actor's own openings are left out.

    Args:
        host: The plugin's host.
        actor: A reviewer.
        page: The page, from 1.
        waits: Reviews that wait, or those with a verdict.
        reason: Only those selected for this reason.

    Raises:
        Forbidden: The actor is not a reviewer.
    """
    REVIEWERS.require(host.platform, actor)
    where = [*_others(actor), items.c.waits.is_(waits)]
    where += [func.array_position(items.c.reasons, reason).is_not(None)] if reason in REASONS else []
    order = (items.c.at, items.c.id) if waits else (items.c.reviewed_at.desc(), items.c.id)
    with host.work(reader(host, actor)) as work:
        with host.tables(work) as connection:
            total = connection.execute(select(func.count()).select_from(items).where(*where)).scalar_one()
            query = select(items).where(*where).order_by(*order).limit(SHOWN).offset((page - 1) * SHOWN)
            rows = connection.execute(query).all()
        return _reviews(work, rows), total


def find_review(host: Host, actor: Actor, review_id: UUID) -> Review:
    """Return one review, with its note.

    Raises:
        Forbidden: The actor is not a reviewer, or it is their own opening.
        NotFound: There is none with this id.
    """
    REVIEWERS.require(host.platform, actor)
    query = select(items).where(items.c.organisation_id == actor.organisation_id, items.c.id == review_id)
    with host.work(reader(host, actor)) as work:
        with host.tables(work) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(NO_ITEM)
        if row.reader_id == actor.user_id:
            raise Forbidden("Du kan inte granska det du själv har öppnat.")
        return _reviews(work, [row], host)[0]


def judge(host: Host, actor: Actor, review_id: UUID, verdict: str, note: str) -> None:
    """Store a verdict; it replaces an earlier one, and the event log has both.

    Args:
        host: The plugin's host.
        actor: A reviewer, who did not open the case.
        review_id: The review.
        verdict: A key of `VERDICTS`.
        note: The reason; stored sealed. Required unless all is well.

    Raises:
        Forbidden: The actor is not a reviewer, or it is their own opening.
        NotFound: There is none with this id.
        Invalid: A field is invalid; `fields` says which.
    """
    find_review(host, actor, review_id)
    fields = {} if verdict in VERDICTS else {"verdict": "Välj en bedömning."}
    if verdict in (TALK, BREACH) and not note:
        fields["note"] = "Skriv vad du har sett och vad som ska göras."
    if len(note) > LONGEST_NOTE:
        fields["note"] = "Skriv högst 4 000 tecken."
    if fields:
        raise Invalid("Bedömningen kunde inte sparas.", fields=fields)
    sealed = host.vault.seal_small(actor.organisation_id, _label(review_id), note.encode()) if note else None
    values = {
        "waits": False,
        "verdict": verdict,
        "note": sealed,
        "reviewed_by": actor.name,
        "reviewer_id": actor.user_id,
        "reviewed_at": datetime.now(UTC),
    }
    with host.work(actor) as work:
        with host.tables(work) as connection:
            this = (items.c.organisation_id == actor.organisation_id, items.c.id == review_id)
            connection.execute(update(items).where(*this).values(values))
        record(work, "log_control.reviewed", review_id, verdict=verdict)


def read_subject(host: Host, actor: Actor, review: Review) -> tuple[str, str, str]:
    """Return number, subject and counterpart of the case; this is content, so the event log records it.

    Raises:
        NotFound: The case has been destroyed.
    """
    with host.work(reader(host, actor)) as work:
        case = read_case(work, review.case_id, opens=False).case
        protected = case.loa > 0 or case.confidential
        record(work, "log_control.case-read", case.id, actor, mailbox=str(case.mailbox_id), protected=protected)
    return case.number, case.subject, case.counterpart


def mailbox_names(work: Work) -> dict[UUID, str]:
    """Return the names of the function mailboxes."""
    return {mailbox.id: mailbox.name for mailbox in search_mailboxes(work, "", limit=5_000)}


def _others(actor: Actor) -> list[ColumnElement[bool]]:
    return [items.c.organisation_id == actor.organisation_id, items.c.reader_id != actor.user_id]


def _reviews(work: Work, rows: Sequence[Any], host: Host | None = None) -> list[Review]:
    readers, mailboxes = reader_names(work, {row.reader_id for row in rows}), mailbox_names(work)
    return [
        Review(
            id=row.id,
            number=row.number,
            at=row.at,
            reasons=row.reasons,
            reader_id=row.reader_id,
            reader=readers.get(row.reader_id, ""),
            case_id=row.case_id,
            mailbox=mailboxes.get(row.mailbox_id, ""),
            waits=row.waits,
            verdict=row.verdict or "",
            reviewed_by=row.reviewed_by or "",
            reviewed_at=row.reviewed_at,
            note=host.vault.open_small(row.organisation_id, _label(row.id), row.note).decode()
            if host and row.note
            else "",
        )
        for row in rows
    ]


def _label(review_id: UUID) -> str:
    return f"log-control-note:{review_id}"
