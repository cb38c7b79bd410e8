"""What log_control registers."""

from collections.abc import Mapping

from budkavle import hookimpl


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {}
