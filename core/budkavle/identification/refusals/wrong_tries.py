"""Failed attempts to sign in to an account, reported to its person: on their page, and by notices.

They are told by a job and not while somebody tries, so that a try takes as long whether there is an account or not.

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
"""How often a person is told: who keeps on trying must not fill their mailbox."""
SHOWN_FOR = timedelta(days=30)
KINDS = ("user.sign-in-failed", "user.sign-in-blocked", "user.identification-failed", "user.session-copied")
"""The events on a person's page: refused attempts, and sessions ended because their cookies were copied."""


@dataclass(frozen=True, slots=True)
class WrongTry:
    """One or more refused tries within a minute, or a session that was copied.

    Attributes:
        at: When.
        kind: One of `KINDS`, as the event log has it.
    """

    at: datetime
    kind: str


def tell(platform: Platform) -> int:
    """Announce `sign-in-blocked` for each account that has had too many wrong tries; returns how many.

    Run it as a job. Plugins that tell the account's person hear of it at most once an hour for each.
    """
    return platform.in_each_organisation(partial(_tell, platform))


def _tell(platform: Platform, organisation_id: UUID) -> int:
    blocked = select(users.c.id).where(users.c.organisation_id == organisation_id, users.c.active)
    with platform.database.transaction(organisation_id) as connection:
        tried = connection.execute(blocked.where(users.c.blocked_until > func.now())).scalars().all()
    return sum(_announce(platform, organisation_id, user_id) for user_id in tried)


def _announce(platform: Platform, organisation_id: UUID, user_id: UUID) -> bool:
    """Count and announce in one transaction, so that what a fault undoes is told at the next run."""
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        is_due = within_transaction(platform, work.connection, TOLD, "wrong tries", str(user_id))
        if is_due:
            announce_change(work, user_id, "sign-in-blocked")
    return is_due


def own_wrong_tries(work: Work, most: int = 5) -> list[WrongTry]:
    """Return the last refused tries at the account of the work's actor, the latest first.

    Args:
        work: The unit of work of somebody who is signed in.
        most: How many at most; those of the last 30 days.
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
