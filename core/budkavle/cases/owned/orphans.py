"""Deletes uploads that are never sent."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import and_, func, or_

from budkavle.cases import attachments
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.storage import tables
from budkavle.storage.platform import Platform


def remove_orphans(platform: Platform) -> int:
    """Delete uploads that have not been sent within the configured time; a job. Return how many."""
    return platform.in_each_organisation(partial(_remove_orphans, platform))


def _remove_orphans(platform: Platform, organisation_id: UUID) -> int:
    table = tables.attachments
    age = timedelta(hours=platform.settings.uploads.keep_hours)
    not_kept = or_(table.c.kept_until.is_(None), table.c.kept_until < func.now())
    expired = and_(table.c.message_id.is_(None), table.c.created_at < func.now() - age, not_kept)
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        blobs = attachments.delete_rows(work, expired)
    platform.blobs.delete(*blobs)
    return len(blobs)
