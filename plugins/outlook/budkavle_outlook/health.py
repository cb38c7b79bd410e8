"""Whether the add-in works: https, and the tenants' keys."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from budkavle import Health, Host
from budkavle_outlook.apps import App


def check(host: Host, apps: Iterable[App], organisation_id: UUID | None) -> list[Health]:
    """Report on each app, for the installation; organisations have nothing to check."""
    return list(_check(host, apps)) if organisation_id is None else []


def _check(host: Host, apps: Iterable[App]) -> Iterator[Health]:
    if not host.platform.settings.base_url.startswith("https://"):
        remedy = "Ange base_url med https://, och låt en proxy sköta TLS."
        yield Health("Outlook", False, "Outlook visar bara sidor med https.", remedy)
        return
    for app in apps:
        if app.keys is None:
            continue
        label = app.settings.label
        if app.keys.check():
            remedy = "Kontrollera tenant, och att adressen login.microsoftonline.com går att nå härifrån."
            yield Health("Outlook", False, "Nycklarna för {name} går inte att hämta.", remedy, {"name": label})
        else:
            yield Health("Outlook", True, "Nycklarna för {name} går att hämta.", facts={"name": label})
