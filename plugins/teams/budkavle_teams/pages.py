"""The pages of a tenant's app: the tab, the window that it opens when more is needed, and the return from it.

All other pages in the frame are the core's own.
"""

from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host
from budkavle.web import WebRequest, guest_page
from budkavle_microsoft_apps import AppPages, AppProvider, FramedApp
from budkavle_teams.deep_links import page_path
from budkavle_teams.extension import pages as extension_pages
from budkavle_teams.settings import TenantSettings

SCRIPTS = ("vendor/teams.min.js", "plugin/teams/follow.js")
"""Loaded on every page inside Teams: Teams' SDK, and a script that adopts Teams' theme."""

NOT_LINKED = "Ditt konto i Teams är inte kopplat till något konto här än. Logga in en gång, så kan du koppla dem."
ELSEWHERE = "Appen i Teams hör till en annan organisation än ditt konto. Öppna Budkavle i webbläsaren i stället."


def router(host: Host, tenant: TenantSettings, provider: AppProvider) -> Router:
    """Return the routes; a page opened inside Teams stays in the frame from then on."""
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
        scripts=SCRIPTS,
    )

    @get("/open", sync_to_thread=True)
    def open_app(request: WebRequest) -> Response[str]:
        """Return the page that Teams opens first. Its script asks Teams for the page to show, and goes there."""
        return guest_page(request, "teams/open.html", {"path": tenant.path})

    @get("/to/{page:str}", sync_to_thread=False)
    def to_page(page: FromPath[str]) -> Redirect:
        """Redirect to the page that Teams was asked to open; without a session, visitors are sent to the tab first."""
        return Redirect(page_path(page), status_code=303)

    more = extension_pages.handlers(host, tenant) if tenant.bot_id else []
    return AppPages(host, app).router([open_app, to_page, *more])
