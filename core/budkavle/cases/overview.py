"""Counts of an organisation for its administrators: accounts, mailboxes and their people, waiting cases.

Numbers only, so the actor need not be a member of the mailboxes. How often things have happened is in `EventLog`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID

from budkavle.accounts.permissions import require_overview
from budkavle.model.times import ZONE
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    count_organisation: Statement
    list_mailboxes: Statement
    list_waiting: Statement
    list_waiting_of_all: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class OrganisationCounts:
    """An organisation's current counts.

    Attributes:
        accounts: Open accounts.
        mailboxes: Function mailboxes in use.
    """

    accounts: int
    mailboxes: int


@dataclass(frozen=True, slots=True)
class MailboxPeople:
    """How many people may open a function mailbox now.

    Attributes:
        users: Its members with an open account, administrators among them.
        administrators: Those who administer it.
    """

    id: UUID
    name: str
    users: int
    administrators: int


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """Some of the mailboxes that match a search, and the number of all matches."""

    mailboxes: list[MailboxPeople]
    matches: int


@dataclass(frozen=True, slots=True)
class WaitingCases:
    """A group of open cases with the same properties.

    Attributes:
        mailbox_id: Their mailbox; None if all mailboxes are counted together.
        channel: A transport's family, or its name if it has none.
        is_taken: Whether they have a holder.
        age: From when they were opened: `today`, `week` (the 7 days before), `month` (30 days) or `older`.
        count: How many.
        oldest_at: When the oldest was opened.
    """

    mailbox_id: UUID | None
    channel: str
    is_taken: bool
    age: Literal["today", "week", "month", "older"]
    count: int
    oldest_at: datetime


def count_organisation(work: Work) -> OrganisationCounts:
    """Count an organisation's open accounts and function mailboxes.

    Args:
        work: The unit of work; its actor administers the organisation, or is a system actor with the scope READ.

    Raises:
        Forbidden: The actor may not see all of the organisation.
    """
    require_overview(work.actor)
    row = QUERIES.count_organisation.one(work.connection, {"organisation": work.organisation_id})
    return OrganisationCounts(row.accounts, row.mailboxes)


def list_mailbox_people(
    work: Work, words: str = "", *, offset: int = 0, limit: int | None = 50, mailbox_id: UUID | None = None
) -> MailboxPage:
    """Return function mailboxes by name, each with the number of people who may open it.

    Args:
        work: The unit of work; its actor administers the organisation, or is a system actor with the scope READ.
        words: Parts of the name.
        offset: How many to skip.
        limit: The most to return; None returns all.
        mailbox_id: Only this one.

    Raises:
        Forbidden: The actor may not see all of the organisation.
    """
    require_overview(work.actor)
    values = {"organisation": work.organisation_id, "words": words.split(), "mailbox": mailbox_id}
    rows = QUERIES.list_mailboxes.all(work.connection, values | {"offset": offset, "limit": limit})
    people = [MailboxPeople(row.id, row.name, row.users, row.administrators) for row in rows]
    return MailboxPage(people, rows[0].matches if rows else 0)


def count_waiting_cases(work: Work, mailbox_ids: Collection[UUID] | None = None) -> list[WaitingCases]:
    """Count the open cases of function mailboxes, by channel, age and whether they are taken.

    Args:
        work: The unit of work; its actor administers the organisation, or is a system actor with the scope READ.
        mailbox_ids: Counts by mailbox, in these; None counts all mailboxes together.

    Raises:
        Forbidden: The actor may not see all of the organisation.
    """
    require_overview(work.actor)
    midnight = datetime.combine(datetime.now(ZONE).date(), time(), ZONE)
    values = {
        "organisation": work.organisation_id,
        "today": midnight,
        "week": midnight - timedelta(days=7),
        "month": midnight - timedelta(days=30),
    }
    if mailbox_ids is None:
        return [_waiting(row, None) for row in QUERIES.list_waiting_of_all.all(work.connection, values)]
    rows = QUERIES.list_waiting.all(work.connection, values | {"mailboxes": list(mailbox_ids)})
    return [_waiting(row, row.mailbox_id) for row in rows]


def _waiting(row: ResultRow, mailbox_id: UUID | None) -> WaitingCases:
    return WaitingCases(mailbox_id, row.channel, row.is_taken, row.age, row.number, row.oldest_at)
