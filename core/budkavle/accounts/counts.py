"""How much an organisation has; each count is one short query, whatever its size."""

from sqlalchemy import func, select

from budkavle.accounts.permissions import require_admin
from budkavle.model.mailboxes import MailboxKind
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, users


def count_open_users(work: Work) -> int:
    """Return how many accounts of the organisation are open."""
    require_admin(work.actor)
    query = select(func.count()).where(users.c.organisation_id == work.organisation_id, users.c.active)
    return work.connection.execute(query).scalar_one()


def count_mailboxes(work: Work) -> int:
    """Return how many function mailboxes the organisation has."""
    require_admin(work.actor)
    functions = (mailboxes.c.kind == MailboxKind.FUNCTION, mailboxes.c.deleted_at.is_(None))
    query = select(func.count()).where(mailboxes.c.organisation_id == work.organisation_id, *functions)
    return work.connection.execute(query).scalar_one()
