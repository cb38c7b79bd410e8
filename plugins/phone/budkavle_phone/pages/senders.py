"""The mailboxes that a visitor may write from, for a form."""

from uuid import UUID

from budkavle import FunctionMailbox, MailboxKind, NotFound
from budkavle.cases import readable_mailboxes
from budkavle.web import Visitor

NO_MAILBOX = "Brevlådan finns inte, eller så har du inte tillgång till den."


def senders(visitor: Visitor) -> list[tuple[str, str]]:
    """Return the mailboxes by id and name, function mailboxes first."""
    with visitor.work() as work:
        mailboxes = readable_mailboxes(work)
    mailboxes.sort(key=lambda mailbox: mailbox.kind is not MailboxKind.FUNCTION)
    return [(str(mailbox.id), mailbox_label(visitor, mailbox)) for mailbox in mailboxes]


def choose_sender(visitor: Visitor, mailbox_id: UUID | None) -> UUID:
    """Return the chosen mailbox.

    Raises:
        NotFound: It is not one of the visitor's.
    """
    if mailbox_id is None or str(mailbox_id) not in dict(senders(visitor)):
        raise NotFound(NO_MAILBOX)
    return mailbox_id


def mailbox_label(visitor: Visitor, mailbox: FunctionMailbox) -> str:
    """Return a mailbox's label: a function's name, the visitor's own inbox, or the owner's name of another's inbox."""
    if mailbox.kind is MailboxKind.FUNCTION:
        return mailbox.name
    if mailbox.owner_id == visitor.actor.user_id:
        return visitor.say("Min inkorg")
    return visitor.say("Inkorg: {owner}", owner=mailbox.name)
