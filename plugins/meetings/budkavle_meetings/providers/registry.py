"""The plugin's meeting providers."""

from collections.abc import Mapping

from budkavle import Host, NotFound, Work
from budkavle_meetings.providers.minting import minting_providers
from budkavle_meetings.providers.own_room import OwnRoom
from budkavle_meetings.providers.protocol import MeetingProvider


def meeting_providers(host: Host) -> Mapping[str, MeetingProvider]:
    """Return all providers by name, in the order they are offered."""
    providers: list[MeetingProvider] = [OwnRoom(), *minting_providers(host)]
    return {provider.name: provider for provider in providers}


def find_provider(host: Host, name: str) -> MeetingProvider:
    """Return the provider of a meeting's kind.

    Raises:
        NotFound: It no longer exists.
    """
    provider = meeting_providers(host).get(name)
    if provider is None:
        raise NotFound("Den här typen av möte finns inte längre. Boka ett nytt möte.")
    return provider


def available_providers(host: Host, work: Work) -> list[MeetingProvider]:
    """Return the providers that the organisation can book meetings with."""
    return [provider for provider in meeting_providers(host).values() if provider.is_available(work)]
