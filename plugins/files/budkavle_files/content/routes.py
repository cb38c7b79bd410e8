"""The routes of uploads and downloads, joined, and their jobs."""

from collections.abc import Iterable
from datetime import timedelta

from litestar import Router

from budkavle import Host, Job
from budkavle_files.content import downloads, pages, tus, uploads, zips


def router(host: Host) -> Router:
    """Return the routes."""
    parts = (downloads, pages, tus, zips)
    return Router("/", route_handlers=[handler for part in parts for handler in part.handlers(host)])


def jobs(host: Host) -> Iterable[Job]:
    """Return the jobs that remove abandoned uploads, and destroy encrypted files that no entry refers to."""
    return [
        Job("uploads", lambda: uploads.sweep(host), every=timedelta(hours=1)),
        Job("forgotten-files", lambda: uploads.sweep_forgotten(host), every=timedelta(days=1)),
    ]
