"""Failed attempts to sign in to an account, reported to its owner: on their page, and by notices.

A job sends the notices, and not the sign-in, so that an attempt takes the same time whether or not the account exists.

Source: ASVS 5.0, 6.3.5.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from budkavle.accounts.users import announce_change
from budkavle.identification.rate_limit import Limit, within_transaction
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import audit_log, users

TOLD = Limit(1, timedelta(hours=1))
"""How often a person is notified: repeated attempts must not fill their mailbox."""
SHOWN_FOR = timedelta(days=30)
KINDS = ("user.sign-in-failed", "user.sign-in-blocked", "user.identification-failed", "user.session-copied")
"""The events on a person's page: refused attempts, and sessions ended because their cookies were copied."""


@dataclass(frozen=True, slots=True)
class WrongTry:
    """One or more refused attempts within a minute, or a session that was copied.

    Attributes:
        at: The time.
        kind: The event's kind, one of `KINDS`.
    """

    at: datetime
    kind: str


def tell(platform: Platform) -> int:
    """Announce `sign-in-blocked` for each account with too many failed attempts; returns how many.

    Run it as a job. It is announced to plugins, which notify the owner, at most once an hour for each account.
    """
    return platform.in_each_organisation(partial(_tell, platform))


def _tell(platform: Platform, organisation_id: UUID) -> int:
    blocked = select(users.c.id).where(users.c.organisation_id == organisation_id, users.c.active)
    with platform.database.transaction(organisation_id) as connection:
        tried = connection.execute(blocked.where(users.c.blocked_until > func.now())).scalars().all()
    return sum(_announce(platform, organisation_id, user_id) for user_id in tried)


def _announce(platform: Platform, organisation_id: UUID, user_id: UUID) -> bool:
    """Count and announce in one transaction, so that after a rollback the next run announces it."""
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        is_due = within_transaction(platform, work.connection, TOLD, "wrong tries", str(user_id))
        if is_due:
            announce_change(work, user_id, "sign-in-blocked")
    return is_due


def own_wrong_tries(work: Work, most: int = 5) -> list[WrongTry]:
    """Return the last refused attempts on the actor's account within 30 days, the latest first.

    Args:
        work: The unit of work of a signed-in user.
        most: The most attempts to return.
    """
    log = audit_log.c
    query = (
        select(log.at, log.kind)
        .where(log.organisation_id == work.organisation_id, log.thing == str(work.actor.user_id), log.kind.in_(KINDS))
        .where(log.at > func.now() - SHOWN_FOR)
        .order_by(log.at.desc())
        .limit(most)
    )
    return [WrongTry(row.at, row.kind) for row in work.connection.execute(query)]
