"""The hooks that the pigeon plugin offers to others."""

from budkavle import Host, hookspec


@hookspec
def pigeon_weather(host: Host, loft: str) -> str | None:
    """Say what the weather is like at a loft; None where one does not know."""
