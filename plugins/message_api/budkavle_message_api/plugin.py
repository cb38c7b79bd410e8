"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import UUID

from budkavle import Directory, HealthCheck, Host, Job, ReceiptHandler, Transport, hookimpl
from budkavle.storage import QueryFile, Statement
from budkavle.web import Panel
from budkavle_message_api.settings import MessageApiSettings

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn
    from budkavle_message_api.upstream.transport import Clients


class _Queries(QueryFile):
    remove_old: Statement


QUERIES = _Queries.load()


@lru_cache(maxsize=8)
def clients_of(host: Host) -> "Clients":
    """Return the clients of other message services, which the transport and the job share."""
    from budkavle_message_api.upstream.transport import Clients

    return Clients(host)


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Offer the hooks for registrations and for the archive's receipts."""
    from budkavle_message_api import hookspecs

    return hookspecs


@hookimpl
def budkavle_settings() -> type[MessageApiSettings]:
    """Give the type of `[plugins.message_api]`."""
    return MessageApiSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Standard-API för meddelandeklienter"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the transport through another message service, if the settings enable it."""
    if not host.settings.client:
        return []
    from budkavle_message_api.upstream.transport import ServiceTransport

    return [ServiceTransport(host, clients_of(host))]


@hookimpl
def budkavle_receipt_handlers(host: Host) -> Iterable[ReceiptHandler]:
    """Give the handler that reads the statuses from other message services."""
    if not host.settings.client:
        return []
    from budkavle_message_api.upstream.receipts import ServiceReceipts

    return [ServiceReceipts()]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """Give the directory of functions that can be reached through another message service."""
    if not host.settings.client:
        return []
    from budkavle_message_api.upstream.directory import ServiceDirectory

    return [ServiceDirectory(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "api.client-added": "API-klienten {thing} lades till",
        "api.client-removed": "API-klienten {thing} togs bort",
        "api.token-given": "En API-klient fick en access token",
        "api.client-let-in": "API-klienten {thing} släpptes in igen efter en återställning",
        "api.clients-ended": "Alla API-klienter stängdes ute efter en återställning: {count}",
        "api.tokens-ended": "Alla access token avslutades efter en återställning: {count}",
        "api.sent": "Ett meddelande skickades genom API:et",
        "api.file-refused": "En fil från meddelandetjänsten innehöll skadlig kod ({malware}) och togs bort",
        "api.read": "Ett meddelande hämtades genom API:et",
        "api.listed": "Meddelanden listades genom API:et",
        "api.deleted": "Ett meddelande togs bort ur API:et",
        "api.registration-read": "En API-klient läste vad som är registrerat om ett meddelande",
        "api.archive-read": "En API-klient läste arkivets kvittens för ett paket",
        "api.registered": "En API-klient skrev tillbaka en registrering",
        "api.archive-answered": "En API-klient lämnade arkivets kvittens för ett paket",
        "api.service-changed": "Anslutningen till en annan meddelandetjänst ändrades",
        "api.service-removed": "Anslutningen till en annan meddelandetjänst togs bort",
    }


@hookimpl
def budkavle_end_access(host: Host, organisation_id: UUID) -> None:
    """Revoke the access tokens, and block the clients."""
    from budkavle_message_api.access.ending import end_access

    end_access(host, organisation_id)


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the API, its token endpoint, and the administrators' pages."""
    from budkavle_message_api.access import pages as client_pages
    from budkavle_message_api.access.tokens import Tokens
    from budkavle_message_api.server import routes
    from budkavle_message_api.upstream import pages as service_page

    tokens = Tokens(host)
    pages = [client_pages.router(host, tokens), *([service_page.router(host)] if host.settings.client else [])]
    return [routes.router(host, tokens), routes.token_router(tokens), *pages]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the links to the pages."""
    from budkavle_message_api.access import pages as client_pages
    from budkavle_message_api.upstream import pages as service_page

    cards = [
        Panel("organisation.menu", "", client_pages.organisation_line, order=210),
        Panel("mailbox.api", "clients_panel.html", lambda actor, subject: client_pages.panel(host, actor, subject)),
    ]
    if host.settings.client:
        cards.append(Panel("organisation.settings", "service_card.html", service_page.card))
    return cards


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Delete what has expired; poll other message services."""
    from budkavle_message_api.server import messages

    def sweep() -> int:
        with host.transaction(None) as connection:
            QUERIES.remove_old.one(connection, {})
        return host.platform.in_each_organisation(sweep_in)

    def sweep_in(organisation_id: UUID) -> int:
        messages.sweep(host, organisation_id)
        return 0

    jobs = [Job("sweep", sweep, timedelta(hours=1))]
    if host.settings.client:
        from budkavle_message_api.upstream.jobs import Polling

        jobs.append(Job("poll", Polling(host, clients_of(host)).run, timedelta(seconds=host.settings.poll_seconds)))
    return jobs


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report whether other message services answer."""
    from budkavle_message_api import health

    return [HealthCheck("message_api", lambda organisation_id: health.check(host, organisation_id))]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle message-api ...`."""
    from budkavle_message_api.commands import group

    return [group(host)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_message_api.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its secrets open, so that they can be sealed again under a new key; they are in no export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("message_api_services", "sealed", "message_api:service", exported=False),
    ]
