"""What the plugin of messages inside the installation registers. It is on unless the settings disable it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Directory, Host, Transport, hookimpl

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "Meddelanden inom installationen"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """The transport `local`."""
    from budkavle_local.transport import LocalTransport

    return [LocalTransport(host)]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """People with accounts, and function mailboxes."""
    from budkavle_local.directory import PeopleDirectory

    return [PeopleDirectory(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say that it handles no personal data of its own."""
    return []
