"""Arriving and leaving: admission, with its log entries and updates of open pages."""

from budkavle import Host, Work
from budkavle_meetings.booking.changes import log
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.participants import Admission, Participant, VerifiedIdentity, find_participant
from budkavle_meetings.lobby.admission import admit, leave, refuse, wait_in_lobby
from budkavle_meetings.lobby.attendance import note_coming, note_going


def knock(
    host: Host, work: Work, meeting: Meeting, participant: Participant, identity: VerifiedIdentity
) -> Participant:
    """Let somebody who has identified wait in the lobby, and update the hosts' open pages.

    Raises:
        Conflict: The meeting is not open, or they have been refused.
    """
    before = participant.state
    waiting = wait_in_lobby(host, work, meeting, participant, identity)
    if waiting.state is Admission.WAITING and before is not Admission.WAITING:
        log(work, meeting, "meetings.waiting", method=identity.method)
    return waiting


def let_in(host: Host, work: Work, meeting: Meeting, participant: Participant) -> Participant:
    """Admit somebody from the lobby; the actor is a host.

    Raises:
        Conflict: The meeting is not open, or they are not waiting.
    """
    admitted = admit(host, work, meeting, participant)
    note_going(host, work, admitted)
    note_coming(host, work, admitted)
    method = admitted.identity.method if admitted.identity else ""
    log(work, meeting, "meetings.admitted", by=work.actor.name, method=method)
    return admitted


def enter_as_host(host: Host, work: Work, meeting: Meeting, participant: Participant) -> Participant:
    """Admit a member of the mailbox, without waiting in the lobby.

    Raises:
        Conflict: The meeting is not open.
    """
    same_time = participant.state is Admission.ADMITTED
    admitted = admit(host, work, meeting, participant)
    if not same_time or admitted.occurrence_at != participant.occurrence_at:
        note_going(host, work, admitted)  # left over from another time of the series
    if note_coming(host, work, admitted):
        log(work, meeting, "meetings.host-came", by=work.actor.name)
    return admitted


def turn_away(host: Host, work: Work, meeting: Meeting, participant: Participant) -> Participant:
    """Refuse somebody who waits, or remove somebody who is in the meeting; the actor is a host."""
    refused = refuse(host, work, participant)
    note_going(host, work, refused)
    method = refused.identity.method if refused.identity else ""
    log(work, meeting, "meetings.refused", by=work.actor.name, method=method)
    return refused


def go(host: Host, work: Work, meeting: Meeting, participant: Participant) -> None:
    """Record that somebody has left; does nothing if they were not admitted."""
    if find_participant(host, work, participant.id).state is not Admission.ADMITTED:
        return
    step_out(host, work, meeting, leave(host, work, participant))


def step_out(host: Host, work: Work, meeting: Meeting, participant: Participant) -> None:
    """Record that somebody has left the room but may return; does nothing if they were not in it."""
    if not note_going(host, work, participant):
        return
    if participant.is_host:
        log(work, meeting, "meetings.host-left", by=participant.name)
    else:
        log(work, meeting, "meetings.left", method=participant.identity.method if participant.identity else "")
