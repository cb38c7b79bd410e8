"""Emptying the bin (gallring), and other regular clean-up."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.sql import Select

from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.stored_settings import forget_mailbox, read_settings
from budkavle.identification import flow, guest_sessions, rate_limit, sessions
from budkavle.messaging import saved_drafts
from budkavle.model.people import ActorScope, SystemActor
from budkavle.model.states import CaseState
from budkavle.operations import clock, message_retention, nodes
from budkavle.operations.destruction import destroy, under_way
from budkavle.operations.destruction_holds import is_held
from budkavle.plugins.protocols.job import Job
from budkavle.storage import audit, event_log, worker_faults
from budkavle.storage.database import ALL_CASES
from budkavle.storage.events.sealed_heads import add_heads
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform
from budkavle.storage.tables import cases, mailboxes, messages


class _Queries(QueryFile):
    destroy_empty_mailboxes: Statement
    forget_members: Statement
    forget_tags: Statement
    forget_choices: Statement
    forget_drafts: Statement


QUERIES = _Queries.load()
BATCH = 20
"""Cases that are destroyed in one transaction."""
BINNED = "Ärendet har legat i papperskorgen så länge som det ska."
WITHOUT_MAILBOX = "Ärendets brevlåda togs bort för så länge sedan som det ska ligga kvar."


def empty_bin(platform: Platform) -> int:
    """Destroy cases that have been in the bin longer than their organisation's bin days; returns how many cases.

    Cases of a mailbox that was deleted that many days ago are destroyed too.

    Nothing is destroyed while an organisation is paused, since nobody could restore it, or while the database's clock
    is doubted.

    A case with something under way waits until that is done, and a case that a plugin holds back waits for the plugin.
    """
    if clock.believed_now(platform) is None:
        return 0
    return platform.in_each_organisation(partial(_empty, platform), paused=False)


def jobs(platform: Platform) -> list[Job]:
    """Return the regular jobs: the bin, leftovers of sign-ins, seals of the event log, and a sign of life."""
    hour = timedelta(hours=1)
    return [
        Job(ALIVE, lambda: 0, timedelta(seconds=20)),
        Job("bin", partial(empty_bin, platform), hour),
        Job("sign-in", partial(_sweep, platform), timedelta(minutes=10)),
        Job("audit-seals", partial(_seal, platform), hour),
        Job("event-days", partial(event_log.count_days, platform), timedelta(minutes=1)),
        *message_retention.jobs(platform),
    ]


ALIVE = "alive"
"""A job that does nothing; the time in its row tells `health` that a worker is running."""


def _sweep(platform: Platform) -> int:
    for sweep in (
        flow.sweep,
        sessions.sweep,
        guest_sessions.sweep,
        rate_limit.sweep,
        saved_drafts.sweep,
        worker_faults.sweep,
        nodes.sweep,
    ):
        sweep(platform)
    return 0


def _seal(platform: Platform) -> int:
    path = platform.settings.heads_file
    if path is None:
        audit.seal_heads(platform.database, platform.vault)
    else:
        audit.seal_heads(platform.database, platform.vault, lambda head: add_heads(path, [head]))
    return 0


def _empty(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(SystemActor(organisation_id, "Gallring")) as work:
        bin_time = timedelta(days=read_settings(work, BinSettings).bin_days)
    due_by_reason = {
        BINNED: _binned_before(bin_time),
        WITHOUT_MAILBOX: _deleted_with_mailbox_before(organisation_id, bin_time),
    }
    for reason, conditions in due_by_reason.items():
        tried: list[UUID] = []  # so that held or changed cases do not hide the rest
        while ids := _find_due(platform, organisation_id, conditions, tried):
            with platform.work(SystemActor(organisation_id, "Gallring", frozenset({ActorScope.ADMINISTER}))) as work:
                destroyed = destroy(work, reason, case_ids=ids).case_ids
            if destroyed:
                return len(destroyed)
            tried += ids
    _end_mailboxes(platform, organisation_id, bin_time)
    return 0


def _end_mailboxes(platform: Platform, organisation_id: UUID, bin_time: timedelta) -> None:
    """Destroy what is left of deleted mailboxes without cases: settings with secrets, members, drafts."""
    with platform.work(SystemActor(organisation_id, "Gallring")) as work:
        due = {"organisation": organisation_id, "days": bin_time.days}
        for mailbox in QUERIES.destroy_empty_mailboxes.all(work.connection, due):
            of_mailbox = {"organisation": organisation_id, "mailbox": mailbox.id}
            forget_mailbox(work, mailbox.id)
            QUERIES.forget_members.run(work.connection, of_mailbox)
            QUERIES.forget_tags.run(work.connection, of_mailbox)
            QUERIES.forget_choices.run(work.connection, of_mailbox)
            QUERIES.forget_drafts.run(work.connection, of_mailbox)
            audit.record(work, "mailbox.destroyed", mailbox.id, name=mailbox.name)


def _find_due(
    platform: Platform, organisation_id: UUID, conditions: Sequence[ColumnElement[bool]], tried: Sequence[UUID]
) -> Sequence[UUID]:
    query = _due(platform, organisation_id).where(*conditions, cases.c.id.not_in(tried)).limit(BATCH)
    with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
        return connection.execute(query).scalars().all()


def _binned_before(bin_time: timedelta) -> tuple[ColumnElement[bool], ...]:
    return cases.c.state == CaseState.BINNED.value, cases.c.binned_at < func.now() - bin_time


def _deleted_with_mailbox_before(organisation_id: UUID, bin_time: timedelta) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for cases hidden since their mailbox was deleted; binned cases follow the bin's own days."""
    gone = select(mailboxes.c.id).where(
        mailboxes.c.organisation_id == organisation_id, mailboxes.c.deleted_at < func.now() - bin_time
    )
    live: ColumnElement[bool] = literal_column(
        "cases.messages > 0 AND cases.state <> 'binned'"
    )  # as in the index `cases_active`
    return cases.c.mailbox_id.in_(gone), live


def _due(platform: Platform, organisation_id: UUID) -> Select[UUID]:
    waiting = select(messages.c.id).where(
        messages.c.organisation_id == organisation_id,
        messages.c.case_id == cases.c.id,
        under_way(platform, organisation_id),
    )
    query = select(cases.c.id).where(
        cases.c.organisation_id == organisation_id, cases.c.messages > 0, ~waiting.exists(), ~is_held()
    )
    return query.order_by(cases.c.binned_at)
