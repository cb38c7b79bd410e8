"""Whether the app in Teams can work: https, and a tenant whose keys can be read."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from budkavle import Health, Host
from budkavle_teams.keys import Keys, NoAnswer
from budkavle_teams.settings import TenantSettings

NO_KEY = "no-such-key"


def check(host: Host, known: Iterable[tuple[TenantSettings, Keys]], organisation_id: UUID | None) -> list[Health]:
    """Say how it is; an organisation has nothing of its own."""
    return list(_check(host, known)) if organisation_id is None else []


def _check(host: Host, known: Iterable[tuple[TenantSettings, Keys]]) -> Iterator[Health]:
    for tenant, keys in known:
        if not host.platform.settings.base_url.startswith("https://"):
            remedy = "Ange base_url med https://, och låt en proxy sköta TLS."
            yield Health("Teams", False, "Teams visar bara sidor med https.", remedy)
            continue
        try:
            keys.of(NO_KEY)
            fault = keys.fault
        except NoAnswer as error:
            fault = str(error)
        if fault:
            remedy = "Kontrollera tenant, och att adressen login.microsoftonline.com går att nå härifrån."
            yield Health("Teams", False, "Nycklarna för {name} går inte att hämta.", remedy, {"name": tenant.label})
        else:
            yield Health("Teams", True, "Nycklarna för {name} går att hämta.", facts={"name": tenant.label})
