"""The hook implementations of the plugin."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from budkavle import Backoff, HealthCheck, Host, IdentityProvider, Job, Outbox, SettingsSection, hookimpl
from budkavle.operations import Destroyed
from budkavle.storage import SealedColumn
from budkavle.web import Panel
from budkavle_microsoft_apps import TokenBrowserTable
from budkavle_teams import admin_pages, case_links, health
from budkavle_teams.extension import shared_texts
from budkavle_teams.notices import pages as notice_pages
from budkavle_teams.notices import recipients, sending
from budkavle_teams.notices.section import section
from budkavle_teams.notices.way import QUEUE, TeamsWay
from budkavle_teams.settings import TeamsSettings
from budkavle_teams.tables import teams_tokens
from budkavle_teams.tenants import bot_keys, tenants

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.notices import NoticeWay
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[TeamsSettings]:
    """Give the type of `[plugins.teams]`."""
    return TeamsSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Microsoft Teams"


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give an identity provider for each tenant."""
    return [tenant.provider for tenant in tenants(host)]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the tab's pages and the bot's endpoint of each tenant, and the shared pages."""
    from budkavle_teams import pages
    from budkavle_teams.extension import calls

    return [
        *(pages.router(host, tenant.settings, tenant.provider) for tenant in tenants(host)),
        *(calls.router(host, each.settings, bot_keys(host)) for each in tenants(host) if each.settings.bot_id),
        admin_pages.router(host),
        notice_pages.router(host),
        case_links.router(host),
    ]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the cards on Min organisation and under Aviseringar, and the menu item of a case."""
    return [
        Panel("organisation.settings", "card.html", partial(admin_pages.card, host)),
        Panel("account.notices", "notices_card.html", partial(notice_pages.card, host)),
        Panel("case.actions", "case_action.html", partial(case_links.case_action, host), order=120),
    ]


@hookimpl
def budkavle_settings_sections(host: Host) -> Iterable[SettingsSection[Any]]:
    """Give an organisation's settings for notices."""
    return [section(host)]


@hookimpl
def budkavle_outboxes(host: Host) -> Iterable[Outbox]:
    """Give the outbox that sends notices to Microsoft Graph."""
    backoff = Backoff(
        first=timedelta(seconds=15), longest=timedelta(minutes=30), tries=10, deadline=timedelta(minutes=1)
    )
    return [Outbox(QUEUE, partial(sending.send, host), backoff=backoff, at_once=4)]


@hookimpl
def budkavle_notice_ways(host: Host) -> "Iterable[NoticeWay]":
    """Give the way of notifying members in Teams' activity feed."""
    return [TeamsWay(host)] if host.settings.tenants else []


@hookimpl
def budkavle_sealed_columns() -> list[SealedColumn]:
    """Describe how its sealed columns open, for the export of an organisation."""
    return [
        SealedColumn("teams_people", "sealed", "teams-account:{user_id}"),
        SealedColumn("teams_shared_texts", "sealed", "teams-text:{id}"),
    ]


@hookimpl
def budkavle_event_words() -> dict[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "teams.notices-on": "{by} lät Teams avisera sig",
        "teams.notices-off": "{by} slutade att bli aviserad i Teams",
    }


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Delete expired tokens and texts."""
    return [
        Job("tokens", TokenBrowserTable(host, teams_tokens, "teams").sweep, timedelta(minutes=30)),
        Job("texts", partial(shared_texts.sweep, host), timedelta(minutes=5)),
    ]


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete data on people whose closed accounts no longer hold any data."""
    recipients.forget_closed(host, destroyed)


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Check that the tenants' keys can be fetched."""
    return [HealthCheck("tenants", partial(health.check, host, tenants(host)))]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle teams ...`."""
    from budkavle_teams.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_teams.personal_data import personal_data

    return personal_data()
