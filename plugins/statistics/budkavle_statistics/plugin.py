"""The hook implementations of the plugin."""

from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl
from budkavle.web import Panel
from budkavle_statistics import hookspecs

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Give the hook with which other plugins say which of their events are counted."""
    return hookspecs


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Statistik"


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages and the files to download."""
    from budkavle_statistics import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the menu line, between Säkerhet and Händelselogg."""
    from budkavle_statistics import pages

    return [Panel("organisation.menu", "", pages.menu_line, order=60)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle statistics rebuild`."""
    from budkavle_statistics.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles no personal data of its own."""
    return []
