"""Whether the app in Teams can work: https, and a tenant whose keys can be read."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from budkavle import Health, Host
from budkavle_teams.tenants import Tenant


def check(host: Host, tenants: Iterable[Tenant], organisation_id: UUID | None) -> list[Health]:
    """Return the state of each tenant, for the installation; an organisation has nothing of its own."""
    return list(_check(host, tenants)) if organisation_id is None else []


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
