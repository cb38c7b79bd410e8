"""What the pages provide to the plugin: their routes, and their line of the navigation."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Router

from budkavle import Actor, Host, Job
from budkavle_files.pages import catalogue_pages, changes, moving_pages
from budkavle_files.pages.pieces import Extras
from budkavle_files.pages.rail import PATH
from budkavle_files.tree import binning, sharing, sums

N_ = str
"""Marks a sentence for the translations."""


def routers(host: Host, extras: Extras) -> list[Router]:
    """Return the routes of all pages."""
    return [
        *catalogue_pages.routers(host, extras),
        *changes.routers(host, extras),
        *moving_pages.routers(host, extras),
    ]


def nav_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the line of the navigation."""
    return {"url": PATH, "text": N_("Filer"), "icon": "folder", "current": subject["folder"] == "files"}


def jobs(host: Host) -> list[Job]:
    """Return the job that runs every five minutes: shares end, the bin is emptied, sums are folded."""
    return [Job("tidying", lambda: tidy(host), every=timedelta(minutes=5))]


def tidy(host: Host) -> int:
    """End expired shares, and destroy what has been in the bin for its days, in all organisations."""
    return host.platform.in_each_organisation(partial(_tidy, host))


def _tidy(host: Host, organisation_id: UUID) -> int:
    with host.work(host.system(organisation_id)) as work:
        count = sharing.drop_ended(host, work) + binning.empty_old(host, work)
        sums.fold(host, work)
    return count
