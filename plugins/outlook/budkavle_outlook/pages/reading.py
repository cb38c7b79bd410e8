"""A case as the pane shows it: the newest message first, and whether it may be replied to."""

from dataclasses import dataclass
from uuid import UUID

from budkavle import Direction, IncomingState, Message
from budkavle.messaging import CaseView
from budkavle.web import Visitor


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a message."""

    id: UUID
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message of the case.

    Attributes:
        answer_url: URL of the reply form; empty if the message cannot be replied to.
    """

    id: UUID
    sender: str
    at: object
    subject: str
    body: str
    files: tuple[ShownFile, ...]
    recalled: bool
    incoming: bool
    answer_url: str


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case.

    Attributes:
        messages: The messages, the newest first.
        with_files: Whether any of them has files.
    """

    id: UUID
    mailbox_id: UUID
    subject: str
    messages: tuple[ShownMessage, ...]

    @property
    def with_files(self) -> bool:
        """Whether any message has files."""
        return any(message.files for message in self.messages)


def shown_case(visitor: Visitor, view: CaseView) -> ShownCase:
    """Return the pane's view of a case that its reader has opened."""
    thread = sorted((entry.message for entry in view.thread), key=lambda message: message.created_at, reverse=True)
    subject = next((message.subject for message in thread if message.subject), visitor.say("(inget ämne)"))
    messages = tuple(_shown(view.case.id, message) for message in thread)
    return ShownCase(view.case.id, view.case.mailbox_id, subject, messages)


def _shown(case_id: UUID, message: Message) -> ShownMessage:
    incoming, recalled = message.direction is Direction.IN, message.state is IncomingState.RECALLED
    may_answer = incoming and message.reply_allowed and not recalled
    return ShownMessage(
        id=message.id,
        sender=str(message.sender),
        at=message.created_at,
        subject=message.subject,
        body=message.body,
        files=tuple(ShownFile(file.id, file.file_name, file.size) for file in message.attachments),
        recalled=recalled,
        incoming=incoming,
        answer_url=f"/c/{case_id}/reply?to={message.id}&frame=1" if may_answer else "",
    )
