"""Every state machine as one table; pure, and every pair of states is tested."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class DeliveryState(StrEnum):
    """The state of an outgoing delivery, in the access point's terms."""

    READY_TO_SEND = "READY_TO_SEND"
    SEND_IN_PROGRESS = "SEND_IN_PROGRESS"
    SEND_ENQUEUED = "SEND_ENQUEUED"
    SEND_ATTEMPT_FAILED = "SEND_ATTEMPT_FAILED"
    WAITING_FOR_RETRY = "WAITING_FOR_RETRY"
    WAITING_FOR_RECEIPT = "WAITING_FOR_RECEIPT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACKNOWLEDGED_WITH_WARNING = "ACKNOWLEDGED_WITH_WARNING"
    REJECTED = "REJECTED"
    SEND_FAILURE = "SEND_FAILURE"
    RECALLED = "RECALLED"
    NOT_FOUND = "NOT_FOUND"
    DELETED = "DELETED"


class IncomingState(StrEnum):
    """The state of an incoming message.

    Attributes:
        HELD: Stored, but its receipt has not been handed over yet, so it cannot be read.
        DOWNLOADED: A file of it has been downloaded. Whether it has been opened is a separate fact.
        RECALLED: The sender recalled it before it was opened; it is kept, and can never be opened.
    """

    HELD = "HELD"
    RECEIVED = "RECEIVED"
    RECEIVED_WITH_WARNINGS = "RECEIVED_WITH_WARNINGS"
    DOWNLOADED = "DOWNLOADED"
    RECALLED = "RECALLED"
    DELETED = "DELETED"


class CaseState(StrEnum):
    """The state of a case: open, closed or in the bin."""

    OPEN = "open"
    CLOSED = "closed"
    BINNED = "binned"


class OrganisationState(StrEnum):
    """The state of an organisation."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Sign-in and sending are stopped; incoming messages are stored."""
    REMOVING = "removing"
    """Its keys are destroyed, and its rows and files are being deleted."""
    LEAVING = "leaving"
    """It is about to be moved to another installation: work in progress is finished, and nothing new is started."""
    MOVING = "moving"
    """Its last rows are being copied to another installation; nothing is written here."""
    MOVED = "moved"
    """It is active in another installation; a read-only copy is left here."""
    ARRIVING = "arriving"
    """It is being copied here from another installation, where it is still active."""


AT_WORK = (OrganisationState.ACTIVE, OrganisationState.LEAVING)
"""The states in which users and guests of an organisation have access."""


SHUT = (OrganisationState.MOVING, OrganisationState.MOVED, OrganisationState.ARRIVING)
"""The states in which no one has access, and only the command that moves the organisation writes."""


class NoticeState(StrEnum):
    """The state of a notice.

    Attributes:
        SENT: Handed over to the mail server, the SMS gateway or the push service.
        UNSURE: It may have been handed over: it is not sent again, and a report may still come.
        DELIVERED: A report says that it has reached the reader's device.
        FAILED: It can never be sent, it has bounced, or it has expired.
        PARKED: Given up after many attempts; an administrator may retry it.
        WITHDRAWN: Withdrawn by the part that asked for it.
    """

    WAITING = "WAITING"
    SENT = "SENT"
    UNSURE = "UNSURE"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    PARKED = "PARKED"
    WITHDRAWN = "WITHDRAWN"


class ApprovalState(StrEnum):
    """The state of a request that a second person decides.

    Attributes:
        APPROVED: Approved; a worker performs it.
        FAILED: Approved, but it could not be done; it may be retried.
        WITHDRAWN: The requester has withdrawn it.
        EXPIRED: It expired without a decision.
    """

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    DONE = "DONE"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


D = DeliveryState
_ANSWERS = {D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING, D.REJECTED}
_UNDER_WAY = _ANSWERS | {D.SEND_FAILURE, D.RECALLED, D.NOT_FOUND}

DELIVERY: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    D.READY_TO_SEND: frozenset({D.SEND_IN_PROGRESS, D.RECALLED, D.DELETED}),
    D.SEND_IN_PROGRESS: frozenset(
        _UNDER_WAY | {D.SEND_ENQUEUED, D.SEND_ATTEMPT_FAILED, D.WAITING_FOR_RETRY, D.WAITING_FOR_RECEIPT}
    ),
    D.SEND_ENQUEUED: frozenset(
        _UNDER_WAY | {D.SEND_ATTEMPT_FAILED, D.WAITING_FOR_RETRY, D.WAITING_FOR_RECEIPT, D.DELETED}
    ),
    D.SEND_ATTEMPT_FAILED: frozenset(_UNDER_WAY | {D.WAITING_FOR_RETRY, D.WAITING_FOR_RECEIPT}),
    D.WAITING_FOR_RETRY: frozenset(_UNDER_WAY | {D.SEND_IN_PROGRESS, D.SEND_ENQUEUED, D.WAITING_FOR_RECEIPT}),
    D.WAITING_FOR_RECEIPT: frozenset(_UNDER_WAY | {D.DELETED}),
    D.ACKNOWLEDGED_WITH_WARNING: frozenset({D.RECALLED, D.DELETED}),
    D.ACKNOWLEDGED: frozenset({D.RECALLED, D.DELETED}),
    D.REJECTED: frozenset({D.SEND_FAILURE, D.DELETED}),
    D.SEND_FAILURE: frozenset({D.READY_TO_SEND, D.DELETED}),
    D.NOT_FOUND: frozenset({D.READY_TO_SEND, D.DELETED}),
    D.RECALLED: frozenset({D.DELETED}),
    D.DELETED: frozenset(),
}
"""Each state of a delivery and the states that may follow it.

`SEND_FAILURE` goes back only by a person's "försök igen". What has not begun is DELETED by a person's "ångra", and what
nobody will answer by the bin: a receipt of ours that has left, or a message to a reader who never came."""

INCOMING: Mapping[IncomingState, frozenset[IncomingState]] = {
    IncomingState.HELD: frozenset(
        {IncomingState.RECEIVED, IncomingState.RECEIVED_WITH_WARNINGS, IncomingState.DELETED}
    ),
    IncomingState.RECEIVED: frozenset({IncomingState.DOWNLOADED, IncomingState.RECALLED, IncomingState.DELETED}),
    IncomingState.RECEIVED_WITH_WARNINGS: frozenset(
        {IncomingState.DOWNLOADED, IncomingState.RECALLED, IncomingState.DELETED}
    ),
    IncomingState.DOWNLOADED: frozenset({IncomingState.RECALLED, IncomingState.DELETED}),
    IncomingState.RECALLED: frozenset({IncomingState.DELETED}),
    IncomingState.DELETED: frozenset(),
}
"""Each state of an incoming message and the states that may follow it."""

CASE: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.CLOSED, CaseState.BINNED}),
    CaseState.CLOSED: frozenset({CaseState.OPEN, CaseState.BINNED}),
    CaseState.BINNED: frozenset({CaseState.OPEN, CaseState.CLOSED}),
}
"""Each state of a case and the states that may follow it; the bin gives back what was there."""

N = NoticeState
_OF_NOTICE = frozenset({N.SENT, N.UNSURE, N.DELIVERED, N.FAILED, N.WITHDRAWN})

NOTICE: Mapping[NoticeState, frozenset[NoticeState]] = {
    N.WAITING: _OF_NOTICE | {N.PARKED},
    N.PARKED: _OF_NOTICE,
    N.SENT: frozenset({N.DELIVERED, N.FAILED}),
    N.UNSURE: frozenset({N.DELIVERED, N.FAILED}),
    N.DELIVERED: frozenset(),
    N.FAILED: frozenset(),
    N.WITHDRAWN: frozenset(),
}
"""Each state of a notice and the states that may follow it; a report may overtake the answer that it was sent."""

G = OrganisationState
ORGANISATION: Mapping[OrganisationState, frozenset[OrganisationState]] = {
    G.ACTIVE: frozenset({G.PAUSED, G.LEAVING, G.MOVED}),
    G.PAUSED: frozenset({G.ACTIVE, G.REMOVING, G.MOVED}),
    G.REMOVING: frozenset(),
    G.LEAVING: frozenset({G.ACTIVE, G.MOVING, G.MOVED}),
    G.MOVING: frozenset({G.ACTIVE, G.LEAVING, G.MOVED}),
    G.MOVED: frozenset({G.ACTIVE}),
    G.ARRIVING: frozenset({G.ACTIVE}),
}
"""Each state of an organisation and the states that may follow it.

Any that is at home becomes `MOVED` where a backup from before its move has been restored."""

A = ApprovalState
APPROVAL: Mapping[ApprovalState, frozenset[ApprovalState]] = {
    A.WAITING: frozenset({A.APPROVED, A.REJECTED, A.WITHDRAWN, A.EXPIRED}),
    A.APPROVED: frozenset({A.DONE, A.FAILED}),
    A.FAILED: frozenset({A.DONE}),
    A.DONE: frozenset(),
    A.REJECTED: frozenset(),
    A.WITHDRAWN: frozenset(),
    A.EXPIRED: frozenset(),
}
"""Each state of a request and the states that may follow it."""

WAITING = frozenset({D.READY_TO_SEND, D.WAITING_FOR_RETRY})
"""States in which a worker may claim a delivery."""

HANDED_OVER = frozenset({D.SEND_ENQUEUED, D.WAITING_FOR_RECEIPT, D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING})
"""States in which our receipt has been handed over, so that its message may be read."""

TROUBLE = frozenset({D.SEND_FAILURE, D.REJECTED, D.NOT_FOUND})
"""States that are listed under "Behöver åtgärd"."""

FINAL = frozenset({D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING, D.SEND_FAILURE, D.REJECTED, D.RECALLED, D.DELETED})
"""States that only a person changes."""

S = TypeVar("S", DeliveryState, IncomingState, CaseState, NoticeState, ApprovalState, OrganisationState)


def may_follow(table: Mapping[S, frozenset[S]], old: S, new: S) -> bool:
    """Tell whether a state may change into another. A state never follows itself.

    Args:
        table: The states that may follow each state.
        old: The state now.
        new: The state to come.
    """
    return new in table[old]


def before(table: Mapping[S, frozenset[S]], new: S) -> frozenset[S]:
    """Return the states that may change into `new`, for `WHERE state IN (...)`.

    Args:
        table: The states that may follow each state.
        new: The state to come.
    """
    return frozenset(old for old, following in table.items() if new in following)
