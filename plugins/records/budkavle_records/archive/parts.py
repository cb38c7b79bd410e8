"""What the archive adds to the plugin: routes, jobs, and what a second person must approve."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from litestar import Router

from budkavle import Host, Job
from budkavle.approvals import ApprovalKind
from budkavle_records.archive.folder import HandingOver
from budkavle_records.archive.making import Making
from budkavle_records.archive.pages import transfer_pages
from budkavle_records.archive.receipts import Clearing
from budkavle_records.archive.transfers import KIND, begin_transfer


def routers(host: Host) -> Iterable[Router]:
    """Return the pages."""
    return [transfer_pages.router(host)]


def jobs(host: Host) -> Iterable[Job]:
    """Return the jobs that make packages, deliver them, and remove them after the receipt."""
    long = timedelta(hours=2)
    return [
        Job("archive-packages", Making(host).run, timedelta(seconds=10), long),
        Job("archive-folder", HandingOver(host).run, timedelta(seconds=30), long),
        Job("archive-clearing", Clearing(host).run, timedelta(hours=1)),
    ]


def approval_kinds(host: Host) -> Iterable[ApprovalKind]:
    """Return the transfer, which a second administrator approves."""
    return [ApprovalKind(KIND, "Leverans till arkiv", partial(begin_transfer, host))]
