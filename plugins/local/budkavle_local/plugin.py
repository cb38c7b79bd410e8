"""The hook implementations of the plugin for messages within the installation, on unless the settings disable it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Directory, Host, Transport, hookimpl

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Meddelanden inom installationen"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the transport `local`."""
    from budkavle_local.transport import LocalTransport

    return [LocalTransport(host)]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """Give the directory of people with accounts, and function mailboxes."""
    from budkavle_local.directory import PeopleDirectory

    return [PeopleDirectory(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles no personal data of its own."""
    return []
