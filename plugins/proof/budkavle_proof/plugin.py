"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Leveransbevis"


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "proof.exported": "Ett leveransbevis hämtades",
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the page with the proofs."""
    from budkavle_proof import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the link to the page, beside a message."""
    from budkavle_proof import pages

    return [Panel("message.actions", "action.html", pages.action)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle proof ...`."""
    from budkavle_proof.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_proof.personal_data import personal_data

    return personal_data()
