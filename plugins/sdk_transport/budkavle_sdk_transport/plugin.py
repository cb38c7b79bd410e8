"""What the SDK plugin registers. Nothing of the package imports this module."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from litestar import Router

from budkavle import Health, HealthCheck, Host, Job, ReceiptHandler, Transport, hookimpl
from budkavle.web import Panel
from budkavle_sdk_transport import health, jobs, routes
from budkavle_sdk_transport.incoming.message_receipts import MessageReceipts
from budkavle_sdk_transport.network import certificate_refresh, network
from budkavle_sdk_transport.outgoing.access_point_statuses import AccessPointStatuses
from budkavle_sdk_transport.settings import SdkSettings

if TYPE_CHECKING:
    import click

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_settings() -> type[SdkSettings]:
    """Give the type of `[plugins.sdk]`."""
    return SdkSettings


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "SDK"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the transport `sdk`."""
    return [network(host).transport]


@hookimpl
def budkavle_receipt_handlers() -> Iterable[ReceiptHandler]:
    """Give the readers of message receipts and of the access point's statuses."""
    return [MessageReceipts(), AccessPointStatuses()]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "sdk.key-added": "En nyckel för SDK lades in",
        "parcel.lost": "En försändelse bröts av på vägen hit, och accesspunkten har den inte kvar",
        "parcel.postponed": "En försändelse som inte gick att ta emot lades åt sidan, och provas igen",
    }


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give the jobs that fetch, ask for status, end what is overdue, prune the log and refresh certificates."""
    return jobs.jobs(host)


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Give the checks of the access point, refused parcels, look-ups and certificates."""
    return health.health_checks(host)


@hookimpl(optionalhook=True)
def addressbook_certificates(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """Tell the address book which certificates run out."""
    return certificate_refresh(host).ending(organisation_id)


@hookimpl
def budkavle_routes(host: Host) -> Iterable[Router]:
    """Give the pages of keys and transfers, and the address that the access point pushes to, where it does."""
    return routes.routes(host)


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the cards that lead to the pages of keys and transfers."""
    return routes.panels(host)


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle sdk ...`."""
    from budkavle_sdk_transport.commands.sdk import group

    return [group(host)]


@hookimpl
def budkavle_personal_data(host: Host) -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_sdk_transport.personal_data import personal_data

    return personal_data(host)


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Say how to open its secrets, so that they can be resealed under a renewed key; no export has them."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("sdk_identities", "pair", "sdk.identity", "bytes", exported=False),
    ]
