"""Whether the app in Teams works: https, the tenants' keys, and delivery of notices."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from budkavle import Health, Host
from budkavle_teams.notices import recipients
from budkavle_teams.tenants import Tenant

CONSENT = "Godkänn appens behörigheter i Teams administrationscenter."
SECRET = "Skapa en ny klienthemlighet i Entra ID, och spara den under Inställningar, Aviseringar i Teams."  # noqa: S105 - a sentence
LOOK = "Kontrollera att appens paket är det senaste, och att appen finns en gång i Teams."
INSTALL = "Installera appen för alla med en principuppsättning i Teams administrationscenter."


def check(host: Host, tenants: Iterable[Tenant], organisation_id: UUID | None) -> list[Health]:
    """Report on each tenant, for the installation; or on the delivery of an organisation's notices."""
    return list(_check(host, tenants) if organisation_id is None else _notices(host, organisation_id))


def _notices(host: Host, organisation_id: UUID) -> Iterator[Health]:
    counts = recipients.count_faults(host, organisation_id)
    for fault, text, remedy in (
        (recipients.DENIED, "Microsoft godtar inte hemligheten för aviseringar.", SECRET),
        (recipients.NO_CONSENT, "Appen får inte avisera {count} personer: den saknar behörighet.", CONSENT),
        (recipients.REFUSED, "Teams tar inte emot aviseringar till {count} personer.", LOOK),
    ):
        if fault in counts:
            yield Health("Aviseringar i Teams", False, text, remedy, {"count": counts[fault]})
    if absent := counts.get(recipients.NOT_INSTALLED, 0):
        text = "{count} personer vill bli aviserade men har inte appen i Teams."
        yield Health("Aviseringar i Teams", True, text, INSTALL, {"count": absent}, notable=True)


def _check(host: Host, tenants: Iterable[Tenant]) -> Iterator[Health]:
    for tenant in tenants:
        label = tenant.settings.label
        if not host.platform.settings.base_url.startswith("https://"):
            remedy = "Ange base_url med https://, och låt en proxy sköta TLS."
            yield Health("Teams", False, "Teams visar bara sidor med https.", remedy)
        elif tenant.keys.check():
            remedy = "Kontrollera tenant, och att adressen login.microsoftonline.com går att nå härifrån."
            yield Health("Teams", False, "Nycklarna för {name} går inte att hämta.", remedy, {"name": label})
        else:
            yield Health("Teams", True, "Nycklarna för {name} går att hämta.", facts={"name": label})
