"""New messages in a personal inbox, for plugins that notify people outside of the pages (features S1, S2)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select

from budkavle.accounts.permissions import require_reader
from budkavle.accounts.users import as_user
from budkavle.cases import message_store
from budkavle.cases.member_news.choices import is_told_at_all, is_told_at_once
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.messages import Address, Direction
from budkavle.model.people import User
from budkavle.model.states import IncomingState
from budkavle.storage import tables
from budkavle.storage.platform import Work

_READABLE = (IncomingState.RECEIVED.value, IncomingState.RECEIVED_WITH_WARNINGS.value)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A message in a personal inbox, without its content.

    Attributes:
        user: The inbox's owner.
        transport: The transport that brought it.
        sender: The sender.
        wants_mail: Whether the user wants a mail at once, and was not in quiet hours when it came.
        delivery: (organisation, delivery) of the sender, if it was sent from this installation.
        case_id: Its case.
        is_told: Whether any channel notifies the user of it, at once or later.
    """

    user: User
    transport: str
    sender: Address
    wants_mail: bool
    delivery: tuple[UUID, UUID] | None
    case_id: UUID | None = None
    is_told: bool = True


def newcomer(work: Work, message_id: UUID) -> Newcomer | None:
    """Return the notice data of a message; None if it is in no personal inbox, recalled or destroyed.

    Raises:
        Forbidden: The actor is not a system actor with READ.
    """
    require_reader(work.actor)
    row = work.connection.execute(_query(work.organisation_id, message_id)).mappings().one_or_none()
    if row is None:
        return None
    (message,) = message_store.messages(work, tables.messages.c.id == message_id)
    user, sender = as_user(row), message.sender
    theirs, delivery = as_uuid(sender.organisation_value), as_uuid(message.remote_id)
    wants = is_told_at_once(work, user.id, row["came_at"])
    sent_here = (theirs, delivery) if theirs and delivery else None
    is_told = is_told_at_all(work, user.id)
    return Newcomer(user, message.transport, sender, wants, sent_here, message.case_id, is_told)


def _query(organisation_id: UUID, message_id: UUID) -> Select[Any]:
    message, box, users = tables.messages.c, tables.mailboxes.c, tables.users.c
    boxes = and_(box.organisation_id == message.organisation_id, box.id == message.mailbox_id)
    owners = and_(users.organisation_id == box.organisation_id, users.id == box.owner_id)
    joined = tables.messages.join(tables.mailboxes, boxes).join(tables.users, owners)
    return (
        select(tables.users, message.created_at.label("came_at"))
        .select_from(joined)
        .where(message.organisation_id == organisation_id, message.id == message_id, users.active)
        .where(message.direction == Direction.IN.value, message.state.in_(_READABLE))
        .where(box.kind == MailboxKind.PERSONAL.value)
    )
