"""The administrators' page: the details of their app in Entra ID, and the package to upload."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, ActorScope, Host, NotFound
from budkavle.accounts import all_organisations, find_organisation, require_admin
from budkavle.web import Visitor, WebRequest, guest_page, plugin_page
from budkavle_teams.app_package import package, resource
from budkavle_teams.settings import SCOPE, TenantSettings

SETTINGS = "/plugin/teams/settings"
NOTICES = "/organisation/settings/teams.notices"


def router(host: Host) -> Router:
    """Return the pages."""

    @get(SETTINGS, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show which values to enter where."""
        require_admin(visitor.actor)
        base = host.platform.settings.base_url
        tenants = [_shown(base, tenant) for tenant in _tenants_of(host, visitor.session.organisation.slug)]
        context = {"tenants": tenants, "https": base.startswith("https://"), "scope": SCOPE}
        return plugin_page(visitor, "teams/settings.html", context, folder="organisation")

    @get("/plugin/teams/package/{name:str}", sync_to_thread=True)
    def fetch(visitor: NamedDependency[Visitor], name: FromPath[str]) -> Response[bytes]:
        """Return the package as a file."""
        require_admin(visitor.actor)
        by_name = {tenant.name: tenant for tenant in _tenants_of(host, visitor.session.organisation.slug)}
        if name not in by_name:
            raise NotFound("Det paketet finns inte här.")
        headers = {"content-disposition": f'attachment; filename="budkavle-{name}.zip"'}
        return Response(package_of(host, by_name[name]), media_type="application/zip", headers=headers)

    @get("/plugin/teams/about", sync_to_thread=True)
    def about(request: WebRequest) -> Response[str]:
        """Describe what the app does with data, for people who find it in Teams' list of apps."""
        return guest_page(request, "teams/about.html", {})

    return Router("", route_handlers=[show, fetch, about])


def package_of(host: Host, tenant: TenantSettings) -> bytes:
    """Return a tenant's package, with the name of its first organisation."""
    names = {
        each.slug: each.name for each in all_organisations(host.platform, host.system(None, ActorScope.INSTALLATION))
    }
    return package(host.platform.settings.base_url, tenant, names.get(tenant.organisations[0], tenant.organisations[0]))


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - panels require it
    """Return the data of the card on Min organisation; empty if the organisation has no tenant."""
    with host.work(actor) as work:
        return {"url": SETTINGS, "on": bool(_tenants_of(host, find_organisation(work).slug))}


def _tenants_of(host: Host, slug: str) -> list[TenantSettings]:
    return [tenant for tenant in host.settings.tenants if slug in tenant.organisations]


def _shown(base: str, tenant: TenantSettings) -> dict[str, Any]:
    return {
        "label": tenant.label,
        "loa": tenant.loa,
        "tenant": tenant.tenant,
        "client_id": tenant.client_id,
        "resource": resource(base, tenant),
        "host": urlsplit(base).netloc,
        "clients": tenant.clients,
        "url": f"/plugin/teams/package/{tenant.name}",
        "notices_url": NOTICES,
        "bot_id": tenant.bot_id,
        "bot_url": f"{base.rstrip('/')}{tenant.path}/messages",
    }
