"""The job that destroys personal data of closed accounts, and queues what plugins have to clean up."""

from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID

import structlog

from budkavle.accounts import mailboxes, user_list
from budkavle.accounts.closed_accounts.due import first_kept
from budkavle.accounts.closed_accounts.settings import ClosedAccountSettings
from budkavle.accounts.stored_settings import read_settings, settings_changed_at
from budkavle.logs import describe
from budkavle.model.destruction import Destroyed
from budkavle.model.errors import Unavailable
from budkavle.model.people import ActorScope, SystemActor
from budkavle.notices.asking import forget_notices
from budkavle.operations import clock, destruction
from budkavle.plugins.protocols.job import Job
from budkavle.storage import audit
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

log = structlog.get_logger("budkavle.operations.closed_accounts")
TURN = 5.0
"""Seconds after which a run yields; the job runs again at once if it has found something."""
NAME = "Gallring"
REASON = "Kontot har varit stängt så många dagar som det ska."


class _Queries(QueryFile):
    mark_unmarked: Statement
    hold_due: Statement
    forget_identities: Statement
    forget_invitations: Statement
    forget_sessions: Statement
    forget_drafts: Statement
    forget_searches: Statement
    forget_choices: Statement
    forget_news: Statement
    forget_reads: Statement
    forget_memberships: Statement
    empty_account: Statement


QUERIES = _Queries.load()
_OWN = (
    QUERIES.forget_identities,
    QUERIES.forget_invitations,
    QUERIES.forget_sessions,
    QUERIES.forget_searches,
    QUERIES.forget_choices,
    QUERIES.forget_news,
    QUERIES.forget_reads,
    QUERIES.empty_account,
)


def jobs(platform: Platform) -> list[Job]:
    """Return the regular jobs."""
    return [Job("closed-accounts", partial(destroy_old, platform), timedelta(hours=1))]


def destroy_old(platform: Platform) -> int:
    """Destroy what is due, for a few seconds; returns for how many accounts.

    Nothing is destroyed while the database's clock is doubted, or while an organisation is paused.
    """
    now = clock.believed_now(platform)
    return 0 if now is None else destroy_due(platform, now)


def destroy_due(platform: Platform, now: datetime) -> int:
    """Destroy what is due at a given time, as `destroy_old` does.

    Raises:
        Exception: The first error, after the others have been destroyed; what failed is tried again in the next run.
    """
    end = monotonic() + TURN
    return platform.in_each_organisation(partial(_destroy_in, platform, now=now, end=end), paused=False)


def _destroy_in(platform: Platform, organisation_id: UUID, now: datetime, end: float) -> int:
    actor = SystemActor(organisation_id, NAME, frozenset({ActorScope.ADMINISTER}))
    with platform.work(actor) as work:
        QUERIES.mark_unmarked.run(work.connection, {"organisation": organisation_id})
        days = read_settings(work, ClosedAccountSettings).retention_days
        changed_at = settings_changed_at(work, ClosedAccountSettings)
    if changed_at is not None and changed_at >= first_kept(now, 0):
        return 0  # until midnight, the change can still be undone
    due = {"organisation": organisation_id, "before": first_kept(now, days)}
    destroyed, failed, faults = 0, list[UUID](), list[Exception]()
    while not ((destroyed or faults) and monotonic() > end):
        user_id = None
        try:
            with platform.work(actor) as work:  # one account each, so that a fault does not undo earlier ones
                row = QUERIES.hold_due.one_or_none(work.connection, {**due, "failed": failed})
                if row is None:
                    break
                user_id = row.id
                _destroy(work, user_id)
        except Exception as error:
            if user_id is None or isinstance(error, Unavailable):
                raise
            log.exception("user.not-destroyed", organisation=str(organisation_id), **describe(error))
            failed.append(user_id)
            faults.append(error)
        else:
            destroyed += 1
    if faults:
        raise faults[0]
    return destroyed


def _destroy(work: Work, user_id: UUID) -> None:
    for box in user_list.mailboxes_of(work, user_id):
        mailboxes.remove_members(work, box.id, [user_id])
    account = {"organisation": work.organisation_id, "user": user_id}
    with with_all_cases(work.connection, work.reader):  # also the person's data in restricted cases
        drafts = QUERIES.forget_drafts.all(work.connection, account)
        places = QUERIES.forget_memberships.all(work.connection, account)
        for statement in _OWN:
            statement.run(work.connection, account)
    for draft in drafts:
        if draft.send_as is not None:
            audit.record(work, "message.not_scheduled", draft.send_as, mailbox=str(draft.mailbox_id))
    for place in places:
        if place.until is not None:
            audit.record(work, "delegation.ended", user_id, mailbox=str(place.mailbox_id))
    forget_notices(work, [user_id])
    audit.record(work, "user.destroyed", user_id)
    destroyed = Destroyed(work.organisation_id, (), (), (), REASON, user_ids=(user_id,))
    destruction.queue_clean_up(work, destroyed)
