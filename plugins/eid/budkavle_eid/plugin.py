"""What the plugin of e-identification registers."""

from collections.abc import Iterable

from budkavle import Host, IdentityProvider, hookimpl
from budkavle_eid.settings import EidSettings


@hookimpl
def budkavle_settings() -> type[EidSettings]:
    """Give the type of `[plugins.eid]`."""
    return EidSettings


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:  # noqa: ARG001 - until the first provider
    """Give one provider for each connection of the settings."""
    return []
