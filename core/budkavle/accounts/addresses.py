"""Finding recipients inside the installation: accounts by e-mail address, mailboxes by name and by id."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.permissions import as_mailbox
from budkavle.model.errors import TooMany
from budkavle.model.input_rules.email_addresses import owner_of_domain
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.storage.events.traces import record_once
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import mailboxes

MOST_LOOKUPS = 1000
"""The most addresses outside their organisation that a person may look up within an hour."""
LOOKUPS_WITHIN = timedelta(hours=1)
_TOO_MANY = "Du har slagit upp många adresser den senaste timmen. Vänta en stund och försök igen."


class _Queries(QueryFile):
    count_lookups: Statement
    find_accounts: Statement
    load_mailboxes: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class AccountMailbox:
    """The mailbox that gets an account's messages.

    Attributes:
        organisation_id: The account's organisation.
        user_id: The user.
        mailbox_id: The user's personal mailbox.
    """

    organisation_id: UUID
    user_id: UUID
    mailbox_id: UUID


def find_accounts(work: Work, emails: Collection[str]) -> dict[str, AccountMailbox]:
    """Return the open accounts with these e-mail addresses, in any organisation.

    Only complete addresses match, so that nobody can browse other organisations' users. A person may look up a limited
    number within an hour: an address counts once, and those of colleagues do not count. If the installation assigns
    mail domains to organisations, an account is found only by an address in its own organisation's domains.

    Args:
        work: The unit of work; any actor.
        emails: The addresses, in any case.

    Returns:
        The accounts by the address as it was given; an address without an open account is left out.

    Raises:
        TooMany: The person has looked up too many; `fields` is `recipients`.

    Example:
        account = find_accounts(work, ["eva@sjovik.se"]).get("eva@sjovik.se")
    """
    rows = QUERIES.find_accounts.all(work.connection, {"emails": list(emails)})
    colleagues = {row.asked for row in rows if row.organisation_id == work.organisation_id}
    _count_lookups(work, (email for email in emails if "@" in email and email not in colleagues))
    # An administrator may enter anybody's address for an account: their messages must not be sent to it.
    domains = work.platform.settings.mail_domains
    rows = [
        row for row in rows if row.asked in colleagues or not domains or owner_of_domain(domains, row.asked) == row.slug
    ]
    return {row.asked: AccountMailbox(row.organisation_id, row.user_id, personal_id(row.user_id)) for row in rows}


def _count_lookups(work: Work, emails: Iterable[str]) -> None:
    """Count a person's look-ups; an actor without a user is a plugin, whose callers have their own limits."""
    person = str(work.actor.user_id or "")
    keys = sorted({work.vault.subject_hash("lookup", person, email.strip().lower()) for email in emails})
    if not person or not keys:
        return
    values = {"keys": keys, "counter": work.vault.subject_hash("lookups", person), "within": LOOKUPS_WITHIN}
    if QUERIES.count_lookups.one(work.connection, values).failures > MOST_LOOKUPS:
        work.after_rollback(partial(_record_limit, work.platform, work.actor))
        raise TooMany(_TOO_MANY, fields={"recipients": _TOO_MANY})


def _record_limit(platform: Platform, actor: Actor) -> None:
    with platform.work(actor) as work:
        why = Sentence(TooMany.title).to_text()
        record_once(work, "limit.reached", actor.user_id or actor.organisation_id, TooMany.slug, why=why)


def mailbox_addresses(work: Work, transport: str, mailbox_ids: Collection[UUID]) -> dict[UUID, Address]:
    """Return the addresses of function mailboxes and personal mailboxes of the organisation.

    The value of an address is the mailbox's id; its `organisation_value` is the organisation's id.

    Args:
        work: The unit of work, in the organisation of the mailboxes; any actor.
        transport: The transport of the addresses.
        mailbox_ids: The mailboxes.

    Returns:
        The addresses by mailbox; one that has been deleted, or whose owner's account is closed, is left out.

    Example:
        with host.work(host.system(organisation_id)) as work:
            recipient = mailbox_addresses(work, "pigeon", [mailbox_id]).get(mailbox_id)
    """
    if not mailbox_ids:
        return {}
    parameters = {"organisation": work.organisation_id, "ids": list(mailbox_ids)}
    return {
        row.id: Address(transport, str(row.id), row.name, row.organisation, str(row.organisation_id))
        for row in QUERIES.load_mailboxes.all(work.connection, parameters)
    }


def search_mailboxes(work: Work, words: str, *, outside: UUID | None = None, limit: int = 20) -> list[FunctionMailbox]:
    """Return function mailboxes of the organisation whose name has all the words.

    Args:
        work: The unit of work; any actor in the organisation.
        words: Parts of the name; if empty, the first mailboxes by name.
        outside: A mailbox to leave out.
        limit: The most mailboxes to return.
    """
    query = select(mailboxes).where(
        mailboxes.c.organisation_id == work.organisation_id,
        mailboxes.c.kind == MailboxKind.FUNCTION.value,
        mailboxes.c.deleted_at.is_(None),
    )
    if outside is not None:
        query = query.where(mailboxes.c.id != outside)
    for word in words.split():
        query = query.where(mailboxes.c.name.icontains(word, autoescape=True))
    rows = work.connection.execute(query.order_by(mailboxes.c.name, mailboxes.c.id).limit(limit)).mappings()
    return [as_mailbox(row) for row in rows]
