"""Deleting the personal contacts of closed accounts of which nothing is kept. Those of mailboxes remain."""

from sqlalchemy import delete

from budkavle import Host
from budkavle.operations import Destroyed
from budkavle_addressbook.tables import contacts


def forget_accounts(host: Host, destroyed: Destroyed) -> None:
    """Delete the contacts in the personal books of some accounts."""
    own = (contacts.c.organisation_id == destroyed.organisation_id, contacts.c.user_id.in_(destroyed.user_ids))
    with host.transaction(destroyed.organisation_id) as connection:
        connection.execute(delete(contacts).where(*own))
