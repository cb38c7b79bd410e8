"""Lists of meetings, page by page: coming ones by time, and past ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func

from budkavle import Host, Work
from budkavle.accounts import read_settings
from budkavle.cases import readable_mailboxes
from budkavle_meetings.booking.meetings import IS_OPEN, Meeting, as_meeting, located
from budkavle_meetings.settings import MeetingSettings
from budkavle_meetings.tables import meetings

SHOWN = 50


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A page of the list Möten.

    Attributes:
        total: How many meetings the whole list has.
        first: The position of the first meeting on the page, from 1.
    """

    meetings: list[Meeting]
    total: int
    first: int


def list_meetings(host: Host, work: Work, *, past: bool, page: int, mailbox_id: UUID | None = None) -> MeetingPage:
    """Return the meetings of the mailboxes that the actor may open, without those of restricted cases of others.

    Args:
        host: The plugin's host.
        work: The unit of work.
        past: Meetings that are over or cancelled, the latest first; otherwise coming meetings, the next first.
        page: From 1.
        mailbox_id: Only meetings of this mailbox.
    """
    mailbox_ids = {mailbox.id for mailbox in readable_mailboxes(work)}
    chosen = mailbox_ids & {mailbox_id} if mailbox_id else mailbox_ids
    closed_before = datetime.now(UTC) - read_settings(work, MeetingSettings).open_after
    is_past = (meetings.c.over_at < closed_before) | meetings.c.cancelled_at.is_not(None)
    query = _of(work, chosen, is_past if past else ~is_past)
    order = meetings.c.starts_at.desc() if past else meetings.c.over_at
    shown = query.order_by(order, meetings.c.id).limit(SHOWN).offset((page - 1) * SHOWN)
    with host.tables(work) as connection:
        total = connection.execute(query.with_only_columns(func.count())).scalar_one()
        rows = connection.execute(shown).all()
    return MeetingPage([as_meeting(host, row) for row in rows], total, (page - 1) * SHOWN + 1)


def meetings_of_case(host: Host, work: Work, case_id: UUID) -> list[Meeting]:
    """Return the meetings of a case, the latest first; the caller has checked that the actor may open the case."""
    mailbox_ids = {mailbox.id for mailbox in readable_mailboxes(work)}
    query = _of(work, mailbox_ids, meetings.c.case_id == case_id)
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(meetings.c.starts_at.desc()).limit(SHOWN)).all()
    return [as_meeting(host, row) for row in rows]


def _of(work: Work, mailbox_ids: Collection[UUID], condition: ColumnElement[bool]) -> Select[Any]:
    query, mailbox_id = located(meetings.c.organisation_id == work.organisation_id, IS_OPEN, condition)
    return query.where(mailbox_id.in_(mailbox_ids))
