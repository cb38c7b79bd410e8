"""The plugin's health checks: access point, refused parcels, look-ups, certificates."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from budkavle import Health, HealthCheck, Host
from budkavle_sdk_transport.access_points.availability import Availability, refused_parcels
from budkavle_sdk_transport.network import certificate_refresh, network


def health_checks(host: Host) -> Iterable[HealthCheck]:
    """Return the checks of one installation."""
    return [
        HealthCheck("access-point", partial(_access_point, host)),
        HealthCheck("federation", partial(_federation, host), at_start=True),
        HealthCheck("refused", partial(_refused, host)),
        HealthCheck("lookups", lambda organisation_id: certificate_refresh(host).lookups(organisation_id)),
        HealthCheck("certificates", lambda organisation_id: certificate_refresh(host).ending(organisation_id)),
    ]


def _access_point(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """Return the access point's health; none for the simulated federation's folder, which cannot be away."""
    if host.settings.access_point != "soap" or not _takes_part(host, organisation_id):
        return []
    return Availability(host).health()


def _federation(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """Report that messages go to a folder on this machine, and so reach no real recipient."""
    if organisation_id is not None or host.settings.access_point == "soap":
        return []
    sentence = "SDK går till en låtsasfederation i en mapp här, så inget meddelande når någon annan."
    remedy = 'Skriv access_point = "soap" under [plugins.sdk] och ange accesspunkten.'
    in_production = host.platform.settings.base_url.startswith("https://")
    return [Health("SDK", not in_production, sentence, remedy, notable=True, default="simulator")]


def _refused(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    return refused_parcels(host, network(host).memberships, organisation_id)


def _takes_part(host: Host, organisation_id: UUID | None) -> bool:
    """Tell whether the organisation takes part in SDK; the installation as a whole always does."""
    return organisation_id is None or network(host).memberships.of_organisation(organisation_id) is not None
