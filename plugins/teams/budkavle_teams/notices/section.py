"""An organisation's settings for activity notices: on or off, and the secret of its application in Entra ID."""

from collections.abc import Iterator, Mapping
from typing import Annotated
from uuid import UUID

from msgspec import Struct

from budkavle import Actor, Host, Organisation, Permanent, Setting, SettingsSection, SettingsTest, Temporary
from budkavle.accounts import find_organisation
from budkavle_microsoft_apps import GraphApp, GraphClient, GraphSilent, TokenDenied
from budkavle_microsoft_apps.checks import is_guid
from budkavle_teams.settings import TenantSettings, tenant_of

NO_TENANT = "Appen i Teams är inte inställd för organisationen. Den som driver tjänsten gör det."
NOT_FILLED_IN = "Fyll i fälten och spara först."
EMPTY = "Fyll i fältet."
NO_GUID = "Skriv ett id som 1f0c9f6e-5f0d-4d2e-9a50-0d8c2b1a7e11."
SILENT = "Microsoft svarar inte just nu. Försök igen om en stund."
DENIED = {
    "tenant": "Microsoft känner inte katalogen. Den som driver tjänsten ska kontrollera tenant.",
    "client": "Microsoft känner inte programmet i katalogen. Den som driver tjänsten ska kontrollera client_id.",
    "secret": (
        "Microsoft godtar inte klienthemligheten. Den kan ha gått ut. Skapa en ny i Entra ID och spara den här."
    ),
    "unexpected": "Microsoft gav programmet inget intyg. Kontrollera appens registrering i Entra ID.",
}


class ActivityNotices(Struct, frozen=True):
    """An organisation's settings for activity notices."""

    on: Annotated[
        bool,
        Setting(
            label="Tillåt aviseringar i Teams",
            help="Var och en väljer sedan själv för vilka brevlådor, under Mitt konto. I en avisering står brevlådans"
            " namn, aldrig vad det gäller.",
        ),
    ] = False
    client_secret: Annotated[
        str,
        Setting(
            label="Klienthemlighet",
            help="Värdet, inte hemlighetens id. Den skapas på appens sida i Entra ID.",
            secret=True,
            most=200,
        ),
    ] = ""
    catalog_id: Annotated[
        str,
        Setting(
            label="Appens id i Teams",
            help="Står i Teams administrationscenter när paketet har laddats upp. Behövs för länkar till ärenden.",
            most=36,
        ),
    ] = ""


def section(host: Host) -> SettingsSection[ActivityNotices]:
    """Return the section, with its test."""

    def check(chosen: ActivityNotices, organisation: Organisation) -> Mapping[str, str]:
        return _faults(chosen, tenant_of(host.settings, organisation.slug))

    def try_it(actor: Actor, chosen: ActivityNotices, _: str) -> Iterator[str]:
        return _try(host, actor, chosen)

    return SettingsSection(
        name="notices",
        type=ActivityNotices,
        title="Aviseringar i Teams",
        help="En rad under Aktivitet i Teams när något har kommit till en brevlåda.",
        check=check,
        order=430,
        test=SettingsTest(
            label="Testa hemligheten", help="Vi ber Entra ID om ett intyg för appen. Ingen aviseras.", run=try_it
        ),
    )


def graph_client(host: Host, organisation_id: UUID, tenant: TenantSettings, chosen: ActivityNotices) -> GraphClient:
    """Return a Graph client for the organisation's application."""
    app = GraphApp(tenant.tenant, tenant.client_id, chosen.client_secret, tenant.authority, host.settings.graph_url)
    return GraphClient(host, organisation_id, app)


def _faults(chosen: ActivityNotices, tenant: TenantSettings | None) -> dict[str, str]:
    faults: dict[str, str] = {}
    if chosen.on and tenant is None:
        faults["on"] = NO_TENANT
    if chosen.on and not chosen.client_secret:
        faults["client_secret"] = EMPTY
    if chosen.catalog_id and not is_guid(chosen.catalog_id):
        faults["catalog_id"] = NO_GUID
    return faults


def _try(host: Host, actor: Actor, chosen: ActivityNotices) -> Iterator[str]:
    with host.work(actor) as work:
        tenant = tenant_of(host.settings, find_organisation(work).slug)
    if tenant is None:
        raise Permanent(NO_TENANT)
    if not chosen.client_secret:
        raise Permanent(NOT_FILLED_IN)
    try:
        graph_client(host, actor.organisation_id, tenant, chosen).token()
    except GraphSilent as error:
        raise Temporary(SILENT) from error
    except TokenDenied as error:
        raise Permanent(DENIED[error.reason]) from error
    yield "Entra ID godtar appen och hemligheten. Om behörigheten är godkänd märks när den första aviseringen skickas."
