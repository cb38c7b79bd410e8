"""Whether an organisation's message service answers."""

from collections.abc import Iterator
from uuid import UUID

from budkavle import Health, Host
from budkavle_message_api.upstream import connections

NAME = "Meddelandetjänst"
WELL = "Meddelandetjänsten svarar."
WAITS = "Meddelandetjänsten har inte frågats än."
FAILED = "Meddelandetjänsten kunde inte användas: {reason}"
REMEDY = "Se adresserna och klientens nyckel under Min organisation, och fråga den som driver tjänsten."


def check(host: Host, organisation_id: UUID | None) -> Iterator[Health]:
    """Report the health of an organisation's message service; the installation itself has none."""
    if organisation_id is None or not host.settings.client:
        return
    service = connections.of(host, organisation_id)
    if service is None:
        return
    if service.failure:
        yield Health(NAME, False, FAILED, REMEDY, {"reason": service.failure})
    else:
        yield Health(NAME, True, WELL if service.well_at else WAITS)
