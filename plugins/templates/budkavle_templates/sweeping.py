"""Deletes the templates of mailboxes that have been destroyed, and those of people whose account is closed."""

from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from budkavle import ActorScope, Host, NotFound, Work
from budkavle.accounts import find_mailbox, find_user
from budkavle_templates.tables import templates


def sweep(host: Host) -> int:
    """Clean up all organisations, as a job.

    Returns:
        The number of deleted templates.
    """
    return host.platform.in_each_organisation(partial(_sweep_one, host))


def _sweep_one(host: Host, organisation_id: UUID) -> int:
    here = templates.c.organisation_id == organisation_id
    actor = host.system(organisation_id, ActorScope.READ, ActorScope.READ_DELETED)  # a deleted mailbox may be restored
    with host.work(actor) as work:
        with host.tables(work) as connection:
            query = select(templates.c.mailbox_id, templates.c.user_id).where(here).distinct()
            owners = connection.execute(query).all()
        gone: list[ColumnElement[bool]] = [
            templates.c.mailbox_id == row.mailbox_id
            for row in owners
            if row.mailbox_id is not None and not _mailbox_is_kept(work, row.mailbox_id)
        ]
        gone += [
            templates.c.user_id == row.user_id
            for row in owners
            if row.user_id is not None and not _has_account(work, row.user_id)
        ]
        with host.tables(work) as connection:
            return sum(connection.execute(delete(templates).where(here, owner)).rowcount for owner in gone)


def _mailbox_is_kept(work: Work, mailbox_id: UUID) -> bool:
    try:
        find_mailbox(work, mailbox_id)
    except NotFound:
        return False
    return True


def _has_account(work: Work, user_id: UUID) -> bool:
    try:
        return find_user(work, user_id).active
    except NotFound:
        return False
