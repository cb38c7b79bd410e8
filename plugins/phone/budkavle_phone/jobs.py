"""Periodic jobs: they delete data that is no longer needed."""

from functools import partial
from uuid import UUID

from sqlalchemy import select

from budkavle import ActorScope, Host, NotFound
from budkavle.accounts import find_user
from budkavle_phone.push.devices import forget_person
from budkavle_phone.sharing.waiting import WaitingShares
from budkavle_phone.tables import devices


def forget_shares(host: Host) -> int:
    """Delete shared files that were never fetched, and return the number of shares."""
    return WaitingShares(host).sweep()


def forget_closed(host: Host) -> int:
    """Delete the devices of people whose accounts are closed or gone, and return the number of people."""
    return host.platform.in_each_organisation(partial(_forget_closed, host))


def _forget_closed(host: Host, organisation_id: UUID) -> int:
    with host.transaction(organisation_id) as connection:
        user_ids = list(connection.execute(select(devices.c.user_id).distinct()).scalars())
    return sum(_forget_if_closed(host, organisation_id, user_id) for user_id in user_ids)


def _forget_if_closed(host: Host, organisation_id: UUID, user_id: UUID) -> bool:
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        try:
            is_open = find_user(work, user_id).active
        except NotFound:
            is_open = False
        if not is_open:
            forget_person(host, work, user_id)
    return not is_open
