"""What the archive protects from destruction, and what it deletes when something is destroyed."""

from collections.abc import Iterator

from sqlalchemy import or_, select, update

from budkavle import ActorScope, Host, record
from budkavle.operations import Destroyed, Hold, PlannedDestruction
from budkavle_records.archive.store import FILES, in_transfer
from budkavle_records.archive.tables import packages
from budkavle_records.frame import N_

ON_ITS_WAY = N_("Ärendet är på väg till arkivet, som inte har svarat än.")


def holds(host: Host, planned: PlannedDestruction) -> Iterator[Hold]:
    """Yield a hold for each case that is on its way to the archive.

    Args:
        host: The plugin's host.
        planned: What is to be destroyed.
    """
    with host.work(host.system(planned.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        held = in_transfer(host, work, [case.id for case in planned.cases])
    yield from (Hold(case_id, ON_ITS_WAY) for case_id in held)


def forget_packages(host: Host, destroyed: Destroyed) -> None:
    """Destroy the packages that contain something that has been destroyed; their rows and receipts stay.

    Args:
        host: The plugin's host.
        destroyed: What has been destroyed.
    """
    of_these = or_(
        packages.c.case_id.in_(list(destroyed.case_ids)), packages.c.message_ids.overlap(list(destroyed.message_ids))
    )
    packaged = (packages.c.organisation_id == destroyed.organisation_id, packages.c.file_id.is_not(None), of_these)
    with host.work(host.system(destroyed.organisation_id)) as work:
        with host.tables(work) as connection:
            query = select(packages.c.id, packages.c.case_id, packages.c.file_id).where(*packaged).with_for_update()
            rows = connection.execute(query).all()
            connection.execute(update(packages).where(*packaged).values(file_id=None))
        FILES.destroy(work, *(row.file_id for row in rows))
        for row in rows:
            record(work, "records.package-destroyed", row.case_id, package=str(row.id))
