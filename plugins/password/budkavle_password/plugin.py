"""What signing in with a password registers: its identity provider."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from budkavle import Host, IdentityProvider, hookimpl
from budkavle_password.provider import PasswordProvider

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "Lösenord"


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give the provider; it has no settings."""
    return [PasswordProvider(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say that it handles no personal data of its own."""
    return []
