"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import (
    Actor,
    Directory,
    Health,
    HealthCheck,
    Host,
    Job,
    ReceiptHandler,
    SettingsSection,
    Transport,
    hookimpl,
)
from budkavle.operations import Destroyed
from budkavle.web import Panel
from budkavle_fax import health, organisation_settings
from budkavle_fax.directory import FaxDirectory
from budkavle_fax.parts import parts
from budkavle_fax.receipts import FaxReceipts
from budkavle_fax.settings import FaxSettings

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_settings() -> type[FaxSettings]:
    """Give the type of `[plugins.fax]`."""
    return FaxSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Fax"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the transport `fax`."""
    return [parts(host).transport]


@hookimpl
def budkavle_receipt_handlers() -> Iterable[ReceiptHandler]:
    """Give the handler that reads the progress of a fax."""
    return [FaxReceipts()]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """Give the address book of fax numbers."""
    return [FaxDirectory(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "fax.sent": "Ett fax gick fram ({what} sidor)",
        "fax.number-linked": "Faxnumret {number} kopplades till brevlådan {thing}",
        "fax.number-unlinked": "Faxnumret {number} kopplades bort från brevlådan {thing}",
        "fax.numbers-given": "Organisationen fick faxnumren {first} till {last}",
        "fax.numbers-taken-back": "Faxnumren {first} till {last} togs tillbaka från organisationen",
        "fax.rules-changed": "Reglerna för när och hur fax går ändrades",
        "fax.test-sent": "Ett provfax skickades",
    }


@hookimpl
def budkavle_settings_sections() -> "Iterable[SettingsSection[Any]]":
    """Give an organisation's fax settings."""
    return [organisation_settings.SECTION]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages, the preview, and the endpoint where a service delivers faxes."""
    from budkavle_fax import routes
    from budkavle_fax.pages import administration, preview

    fax = parts(host)
    return [administration.router(host, fax), preview.router(host), routes.router(host, fax.arrivals)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the links to the pages, and the panel beside a fax that is being written."""
    from budkavle_fax.pages import administration, preview

    def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
        return administration.mailbox_card(host, actor, subject)

    return [
        Panel("nav.item", "nav.html", administration.nav_item, order=70),
        Panel("compose.options", "compose.html", preview.compose_panel),
        Panel(
            "mailbox.systems",
            "mailbox_card.html",
            lambda actor, subject: administration.mailbox_card(host, actor, subject),
        ),
    ]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Poll unfinished faxes, and take in new ones."""
    fax, every = parts(host), timedelta(seconds=host.settings.poll_seconds)
    fetches = {"fetch": fax.arrivals.fetch, **({"mails": fax.mails.fetch} if fax.mails else {})}
    return [Job("follow", fax.status_polling.ask, every), *(Job(name, run, every) for name, run in fetches.items())]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle fax ...`."""
    from budkavle_fax.commands import group

    return [group(host)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Check the carrier, requirements and failures."""
    fax = parts(host)

    def check(organisation_id: UUID | None) -> Iterable[Health]:
        return health.check(fax.carrier, fax.submissions, fax.arrivals, fax.inbox, organisation_id)

    def simulator(organisation_id: UUID | None) -> Iterable[Health]:
        return health.simulator(host.settings.carrier, organisation_id)

    def plaintext(organisation_id: UUID | None) -> Iterable[Health]:
        return health.plaintext(host.settings, organisation_id)

    return [
        HealthCheck("fax", check),
        HealthCheck("simulator", simulator, at_start=True),
        HealthCheck("plaintext", plaintext, at_start=True),
    ]


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete the carrier's data on destroyed faxes."""
    parts(host).submissions.forget(destroyed.organisation_id, destroyed.delivery_ids)


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_fax.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its sealed columns open in an export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("fax_contacts", "sealed", "fax-contact:{mailbox_id}", "json"),
    ]
