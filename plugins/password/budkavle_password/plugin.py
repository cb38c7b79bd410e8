"""The hook implementations of the plugin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, IdentityProvider, hookimpl
from budkavle_password.provider import PasswordProvider

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Lösenord"


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give the provider, which has no settings."""
    return [PasswordProvider(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles no personal data of its own."""
    return []
