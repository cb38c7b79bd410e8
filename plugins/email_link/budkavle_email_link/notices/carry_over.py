"""Requests the notices that an older version has queued in its own tables."""

from uuid import UUID

from sqlalchemy import delete, text

from budkavle import ActorScope, Host
from budkavle_email_link.notices.accounts import Accounts
from budkavle_email_link.notices.arrivals import Arrivals
from budkavle_email_link.tables import accounts, notices
from budkavle_email_link.texts import AccountChange


def carry_over(host: Host) -> int:
    """Request all of them, and return how many; run as a job, since a worker of an older version may queue more."""
    with host.transaction(None) as connection:
        waiting = connection.execute(text("SELECT organisation_id FROM email_link_queued()")).scalars().all()
    return sum(_carry_over(host, organisation_id) for organisation_id in waiting)


def _carry_over(host: Host, organisation_id: UUID) -> int:
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        with host.tables(work) as connection:
            queued = notices.c.organisation_id == organisation_id
            messages = connection.execute(delete(notices).where(queued).returning(notices.c.message_id)).scalars().all()
            taken_accounts = delete(accounts).where(accounts.c.organisation_id == organisation_id).returning(accounts)
            changes = [AccountChange(row.user_id, row.kind, row.at) for row in connection.execute(taken_accounts)]
        for message_id in messages:
            Arrivals(host).ask(work, message_id)
        for change in changes:
            Accounts(host).ask(work, change)
    return len(messages) + len(changes)
