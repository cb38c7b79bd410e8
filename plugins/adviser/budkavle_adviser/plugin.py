"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import Adviser, Host, SettingsSection, hookimpl
from budkavle_adviser import guard, word_list
from budkavle_adviser.adviser import LocalAdviser
from budkavle_adviser.word_list import SECTION, WordList

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Rådgivare"


@hookimpl
def budkavle_advisers(host: Host) -> Iterable[Adviser]:
    """Give the adviser."""
    return [LocalAdviser(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "adviser.words-changed": "Rådgivarens ordlista ändrades",
    }


@hookimpl
def budkavle_routes() -> "Iterable[Router]":
    """Give the old address of the word list."""
    from budkavle_adviser import pages

    return [pages.router()]


@hookimpl
def budkavle_settings_sections() -> Iterable[SettingsSection[WordList]]:
    """Give the word list, which each organisation may change."""
    return [SECTION]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: it handles no personal data of its own."""
    return []


@hookimpl(optionalhook=True)
def outlook_guard(host: Host, organisation_id: UUID) -> Mapping[str, Any]:
    """Give the rules and the organisation's words to the guard in Outlook."""
    return guard.check(word_list.of_organisation(host, organisation_id))
