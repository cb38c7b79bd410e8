"""The addresses of uploads and downloads, joined, and what a worker does for them."""

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
    """Give up the uploads that nobody goes on with, and destroy sealed files that nothing in the tree has."""
    return [
        Job("uploads", lambda: uploads.sweep(host), every=timedelta(hours=1)),
        Job("forgotten-files", lambda: uploads.sweep_forgotten(host), every=timedelta(days=1)),
    ]
