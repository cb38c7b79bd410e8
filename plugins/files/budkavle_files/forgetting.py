"""Deleting the personal data of closed accounts after their retention; files and their history are kept."""

from sqlalchemy import delete

from budkavle import Host
from budkavle.operations import Destroyed
from budkavle_files.reading.tables import note_writers
from budkavle_files.tables import shares
from budkavle_files.tree.things import ShareKind
from budkavle_files.webdav.tables import locks, passwords


def forget_accounts(host: Host, destroyed: Destroyed) -> None:
    """Delete application passwords, locks, marks of note writers, and shares with the person."""
    if not destroyed.user_ids:
        return
    organisation_id, ids = destroyed.organisation_id, list(destroyed.user_ids)
    with host.transaction(organisation_id) as connection:
        for table in (passwords, locks, note_writers):
            of_users = (table.c.organisation_id == organisation_id, table.c.user_id.in_(ids))
            connection.execute(delete(table).where(*of_users))
        with_them = (shares.c.kind == ShareKind.PERSON.value, shares.c.subject_id.in_(ids))
        connection.execute(delete(shares).where(shares.c.organisation_id == organisation_id, *with_them))
