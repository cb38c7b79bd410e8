"""Brings what an older version has queued in tables of this plugin's own into the outboxes of the core."""

from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, text

from budkavle import Host
from budkavle.storage import NewEntry, enqueue
from budkavle_email_link.notices import accounts as account_mails
from budkavle_email_link.notices import messages as message_mails
from budkavle_email_link.notices.accounts import QueuedChange
from budkavle_email_link.tables import accounts, notices


def carry_over(host: Host) -> int:
    """Move all of it; return how many there were. A job, since a worker of an older version may queue more."""
    with host.transaction(None) as connection:
        waiting = connection.execute(text("SELECT organisation_id FROM email_link_queued()")).scalars().all()
    return sum(_carry_over(host, organisation_id) for organisation_id in waiting)


def _carry_over(host: Host, organisation_id: UUID) -> int:
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            entries = [*_notices(connection, organisation_id), *_accounts(connection, organisation_id)]
        for entry in entries:
            enqueue(work, entry)
    return len(entries)


def _notices(connection: Connection, organisation_id: UUID) -> list[NewEntry]:
    gone = delete(notices).where(notices.c.organisation_id == organisation_id).returning(notices.c.message_id)
    return [NewEntry(message_mails.QUEUE, b"", key=str(one)) for one in connection.execute(gone).scalars()]


def _accounts(connection: Connection, organisation_id: UUID) -> list[NewEntry]:
    gone = delete(accounts).where(accounts.c.organisation_id == organisation_id).returning(accounts)
    return [
        NewEntry(account_mails.QUEUE, msgspec.json.encode(QueuedChange(row.user_id, row.kind, row.at)))
        for row in connection.execute(gone)
    ]
