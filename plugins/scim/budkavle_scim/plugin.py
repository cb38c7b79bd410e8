"""The hook implementations: the service, the pages, and the warning before a token expires."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from budkavle import HealthCheck, Host, Job, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.operations import Destroyed
    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Användare från katalog"


@hookimpl
def budkavle_end_access(host: Host, organisation_id: UUID) -> None:
    """Revoke the directory's tokens."""
    from budkavle_scim.tokens import end_all

    end_all(host, organisation_id)


@hookimpl
def budkavle_clean_up(host: Host, destroyed: "Destroyed") -> None:
    """Delete the directory's data on accounts that no longer hold any data."""
    from budkavle_scim.forgetting import forget_accounts

    forget_accounts(host, destroyed)


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the service for directories, and the administrators' pages."""
    from budkavle_scim.pages import group_pages, token_pages
    from budkavle_scim.server import routes

    return [routes.router(host), token_pages.router(host), group_pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the menu item, between Säkerhet and Händelselogg."""
    from budkavle_scim.pages import token_pages

    return [Panel("organisation.menu", "", token_pages.menu_line, order=55)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report whether a token expires soon."""
    from budkavle_scim import health

    return [HealthCheck("scim", lambda organisation_id: health.check(host, organisation_id))]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Link the users that existed before a sign-in method was chosen."""
    from budkavle_scim import linking

    return [Job("link", lambda: linking.run(host), every=timedelta(seconds=30))]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "scim.token-made": "En nyckel till katalogen skapades: {name}",
        "scim.token-ended": "En nyckel till katalogen avslutades: {name}",
        "scim.tokens-ended": "Nycklarna till katalogen avslutades efter en återställning: {count}",
        "scim.group-added": "Katalogen lade till gruppen {name}",
        "scim.group-renamed": "Katalogen gav en grupp namnet {name}",
        "scim.group-removed": "Katalogen tog bort gruppen {name}",
        "scim.members-changed": "Katalogen ändrade medlemmarna i gruppen {name}: {added} nya, {removed} borttagna",
        "scim.rule-added": "En regel lades till för gruppen {name}",
        "scim.rule-removed": "En regel togs bort för gruppen {name}",
        "scim.administrator-kept": "{thing} är kvar som administratör: organisationen har ingen annan",
        "scim.linking-changed": "Katalogens användare loggar in med {way}, och känns igen på {attribute}",
        "scim.link-refused": "Katalogen fick inte ändra inloggning med {way} för {thing}: {reason}",
        "scim.read": "Katalogen läste konton eller grupper ({name})",
        "scim.refused": "Katalogen fick inte göra en ändring: {name}",
    }


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle scim ...`."""
    from budkavle_scim.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_scim.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its sealed columns open in an export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("scim_users", "sealed", "scim-user:{id}", "json"),
    ]
