"""Ending access to files without signing in, after a restore."""

from uuid import UUID

from sqlalchemy import delete, func, update

from budkavle import Host, record
from budkavle_files.tables import shares
from budkavle_files.tree.rights import IN_FORCE
from budkavle_files.tree.things import ShareKind
from budkavle_files.webdav.tables import passwords


def end_access(host: Host, organisation_id: UUID) -> None:
    """End the passwords for WebDAV and the links of guests; shares with colleagues remain."""
    of_guests = (shares.c.organisation_id == organisation_id, shares.c.kind == ShareKind.GUEST.value)
    of_computers = passwords.c.organisation_id == organisation_id
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            links = connection.execute(update(shares).where(*of_guests, IN_FORCE).values(until=func.now())).rowcount
            ended = connection.execute(delete(passwords).where(of_computers)).rowcount
        if links or ended:
            record(work, "files.access-ended", None, links=links, passwords=ended)
