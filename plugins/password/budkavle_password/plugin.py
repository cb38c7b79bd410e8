"""What signing in with a password registers: its identity provider."""

from collections.abc import Iterable

from budkavle import Host, IdentityProvider, hookimpl
from budkavle_password.provider import PasswordProvider


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give the provider; it has no settings."""
    return [PasswordProvider(host)]
