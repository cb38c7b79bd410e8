"""What the pages of registration show about a message: its sender, subject, deadline and decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from budkavle import FunctionMailbox, Host, IncomingState, MailboxKind, Message, NotFound, Work
from budkavle.accounts import require_member
from budkavle.cases import readable_mailboxes
from budkavle.web import Visitor
from budkavle_records.registration.clock import swedish_date
from budkavle_records.registration.decisions import PastDecision, Registration
from budkavle_records.registration.lists import PAGE, RegisterRow, messages_of
from budkavle_records.registration.outcomes import HINTS, LABELS, N_, Outcome

PATH = "/plugin/records/registration"
LEFT_OUT = N_("Utelämnat (5 kap. 2 § OSL)")
HIDDEN = N_("Visas med högre tillitsnivå")
GONE = N_("Gallrat meddelande")
RECALLED = N_("Återkallat av avsändaren")


@dataclass(frozen=True, slots=True)
class Pages:
    """The line below a list: the rows shown, and links to the pages before and after, for `macros/paging.html`."""

    first: int
    last: int
    total: int
    previous_url: str | None
    next_url: str | None


def own_mailboxes(work: Work, user_id: UUID | None) -> list[FunctionMailbox]:
    """Return the mailboxes whose messages a user registers: the shared ones, and the user's own inbox."""
    boxes = readable_mailboxes(work)
    return [box for box in boxes if box.kind is MailboxKind.FUNCTION or box.owner_id == user_id]


def chosen_mailboxes(boxes: Sequence[FunctionMailbox], mailbox_id: UUID | None) -> list[UUID]:
    """Return the mailboxes that a list covers: the chosen one, or all.

    Raises:
        NotFound: The chosen mailbox is not among them.
    """
    ids = [box.id for box in boxes]
    if mailbox_id is not None and mailbox_id not in ids:
        raise NotFound("Brevlådan finns inte.")
    return [mailbox_id] if mailbox_id else ids


def seen_registrations(work: Work, registrations: Sequence[Registration]) -> list[Registration]:
    """Return the registrations that the actor may see: someone who reads for another user may only see new ones.

    Raises:
        NotFound: The actor is not a member of a mailbox.
    """
    since = {box: require_member(work, box).since for box in {each.mailbox_id for each in registrations}}
    return [each for each in registrations if (begin := since[each.mailbox_id]) is None or each.arrived_at >= begin]


def pages(url: str, first: int, shown: int, total: int) -> Pages:
    """Return the line below a page of a list.

    Args:
        url: The list's address with its filters; it ends with `?` or `&`.
        first: The number of rows before the page.
        shown: The number of rows on the page.
        total: The number of rows in the list.
    """
    before = f"{url}first={max(first - PAGE, 0)}" if first else None
    after = f"{url}first={first + PAGE}" if first + shown < total else None
    return Pages(first + 1 if shown else 0, first + shown, total, before, after)


def shown_row(visitor: Visitor, row: RegisterRow, names: Mapping[UUID, str]) -> dict[str, Any]:
    """Return a message as a row of a list."""
    registration, message = row.registration, row.message
    return {
        **shown_registration(visitor, registration),
        "case_url": f"/c/{registration.case_id}",
        "mailbox": names.get(registration.mailbox_id, ""),
        "subject": subject_of(visitor, registration, message),
        "sender": sender_of(visitor, registration, message),
    }


def shown_registration(visitor: Visitor, registration: Registration) -> dict[str, Any]:
    """Return the registration of a message as text."""
    return {
        "id": registration.message_id,
        "arrived_at": registration.arrived_at,
        "last_at": registration.last_at,
        "late": registration.is_late,
        "settled": registration.outcome is not None,
        "outcome": registration.outcome.value if registration.outcome else "",
        "label": visitor.say(LABELS[registration.outcome]) if registration.outcome else "",
        "number": registration.number,
        "about": registration.about,
        "hides_sender": registration.hides_sender,
        "hides_about": registration.hides_about,
        "settled_at": registration.settled_at,
        "settled_by": registration.settled_by,
        "url": f"{PATH}/m/{registration.message_id}",
    }


def subject_of(visitor: Visitor, registration: Registration, message: Message | None) -> str:
    """Return the name of a message in a list."""
    if message is None:
        return visitor.say(GONE if registration.gone else HIDDEN)
    return visitor.say(RECALLED) if message.state is IncomingState.RECALLED else message.subject


def sender_of(visitor: Visitor, registration: Registration, message: Message | None) -> str:
    """Return the sender of a message."""
    if message is None:
        return "" if registration.gone else visitor.say(HIDDEN)
    return str(message.sender)


def register_sender(visitor: Visitor, row: RegisterRow) -> str:
    """Return the sender of a message, as the register shows it."""
    if row.registration.hides_sender:
        return visitor.say(LEFT_OUT)
    return sender_of(visitor, row.registration, row.message)


def register_about(visitor: Visitor, row: RegisterRow) -> str:
    """Return what the register shows that a message is about: the text of the decision, or else its subject."""
    if row.registration.hides_about:
        return visitor.say(LEFT_OUT)
    return row.registration.about or subject_of(visitor, row.registration, row.message)


def day_text(moment: datetime) -> str:
    """Return the Swedish date of a point in time in the form used in files."""
    return swedish_date(moment).isoformat()


def outcome_options(visitor: Visitor) -> list[tuple[str, str, str]]:
    """Return the outcomes to choose from: value, label, hint."""
    return [(outcome.value, visitor.say(LABELS[outcome]), visitor.say(HINTS[outcome])) for outcome in Outcome]


def past_row(visitor: Visitor, past: PastDecision) -> dict[str, Any]:
    """Return a decision from the history as text."""
    return {
        "at": past.at,
        "by": past.by,
        "label": visitor.say(LABELS[past.outcome]),
        "number": past.number,
        "about": past.about,
        "reason": past.reason,
    }


def titles(
    host: Host, work: Work, visitor: Visitor, registrations: Sequence[Registration]
) -> dict[UUID, tuple[str, str]]:
    """Return the subject and the sender of messages, by message."""
    messages = messages_of(host, work, [each.message_id for each in registrations])
    return {
        each.message_id: (subject_of(visitor, each, message), sender_of(visitor, each, message))
        for each in registrations
        for message in [messages.get(each.message_id)]
    }
