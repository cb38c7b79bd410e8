"""Sending automatic replies: once to each sender in an absence, at the message's level of assurance, without loops."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import (
    Actor,
    ActorScope,
    BudkavleError,
    Draft,
    Host,
    IncomingState,
    MailboxKind,
    Message,
    Unavailable,
    Work,
)
from budkavle.accounts import find_mailbox, find_user
from budkavle.messaging import find_message, send
from budkavle_absence.auto_reply import AutoReply, auto_reply
from budkavle_absence.tables import answered

PREFIX = "Autosvar: "
LONGEST_SUBJECT = 255
_READABLE = (IncomingState.RECEIVED, IncomingState.RECEIVED_WITH_WARNINGS, IncomingState.DOWNLOADED)
"""The states in which a message is answered: not while it waits for its receipt, nor once it is recalled."""


def answer(host: Host, organisation_id: UUID, message_id: UUID) -> bool:
    """Answer an incoming message, if its owner is away and the sender has not had the reply yet.

    Returns:
        Whether a reply was sent. Failures are logged; the message itself is not affected.

    Raises:
        NotFound: There is no such message any more.
        Unavailable: The database does not answer; nothing was sent.
    """
    with host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        message = find_message(work, message_id)
    owner_id = _owner(host, organisation_id, message.mailbox_id)
    if owner_id is None or message.state not in _READABLE or message.subject.startswith(PREFIX):
        return False
    away = auto_reply(host, organisation_id, owner_id)
    if not away.active or not message.reply_allowed:
        return False
    try:
        with host.work(_actor(host, message, owner_id)) as work:
            if not _first(host, work, message, away):
                return False
            send(work, message.mailbox_id, _draft(message, away))
    except Unavailable:
        raise
    except BudkavleError as error:
        host.log.warning("absence.not_answered", message=str(message_id), kind=error.slug)
        return False
    return True


def away_since(host: Host, organisation_id: UUID, mailbox_id: UUID) -> datetime | None:
    """Return since when the owner of a mailbox has been away; None if nobody is, or it is not known since when.

    Raises:
        NotFound: There is no such mailbox any more.
    """
    owner_id = _owner(host, organisation_id, mailbox_id)
    away = auto_reply(host, organisation_id, owner_id) if owner_id else None
    return away.since if away and away.active else None


def _owner(host: Host, organisation_id: UUID, mailbox_id: UUID) -> UUID | None:
    """Return the owner of the inbox that a message came to. None for a function mailbox, which is never away."""
    with host.work(host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        box = find_mailbox(work, mailbox_id).mailbox
    return box.owner_id if box.kind is MailboxKind.PERSONAL else None


def _actor(host: Host, message: Message, owner_id: UUID) -> Actor:
    with host.work(host.system(message.organisation_id)) as work:
        return find_user(work, owner_id).acting(message.loa)


def _draft(message: Message, away: AutoReply) -> Draft:
    return Draft(
        recipients=(message.sender,),
        subject=f"{PREFIX}{message.subject}"[:LONGEST_SUBJECT],
        body=away.text,
        confidential=message.confidential,
        reply_to=message.id,
        loa=message.loa,
    )


def _first(host: Host, work: Work, message: Message, away: AutoReply) -> bool:
    """Note the sender, by a keyed hash, as one who gets the reply in this absence. False if already noted.

    It is noted in the unit of work that sends the reply: if that fails, the sender's next message is answered.
    """
    organisation_id, sender = message.organisation_id, message.sender
    told = (str(organisation_id), away.absence, sender.transport, sender.value)
    row = {
        "organisation_id": organisation_id,
        "absence": away.absence,
        "sender": host.vault.subject_hash("absence", *told),
    }
    with host.tables(work) as connection:
        write = upsert(answered).values(row).on_conflict_do_nothing().returning(answered.c.absence)
        return connection.execute(write).first() is not None
