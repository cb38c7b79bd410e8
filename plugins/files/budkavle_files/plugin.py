"""What files registers, part by part."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import Host, Job, SettingsSection, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.operations import Destroyed
    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Register the hook for kinds of a retention schedule."""
    from budkavle_files import hookspecs

    return hookspecs


@hookimpl
def budkavle_label() -> str:
    """Return the plugin's name for people."""
    return "Filer"


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Return the sentences of its event log entries."""
    from budkavle_files.content import words as content
    from budkavle_files.disposal import words as disposal
    from budkavle_files.messages import words as messages
    from budkavle_files.reading import words as reading
    from budkavle_files.tree import words as tree
    from budkavle_files.webdav import words as webdav

    return {
        **disposal.EVENT_WORDS,
        **webdav.EVENT_WORDS,
        **tree.EVENT_WORDS,
        **content.EVENT_WORDS,
        **reading.EVENT_WORDS,
        **messages.EVENT_WORDS,
    }


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Return the personal data that it handles."""
    from budkavle_files.guests import words as guests
    from budkavle_files.reading import words as reading
    from budkavle_files.tree import words as tree
    from budkavle_files.webdav import words as webdav

    parts = (tree, reading, guests, webdav)
    return [row for part in parts for row in part.personal_data()]


@hookimpl
def budkavle_clean_up(host: Host, destroyed: "Destroyed") -> None:
    """Delete which destroyed cases and messages files came from, and the personal data of destroyed accounts."""
    from budkavle_files.forgetting import forget_accounts
    from budkavle_files.retention.holds import forget_origins

    forget_origins(host, destroyed)
    forget_accounts(host, destroyed)


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Return how its encrypted columns are decrypted in an export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("files_entries", "name", "files-name:{id}"),
        SealedColumn("files_shares", "guest", "files-guest:{id}", "json"),
        SealedColumn("files_guests", "name", "files-guest-name:{share_id}"),
        SealedColumn("files_locks", "owner", "files-lock:{token}"),
        SealedColumn("files_properties", "properties", "files-properties:{entry_id}", "json"),
    ]


@hookimpl
def budkavle_settings_sections(host: Host) -> Iterable[SettingsSection[Any]]:
    """Return the organisations' settings."""
    from budkavle_files.disposal.warnings import settings_loss
    from budkavle_files.tree import settings as tree

    return [replace(tree.SECTION, destroys=partial(settings_loss, host))]


@hookimpl
def budkavle_end_access(host: Host, organisation_id: UUID) -> None:
    """End application passwords and the links of guests."""
    from budkavle_files.guests.ending import end_access

    end_access(host, organisation_id)


@hookimpl
def budkavle_routes(host: Host) -> Iterable["Router"]:
    """Return the pages."""
    from budkavle_files.content import routes as content
    from budkavle_files.disposal import disposal_pages as disposal
    from budkavle_files.extras import extras
    from budkavle_files.guests import guest_pages, guest_uploads, share_pages
    from budkavle_files.history import version_pages as versions
    from budkavle_files.messages import attach_pages, save_pages
    from budkavle_files.notes import note_pages as notes
    from budkavle_files.pages import parts as pages
    from budkavle_files.previews import preview_pages
    from budkavle_files.search import search_pages
    from budkavle_files.webdav import password_pages, server

    previews = preview_pages.Previews(host)
    others = (
        *(server, password_pages, content, notes, versions, disposal),
        *(attach_pages, save_pages, guest_pages, guest_uploads, share_pages),
    )
    return [
        *pages.routers(host, extras(host, previews)),
        preview_pages.router(previews),
        search_pages.router(host),
        *(page.router(host) for page in others),
    ]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Return the line of the navigation, and the additions to the core's pages."""
    from budkavle_files.messages import save_pages
    from budkavle_files.pages import parts as pages
    from budkavle_files.search import search_pages
    from budkavle_files.webdav import password_pages

    return [
        Panel("nav.item", "", pages.nav_line, order=10),
        Panel("search.results", "search/panel.html", search_pages.results(host)),
        Panel("case.actions", "messages/case_action.html", save_pages.case_action),
        Panel("account.settings", "computer/card.html", partial(password_pages.card, host)),
    ]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Return the periodic jobs."""
    from budkavle_files.content import routes as content
    from budkavle_files.disposal import destroying
    from budkavle_files.pages import parts as pages
    from budkavle_files.search import finding
    from budkavle_files.webdav import jobs as webdav

    words = Job("search-words", lambda: finding.index_old(host), every=timedelta(hours=1))
    return [*content.jobs(host), *pages.jobs(host), *webdav.jobs(host), *destroying.jobs(host), words]
