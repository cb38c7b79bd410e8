"""Function mailboxes, their cases and the log of each case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from budkavle.model.loa import Loa
from budkavle.model.states import CaseState


class MailboxKind(StrEnum):
    """A shared inbox of a function, or one person's own."""

    FUNCTION = "function"
    PERSONAL = "personal"

    @property
    def is_shared(self) -> bool:
        """Whether cases are taken and released in this kind of mailbox."""
        return self is MailboxKind.FUNCTION


@dataclass(frozen=True, slots=True)
class FunctionMailbox:
    """A funktionsbrevlåda: a shared inbox whose messages are cases. A personal inbox has the same fields.

    Attributes:
        transports: The kinds of message that may be sent from here; empty means all that are on.
        default: Whether it receives messages that match no other mailbox.
        needs_approval: Whether another member must approve what is sent from it.
    """

    id: UUID
    organisation_id: UUID
    name: str
    kind: MailboxKind = MailboxKind.FUNCTION
    owner_id: UUID | None = None
    language: str = "sv"
    description: str = ""
    transports: tuple[str, ...] = ()
    default: bool = False
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A user with access to a mailbox.

    Attributes:
        active: False if the account is closed.
        reads_only: Whether the user may read there and change nothing.
    """

    user_id: UUID
    name: str
    email: str
    administrator: bool
    active: bool = True
    reads_only: bool = False


@dataclass(frozen=True, slots=True)
class CaseTag:
    """A coloured label for a mailbox's cases.

    Attributes:
        colour: The name of the colour, which `budkavle.css` has.
    """

    id: UUID
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Case:
    """An ärende: one conversation in one mailbox, taken by at most one person.

    Attributes:
        number: Its number for people, such as `2026-0451`.
        holder_id: The user who has taken it ("Ärende taget av"); None if it is untaken.
        active_at: When the last message was received or sent; the order of the list.
        channel: The kind of the last message: its transport, or its transport's family.
        loa: The level that its reader must reach.
        subject: The last message's subject; empty if the reader's level is too low, or the message is recalled.
        recalled: Whether the sender has recalled the last message.
        due_on: The day by which it is to be answered; None if not set.
        tags: Its tags, by name.
        restricted: Whether only named people can see it.
        in_inbox: Whether it is listed in the inbox; a case with only sent messages is listed under Skickade until an
            answer comes.
    """

    id: UUID
    organisation_id: UUID
    mailbox_id: UUID
    number: str
    state: CaseState
    holder_id: UUID | None
    holder: str
    conversation_id: str
    opened_at: datetime
    active_at: datetime
    channel: str
    subject: str = ""
    counterpart: str = ""
    confidential: bool = False
    attachments: int = 0
    messages: int = 0
    unread: bool = False
    loa: Loa = Loa.NONE
    recalled: bool = False
    due_on: date | None = None
    tags: tuple[CaseTag, ...] = ()
    restricted: bool = False
    in_inbox: bool = True


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """A row of the case log: who did what, when."""

    at: datetime
    kind: str
    """`opened`, `taken`, `released`, `taken-over`, `closed`, `reopened`, `binned`, `restored`, `joined` ..."""
    user: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
