"""The pages of a tenant's app: the tab, the window that it opens where more is needed, and the way back from it.

All other pages in the frame are the core's own.
"""

from litestar import Router, get
from litestar.response import Redirect

from budkavle import Host
from budkavle_microsoft_apps import AppPages, AppProvider, FramedApp
from budkavle_teams.settings import TenantSettings

NOT_LINKED = "Ditt konto i Teams är inte kopplat till något konto här än. Logga in en gång, så kan du koppla dem."
ELSEWHERE = "Appen i Teams hör till en annan organisation än ditt konto. Öppna Budkavle i webbläsaren i stället."


@get("/open", sync_to_thread=False)
def open_app() -> Redirect:
    """Begin: this is what Teams opens. Whoever has no session here is led on to the tab."""
    return Redirect("/", status_code=303)


def router(host: Host, tenant: TenantSettings, provider: AppProvider) -> Router:
    """Return the pages; whoever opens one inside Teams has the frame from then on."""
    app = FramedApp(
        plugin="teams",
        name=tenant.name,
        label=tenant.label,
        path=tenant.path,
        home="/",
        ancestors=host.settings.ancestors,
        organisations=frozenset(tenant.organisations),
        provider=provider,
        not_linked=NOT_LINKED,
        elsewhere=ELSEWHERE,
    )
    return AppPages(host, app).router([open_app])
