"""What a worker does for WebDAV: passwords and locks that are over are deleted."""

from collections.abc import Iterable
from datetime import timedelta

from budkavle import ActorScope, Host, Job
from budkavle.accounts import all_organisations
from budkavle_files.webdav import locks, passwords


def jobs(host: Host) -> Iterable[Job]:
    """Return the work of every hour."""
    return [Job("webdav", lambda: sweep(host), every=timedelta(hours=1))]


def sweep(host: Host) -> int:
    """Delete the locks that are over, and the passwords that ran out a month ago; returns how many."""
    gone = 0
    for organisation in all_organisations(host.platform, host.system(None, ActorScope.INSTALLATION)):
        with host.work(host.system(organisation.id)) as work:
            gone += locks.sweep(host, work) + passwords.sweep(host, work)
    return gone
