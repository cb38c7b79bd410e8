"""What files registers, part by part."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from budkavle import SettingsSection, hookimpl

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    from budkavle_files.tree import words as tree

    return {**tree.EVENT_WORDS}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_files.tree import words as tree

    return [*tree.personal_data()]


@hookimpl
def budkavle_settings_sections() -> Iterable[SettingsSection[Any]]:
    """Give what organisations choose."""
    from budkavle_files.tree import settings as tree

    return [tree.SECTION]
