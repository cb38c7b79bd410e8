"""Meetings as stored: mailbox, times and kind; what people write is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Uuid, column, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from budkavle import Conflict, Host, NotFound, Work
from budkavle.accounts import require_loa, require_member
from budkavle_meetings.booking.times import ChangedTime, Schedule, occurrences
from budkavle_meetings.tables import meetings

NOBODY = UUID(int=0)
"""The organiser of a meeting that a person without an account has booked."""
SETTLED: Mapping[str, Any] = {"request_id": None, "has_failed": False}
"""Column values of a meeting that no approval request concerns any longer."""
IS_OPEN = or_(meetings.c.case_id.is_(None), meetings.c.case_id.not_in(select(func.hidden_cases())))
"""The condition that a meeting's case, if it has one, is not restricted to others than the reader."""
NO_MEETING = "Mötet finns inte, eller så har du inte tillgång till det."


class MeetingText(msgspec.Struct, frozen=True):
    """What somebody has written about a meeting; stored sealed."""

    subject: str
    text: str
    organiser: str
    """The name of the person who booked it."""
    loa: int = 0
    """The level of assurance that its readers need: that of the case it was booked from; 0 without a case."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting.

    Attributes:
        mailbox_id: The mailbox that it belongs to; its members may see, change and cancel it. It follows its case to
            another mailbox.
        case_id: The case that it is about; None if there is none.
        kind: The name of the meeting provider.
        sequence: How often the invitation has been changed.
        is_booked: Whether it is booked; False while its booking waits for approval, and if the booking was refused or
            failed.
        request_id: The approval request of its booking or of a change: while it waits, if it could not be carried
            out, and if it ended a booking.
        has_failed: Whether the request was approved but could not be carried out.
    """

    organisation_id: UUID
    id: UUID
    mailbox_id: UUID
    case_id: UUID | None
    organiser_id: UUID
    kind: str
    text: MeetingText
    schedule: Schedule
    sequence: int
    cancelled_at: datetime | None
    is_booked: bool = True
    request_id: UUID | None = None
    has_failed: bool = False

    @property
    def is_cancelled(self) -> bool:
        """Whether it is cancelled."""
        return self.cancelled_at is not None

    @property
    def is_held(self) -> bool:
        """Whether it takes place: booked and not cancelled."""
        return self.is_booked and not self.is_cancelled


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """The data that a meeting is created from.

    Attributes:
        id: The id that it gets; a form that is sent twice creates one meeting.
        loa: The level of assurance that reading it requires; a change of a meeting leaves it.
    """

    mailbox_id: UUID
    kind: str
    subject: str
    text: str
    schedule: Schedule
    case_id: UUID | None = None
    id: UUID = field(default_factory=uuid4)
    loa: int = 0


def create_meeting(host: Host, work: Work, new: NewMeeting, request_id: UUID | None = None) -> Meeting:
    """Store a new meeting. The actor must be a member of the mailbox, and becomes the organiser if it is a user.

    Args:
        host: The plugin's host.
        work: The unit of work.
        new: The meeting.
        request_id: The approval request that its booking waits for.

    Raises:
        NotFound: The actor is no member of the mailbox.
        Conflict: It has been created before.
    """
    require_member(work, new.mailbox_id)
    meeting_id = new.id
    text = MeetingText(new.subject, new.text, work.actor.name, new.loa)
    values = {
        "organisation_id": work.organisation_id,
        "id": meeting_id,
        "mailbox_id": new.mailbox_id,
        "case_id": new.case_id,
        "organiser_id": work.actor.user_id or NOBODY,
        "sequence": 0,
        "is_booked": request_id is None,
        "request_id": request_id,
        "has_failed": False,
        "made_at": datetime.now(UTC),
        **_values(host, work, meeting_id, new.kind, text, new.schedule),
    }
    with host.tables(work) as connection:
        created = insert(meetings).values(values).on_conflict_do_nothing().returning(meetings)
        row = connection.execute(created).one_or_none()
    if row is None:
        raise Conflict("Mötet är redan bokat.")
    return as_meeting(host, row)


def change_meeting(host: Host, work: Work, meeting: Meeting, changed: NewMeeting) -> Meeting:
    """Store a changed meeting, with the next sequence number."""
    text = MeetingText(changed.subject, changed.text, meeting.text.organiser, meeting.text.loa)
    values = {**_next(meeting), **_values(host, work, meeting.id, changed.kind, text, changed.schedule)}
    return _update(host, work, meeting.id, values)


def cancel_meeting(host: Host, work: Work, meeting: Meeting) -> Meeting:
    """Store that a meeting is cancelled, with the next sequence number."""
    return _update(host, work, meeting.id, {**_next(meeting), "cancelled_at": datetime.now(UTC)})


def keep_changed_time(host: Host, work: Work, meeting: Meeting, time: ChangedTime) -> Meeting:
    """Store the change of a single time of a series, with the next sequence number."""
    return _update(host, work, meeting.id, {**_next(meeting), **_times(meeting.schedule.changing(time))})


def wait_for_request(host: Host, work: Work, meeting: Meeting, request_id: UUID) -> Meeting:
    """Store that a change of a meeting waits for approval; it replaces a change that has failed.

    Raises:
        Conflict: Another change already waits.
    """
    if meeting.request_id is not None and not meeting.has_failed:
        raise Conflict("En ändring av mötet väntar redan på godkännande.")
    return _update(host, work, meeting.id, {"request_id": request_id, "has_failed": False})


def settle_request(host: Host, work: Work, request_id: UUID, case_id: UUID | None) -> Meeting | None:
    """Store that a request was approved, and return the meeting; None if another worker has already done so.

    Args:
        host: The plugin's host.
        work: The unit of work.
        request_id: The request.
        case_id: The meeting's case, which the message about it has created or continues.
    """
    this = (meetings.c.organisation_id == work.organisation_id, meetings.c.request_id == request_id)
    values = {**SETTLED, "is_booked": True, "case_id": func.coalesce(case_id, meetings.c.case_id)}
    with host.tables(work) as connection:
        settled = update(meetings).where(*this).values(values).returning(meetings.c.id)
        meeting_id = connection.execute(settled).scalar_one_or_none()
    return load_meeting(host, work, meeting_id) if meeting_id else None


def end_request(host: Host, work: Work, request_id: UUID) -> None:
    """Store that a request ended without approval: a booking is cancelled, a change is dropped."""
    this = (meetings.c.organisation_id == work.organisation_id, meetings.c.request_id == request_id)
    with host.tables(work) as connection:
        booking, change = (*this, ~meetings.c.is_booked), (*this, meetings.c.is_booked)
        connection.execute(update(meetings).where(*booking).values(cancelled_at=datetime.now(UTC)))
        connection.execute(update(meetings).where(*change).values(request_id=None))


def fail_request(host: Host, work: Work, request_id: UUID) -> None:
    """Store that a booking or a change was approved but could not be carried out."""
    this = (meetings.c.organisation_id == work.organisation_id, meetings.c.request_id == request_id)
    with host.tables(work) as connection:
        connection.execute(update(meetings).where(*this).values(has_failed=True))


def find_meeting(host: Host, work: Work, meeting_id: UUID) -> Meeting:
    """Return a meeting of a mailbox that the actor is a member of.

    Raises:
        NotFound: There is none with this id, or it belongs to another mailbox, or to a restricted case that the actor
            is not named for.
    """
    meeting = _load(host, work, meeting_id, IS_OPEN)
    try:
        require_member(work, meeting.mailbox_id)
    except NotFound as error:
        raise NotFound(NO_MEETING) from error
    return meeting


def read_meeting(host: Host, work: Work, meeting_id: UUID) -> Meeting:
    """Return a meeting to show or to act on, as `find_meeting` does.

    Raises:
        NotFound: As for `find_meeting`.
        StepUp: It was booked from a case that requires a higher level of assurance than the actor's session has.
    """
    meeting = find_meeting(host, work, meeting_id)
    require_loa(work.actor, meeting.text.loa)
    return meeting


def load_meeting(host: Host, work: Work, meeting_id: UUID) -> Meeting:
    """Return a meeting of the organisation, without checking the actor: for guests with a valid token, and for jobs.

    Raises:
        NotFound: There is none with this id.
    """
    return _load(host, work, meeting_id)


def located(*conditions: ColumnElement[bool]) -> tuple[Select[Any], ColumnElement[UUID]]:
    """Return a query for meetings, and in it the mailbox that each belongs to: where its case is now.

    Args:
        conditions: Which meetings; only their cases are looked up, so the fewer the quicker.
    """
    cases = select(func.array_agg(meetings.c.case_id)).where(*conditions).correlate(None)
    places = func.moved_cases(cases.scalar_subquery())
    place = places.table_valued(column("case_id", Uuid), column("mailbox_id", Uuid), name="place")
    mailbox_id = func.coalesce(place.c.mailbox_id, meetings.c.mailbox_id)
    query = select(*(each for each in meetings.c if each.name != "mailbox_id"), mailbox_id.label("mailbox_id"))
    source = meetings.outerjoin(place, place.c.case_id == meetings.c.case_id)
    return query.select_from(source).where(*conditions), mailbox_id


def _load(host: Host, work: Work, meeting_id: UUID, *conditions: ColumnElement[bool]) -> Meeting:
    this = (meetings.c.organisation_id == work.organisation_id, meetings.c.id == meeting_id)
    with host.tables(work) as connection:
        query, _ = located(*this, *conditions)
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(NO_MEETING)
    return as_meeting(host, row)


def _update(host: Host, work: Work, meeting_id: UUID, values: dict[str, Any]) -> Meeting:
    this = (meetings.c.organisation_id == work.organisation_id, meetings.c.id == meeting_id)
    write = update(meetings).where(*this, meetings.c.cancelled_at.is_(None)).values(values)
    with host.tables(work) as connection:
        if not connection.execute(write).rowcount:
            raise NotFound("Mötet är inställt.")
    return _load(host, work, meeting_id)


def _next(meeting: Meeting) -> dict[str, Any]:
    """Return what every change stores: the next sequence number, and that a failed request no longer matters."""
    settled = SETTLED if meeting.is_booked and meeting.has_failed else {}
    return {"sequence": meetings.c.sequence + 1, **settled}


def _values(
    host: Host, work: Work, meeting_id: UUID, kind: str, text: MeetingText, schedule: Schedule
) -> dict[str, Any]:
    return {
        "kind": kind,
        "sealed": host.vault.seal_small(work.organisation_id, f"meeting:{meeting_id}", msgspec.json.encode(text)),
        **_times(schedule),
    }


def _times(schedule: Schedule) -> dict[str, Any]:
    return {
        "starts_at": schedule.starts_at,
        "ends_at": schedule.ends_at,
        "repeats": schedule.repeats,
        "times": schedule.times,
        "changed": msgspec.to_builtins(schedule.changed),
        "over_at": occurrences(schedule)[-1].ends_at,
    }


def as_meeting(host: Host, row: Row[Any]) -> Meeting:
    """Return the meeting of a table row, with its sealed text opened."""
    plain = host.vault.open_small(row.organisation_id, f"meeting:{row.id}", row.sealed)
    return Meeting(
        row.organisation_id,
        row.id,
        row.mailbox_id,
        row.case_id,
        row.organiser_id,
        row.kind,
        msgspec.json.decode(plain, type=MeetingText),
        Schedule(row.starts_at, row.ends_at, row.repeats, row.times, _changed(row.changed)),
        row.sequence,
        row.cancelled_at,
        row.is_booked,
        row.request_id,
        row.has_failed,
    )


def _changed(stored: Any) -> tuple[ChangedTime, ...]:
    return msgspec.convert(stored, tuple[ChangedTime, ...])
