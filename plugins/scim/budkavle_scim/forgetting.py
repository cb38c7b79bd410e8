"""Deletes directory users whose closed accounts no longer hold any data.

If the directory still has such a person, it is told that the user does not exist, and adds them again: a new account.
"""

from sqlalchemy import delete, or_, select

from budkavle import Host
from budkavle.operations import Destroyed
from budkavle_scim.rules.applying import lock
from budkavle_scim.tables import grants, links, users


def forget_accounts(host: Host, destroyed: Destroyed) -> None:
    """Delete the directory's data on some accounts, and what its groups gave them."""
    if not destroyed.user_ids:
        return
    organisation_id, ids = destroyed.organisation_id, list(destroyed.user_ids)
    of_account = (users.c.organisation_id == organisation_id, users.c.account_id.in_(ids))
    linked = or_(links.c.account_id.in_(ids), links.c.user_id.in_(select(users.c.id).where(*of_account)))
    with host.work(host.system(organisation_id)) as work:
        lock(host, work)
        with host.tables(work) as connection:
            connection.execute(delete(links).where(links.c.organisation_id == organisation_id, linked))
            mine = (grants.c.organisation_id == organisation_id, grants.c.account_id.in_(ids))
            connection.execute(delete(grants).where(*mine))
            connection.execute(delete(users).where(*of_account))
