"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from budkavle import Host, Work, hookimpl
from budkavle.operations import Destroyed
from budkavle.web import Panel

if TYPE_CHECKING:
    from uuid import UUID

    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Anteckningar"


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages of a note."""
    from budkavle_notes import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the panel with the notes of a case."""
    from budkavle_notes import pages

    return [Panel("message.panel", "notes.html", lambda actor, subject: pages.panel(host, actor, subject), order=20)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of the log of the case and of the event log."""
    return {
        "notes.added": "{by} skrev en anteckning",
        "notes.edited": "{by} ändrade en anteckning",
        "notes.removed": "{by} tog bort en anteckning",
    }


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete the notes of cases that have been destroyed."""
    from budkavle_notes.store import forget

    if destroyed.case_ids:
        forget(host, destroyed.organisation_id, destroyed.case_ids)


@hookimpl
def budkavle_case_texts(host: Host, work: Work, case_ids: "Sequence[UUID]") -> "Mapping[UUID, Sequence[str]]":
    """Give the texts of notes, so that cases can be found by them."""
    from budkavle_notes.store import texts_in

    return texts_in(host, work, case_ids)


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_notes.personal_data import personal_data

    return personal_data()
