"""The job of WebDAV: expired passwords and locks are deleted."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from budkavle import Host, Job
from budkavle_files.webdav import locks, passwords


def jobs(host: Host) -> Iterable[Job]:
    """Return the hourly job."""
    return [Job("webdav", lambda: sweep(host), every=timedelta(hours=1))]


def sweep(host: Host) -> int:
    """Delete expired locks, and passwords that expired a month ago; return how many."""
    return host.platform.in_each_organisation(partial(_sweep, host))


def _sweep(host: Host, organisation_id: UUID) -> int:
    with host.work(host.system(organisation_id)) as work:
        return locks.sweep(host, work) + passwords.sweep(host, work)
