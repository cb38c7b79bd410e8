"""What a worker does for WebDAV: passwords and locks that are over are deleted."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from budkavle import Host, Job
from budkavle_files.webdav import locks, passwords


def jobs(host: Host) -> Iterable[Job]:
    """Return the work of every hour."""
    return [Job("webdav", lambda: sweep(host), every=timedelta(hours=1))]


def sweep(host: Host) -> int:
    """Delete the locks that are over, and the passwords that ran out a month ago; returns how many."""
    return host.platform.in_each_organisation(partial(_sweep, host))


def _sweep(host: Host, organisation_id: UUID) -> int:
    with host.work(host.system(organisation_id)) as work:
        return locks.sweep(host, work) + passwords.sweep(host, work)
