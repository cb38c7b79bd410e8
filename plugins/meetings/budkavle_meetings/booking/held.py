"""Bookings and changes that wait for a second person's approval, as messages from the same mailbox do.

Nothing is sent before the approval. A booking that is not approved becomes a cancelled meeting; a change is dropped.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec

from budkavle import Conflict, Host, Loa, Sentence, Work
from budkavle.accounts import find_mailbox
from budkavle.approvals import ApprovalKind, ApprovalRequest, Approvers, NewApproval, ask_approval
from budkavle.messaging import send_approved
from budkavle_meetings.booking.changes import (
    announce,
    apply_cancel,
    apply_change,
    apply_time,
    as_new,
    invited,
    require_not_cancelled,
)
from budkavle_meetings.booking.invitations import News, can_send_message, level_of, message_of, time_of
from budkavle_meetings.booking.meetings import (
    Meeting,
    NewMeeting,
    create_meeting,
    end_request,
    fail_request,
    find_meeting,
    settle_request,
    wait_for_request,
)
from budkavle_meetings.booking.participants import Booking, NewParticipant, invite_participant
from budkavle_meetings.booking.times import Occurrence
from budkavle_meetings.booking.wording import spoken_series, spoken_time, words

KIND = "meetings.meeting"
SENTENCES = {
    "new": "Ett möte bokas. Antal inbjudna: {number}.",
    "changed": "Ett möte ändras. Antal inbjudna som får veta det: {number}.",
    "cancelled": "Ett möte ställs in. Antal inbjudna som får veta det: {number}.",
    "time-changed": "Ett möte i en serie får en ny tid. Antal inbjudna som får veta det: {number}.",
    "time-cancelled": "Ett möte i en serie ställs in. Antal inbjudna som får veta det: {number}.",
}


class Plan(msgspec.Struct, frozen=True):
    """What happens on approval; stored sealed in the request.

    Attributes:
        booking: The changed meeting, if the whole meeting is changed.
    """

    meeting_id: UUID
    news: News
    booking: Booking | None = None


def hold_booking(host: Host, work: Work, booking: Booking, news: News) -> Meeting:
    """Store a new meeting that waits for approval; nobody is told of it until then."""
    request_id = uuid4()
    meeting = create_meeting(host, work, booking.meeting, request_id)
    for person in booking.people:
        invite_participant(host, work, meeting, person)
    _ask(host, work, request_id, Plan(meeting.id, news), booking)
    return meeting


def hold_change(host: Host, work: Work, meeting: Meeting, news: News, booking: Booking) -> Meeting:
    """Let a change of a meeting wait for approval; until then the meeting stays as it is.

    Raises:
        Conflict: Another change already waits.
    """
    request_id = uuid4()
    meeting = wait_for_request(host, work, meeting, request_id)
    plan = Plan(meeting.id, news, booking if news.what == "changed" else None)
    _ask(host, work, request_id, plan, booking)
    return meeting


def approval_kind(host: Host) -> ApprovalKind:
    """Return the kind of the approval requests; members of the mailbox decide them, as they do for messages."""

    def run(work: Work, request: ApprovalRequest) -> None:
        _carry_out(host, work, request)

    def ended(work: Work, request: ApprovalRequest) -> None:
        end_request(host, work, request.id)

    def failed(work: Work, request: ApprovalRequest) -> None:
        fail_request(host, work, request.id)

    return ApprovalKind(KIND.partition(".")[2], "Möte", run, Approvers.MEMBERS, ended=ended, failed=failed)


def people_of(host: Host, work: Work, meeting: Meeting) -> list[NewParticipant]:
    """Return the invited participants, as they were invited."""
    return [NewParticipant(one.invitee, one.language, one.method, one.loa) for one in invited(host, work, meeting)]


def _ask(host: Host, work: Work, request_id: UUID, plan: Plan, booking: Booking) -> None:
    new = booking.meeting
    request = NewApproval(
        kind=KIND,
        sentence=Sentence(SENTENCES[plan.news.what], number=len(booking.people)),
        content=msgspec.msgpack.encode(plan),
        details=_details(host, work, new, booking.people, plan.news),
        mailbox_id=new.mailbox_id,
        level=max(level_of(booking.people), Loa(new.loa)),
        about=(new.case_id,) if new.case_id else (),
        id=request_id,
    )
    ask_approval(work, request)


def _details(
    host: Host, work: Work, new: NewMeeting, people: Sequence[NewParticipant], news: News
) -> tuple[tuple[str, str], ...]:
    """Return the details that the person who decides needs to read."""
    language, schedule = work.actor.language, new.schedule
    time = time_of(news) or Occurrence(schedule.starts_at, schedule.ends_at)
    rows = [
        ("Från", find_mailbox(work, new.mailbox_id).mailbox.name),
        ("Till", ", ".join(person.invitee.email for person in people)),
        ("Ämne", new.subject),
        ("Tid", spoken_time(time, language)),
        ("Serie", "" if news.time else spoken_series(words(host, language), schedule, language)),
        ("Text", "" if news.is_end or news.time else new.text),
    ]
    return tuple((label, text) for label, text in rows if text)


def _carry_out(host: Host, work: Work, request: ApprovalRequest) -> None:
    """Send the message once, and carry out the approved change. If another worker has already done so, do nothing.

    Raises:
        Conflict: The meeting has been cancelled since, or another change has replaced this one.
    """
    plan = msgspec.msgpack.decode(request.content, type=Plan)
    meeting = find_meeting(host, work, plan.meeting_id)
    require_not_cancelled(meeting)
    if meeting.request_id != request.id:
        raise Conflict("Mötet har ändrats på ett annat sätt sedan dess.")
    booking = plan.booking or Booking(as_new(meeting), people_of(host, work, meeting))
    case_id = None
    if booking.people and can_send_message(work):
        draft = message_of(host, work, booking.meeting, booking.people, plan.news)
        message = send_approved(work, meeting.mailbox_id, draft, request)
        case_id = meeting.case_id or message.case_id
    settled = settle_request(host, work, request.id, case_id)
    if settled is None:
        return
    if plan.news.time is not None:
        apply_time(host, work, settled, plan.news, plan.news.time)
    elif plan.news.what == "changed":
        apply_change(host, work, settled, booking)
    elif plan.news.what == "cancelled":
        apply_cancel(host, work, settled)
    else:
        announce(host, work, settled)
