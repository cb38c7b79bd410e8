"""What meetings registers."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from budkavle import hookimpl

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles: none yet."""
    return []
