"""The hook implementations: pages and links to them, settings, job and sentences."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from budkavle import Host, Job, SettingsSection, hookimpl
from budkavle.web import Panel
from budkavle_log_control.settings import LogControlSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Loggkontroll"


@hookimpl
def budkavle_settings_sections() -> list[SettingsSection[LogControlSettings]]:
    """Give the settings: reviewers, sample sizes, and rules."""
    from budkavle_log_control.access import check

    return [
        SettingsSection(
            name="control",
            type=LogControlSettings,
            title="Loggkontroll",
            help="Vem som granskar vad som har öppnats, stickprov, regler och hur länge det sparas.",
            changed_by="administrators",
            check=check,
        )
    ]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "log_control.week-begun": "Loggkontrollen av veckan från {week} började, med fröets kontrollsumma {sha256}",
        "log_control.sample-drawn": (
            "{drawn} av {openings} öppningar i veckan från {week} drogs slumpvis, med fröet {seed}"
        ),
        "log_control.reviewed": "En öppning av ett ärende granskades",
        "log_control.case-read": "Ett ärendes ämne lästes vid en loggkontroll",
        "log_control.numbers-read": "Personnumren i {cases} ärenden jämfördes med läsarnas egna",
        "log_control.searched": "Ärenden söktes för ett loggutdrag, {cases} fanns",
        "log_control.extract-made": "Ett loggutdrag för ett ärende gjordes",
        "log_control.reviews-destroyed": "{reviews} granskningar förstördes när deras tid var ute",
    }


@hookimpl
def budkavle_jobs(host: Host) -> list[Job]:
    """Give the job that checks openings."""
    from budkavle_log_control.control import run

    return [Job("control", lambda: run(host), every=timedelta(minutes=10), deadline=timedelta(hours=1))]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages."""
    from litestar import Router

    from budkavle_log_control import extract_pages, review_pages

    return [Router("", route_handlers=[*review_pages.handlers(host), *extract_pages.handlers(host)])]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the links: in the menu of Min organisation, and under Mitt konto for reviewers without that menu."""
    from budkavle_log_control import access

    return [
        Panel("organisation.menu", "", access.menu_line, order=120),
        Panel("account.settings", "card.html", lambda actor, subject: access.card(host, actor)),  # noqa: ARG005
    ]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_log_control.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its sealed columns open in an export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("log_control_draws", "seed", "log-control-seed:{week}", "bytes"),
        SealedColumn("log_control_items", "note", "log-control-note:{id}"),
    ]
