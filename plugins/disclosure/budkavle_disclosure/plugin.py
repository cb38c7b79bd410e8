"""What disclosure registers with the core: its pages and links to them, its settings, its jobs and its sentences."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING

from budkavle import Host, Job, SettingsSection, hookimpl
from budkavle.web import Panel
from budkavle_disclosure import hookspecs
from budkavle_disclosure.settings import DisclosureSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Return the hook for other plugins to tell how messages are registered."""
    return hookspecs


@hookimpl
def budkavle_label() -> str:
    """Return its name in words."""
    return "Allmänna handlingar"


@hookimpl
def budkavle_settings_sections() -> list[SettingsSection[DisclosureSettings]]:
    """Return the settings for who may work at the desk, and what a person is told."""
    from budkavle_disclosure.access import check

    return [
        SettingsSection(
            name="desk",
            type=DisclosureSettings,
            title="Allmänna handlingar",
            help="Vilka som lämnar ut handlingar, och vad ett registerutdrag säger.",
            changed_by="administrators",
            check=check,
        )
    ]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Return the event log's sentences about disclosure."""
    return {
        "disclosure.list-made": "En postlista med {rows} meddelanden från {since} till {until} skapades",
        "disclosure.list-read": "En postlista lästes, rad {first} till {last}",
        "disclosure.list-masked": "{rows} rader i en postlista maskerades enligt {grounds}",
        "disclosure.list-unmasked": "{rows} rader i en postlista prövades och maskeras inte",
        "disclosure.list-issued": "En postlista lämnades ut som {format}, {rows} rader varav {masked} maskerade",
        "disclosure.list-deleted": "En postlista togs bort",
        "disclosure.request-made": "En begäran om registerutdrag togs emot",
        "disclosure.searched": "Uppgifter om en person söktes för ett registerutdrag, {cases} ärenden fanns",
        "disclosure.texts-searched": "Texterna i {messages} meddelanden söktes igenom för ett registerutdrag",
        "disclosure.case-read": "Ett ärende lästes för ett registerutdrag",
        "disclosure.request-judged": (
            "Ett registerutdrag prövades, {cases} ärenden lämnas ut och {held} meddelanden hålls inne"
        ),
        "disclosure.package-made": "Ett registerutdrag skapades",
        "disclosure.package-downloaded": "Ett registerutdrag hämtades, {left} hämtningar återstår",
        "disclosure.package-destroyed": "Ett registerutdrag förstördes när dess tid var ute",
        "disclosure.request-closed": "En begäran om registerutdrag avslutades",
        "disclosure.request-forgotten": "Personuppgifterna i en avslutad begäran om registerutdrag togs bort",
    }


@hookimpl
def budkavle_jobs(host: Host) -> list[Job]:
    """Return the jobs that search texts, and that delete persons and packages when their time is over."""
    from budkavle_disclosure.finding import TextSearch
    from budkavle_disclosure.requests import forget_old

    return [
        Job("forget", lambda: forget_old(host), every=timedelta(minutes=15)),
        Job("texts", TextSearch(host).run, every=timedelta(seconds=10)),
    ]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Return the pages."""
    from litestar import Router

    from budkavle_disclosure import list_pages, request_pages

    return [Router("", route_handlers=[*list_pages.handlers(host), *request_pages.handlers(host)])]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Return the links: in the menu of Min organisation, and under Mitt konto for users without that menu."""
    from budkavle_disclosure import access

    return [
        Panel("organisation.menu", "", access.menu_line, order=110),
        Panel("account.settings", "card.html", lambda actor, subject: access.card(host, actor)),  # noqa: ARG005
    ]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Return which personal data it handles."""
    from budkavle_disclosure.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Return how its encrypted columns are decrypted in an export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("disclosure_lists", "name", "disclosure-list:{id}"),
        SealedColumn("disclosure_list_rows", "masks", "disclosure-list:{list_id}:{position}", "json"),
        SealedColumn("disclosure_requests", "person", "disclosure-person:{id}", "json"),
        SealedColumn("disclosure_requests", "selection", "disclosure-selection:{id}", "json"),
        SealedColumn("disclosure_requests", "texts_found", "disclosure-texts:{id}", "json"),
    ]
