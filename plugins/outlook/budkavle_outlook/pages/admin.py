"""The administrators' page: both manifests, and how to use them in Microsoft 365."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, Host, NotFound
from budkavle.accounts import find_organisation, require_admin
from budkavle.web import Visitor, WebRequest, guest_page, plugin_page
from budkavle_microsoft_apps import color_icon
from budkavle_outlook.guard.script import code_of
from budkavle_outlook.manifests import unified, xml
from budkavle_outlook.manifests.addin import ICON_SIZES, AddIn
from budkavle_outlook.settings import SCOPE, AppSettings

SETTINGS = "/plugin/outlook/settings"
A_DAY = "public, max-age=86400"


def router(host: Host) -> Router:
    """Return the pages."""

    @get(SETTINGS, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show what to download, and how to use it."""
        require_admin(visitor.actor)
        context = {
            "apps": [_shown(add_in(host, visitor, app)) for app in _apps_of(host, visitor.session.organisation.slug)],
            "https": host.platform.settings.base_url.startswith("https://"),
            "scope": SCOPE,
        }
        return plugin_page(visitor, "outlook/settings.html", context, folder="organisation")

    @get("/plugin/outlook/manifest/{name:str}/{kind:str}", sync_to_thread=True)
    def fetch(visitor: NamedDependency[Visitor], name: FromPath[str], kind: FromPath[str]) -> Response[bytes]:
        """Return a manifest as a file."""
        require_admin(visitor.actor)
        app = next((app for app in _apps_of(host, visitor.session.organisation.slug) if app.name == name), None)
        if app is None or kind not in {"json", "xml"}:
            raise NotFound("Det manifestet finns inte här.")
        return _file(add_in(host, visitor, app), kind)

    @get("/plugin/outlook/icon/{name:str}", sync_to_thread=True)
    def icon(name: FromPath[str]) -> Response[bytes]:
        """Return an icon of the add-in, which Outlook fetches without a session."""
        size = next((size for size in ICON_SIZES if name == f"{size}.png"), None)
        if size is None:
            raise NotFound("Den bilden finns inte.")
        return Response(color_icon(size), media_type="image/png", headers={"cache-control": A_DAY})

    @get("/plugin/outlook/about", sync_to_thread=True)
    def about(request: WebRequest) -> Response[str]:
        """Describe what the add-in does with data."""
        return guest_page(request, "outlook/about.html", {})

    return Router("", route_handlers=[show, fetch, icon, about])


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - panels require it
    """Return the data of the card on Min organisation; empty if the organisation has no add-in."""
    with host.work(actor) as work:
        return {"url": SETTINGS, "on": bool(_apps_of(host, find_organisation(work).slug))}


def add_in(host: Host, visitor: Visitor, app: AppSettings) -> AddIn:
    """Return an organisation's add-in."""
    organisation = visitor.session.organisation
    code = code_of(host, organisation.id)
    return AddIn(host.platform.settings.base_url, app, organisation.name, organisation.slug, code)


def _apps_of(host: Host, slug: str) -> list[AppSettings]:
    return [app for app in host.settings.all_apps if app.is_for(slug)]


def _file(addin: AddIn, kind: str) -> Response[bytes]:
    content, ending = (unified.package(addin), "zip") if kind == "json" else (xml.manifest(addin), "xml")
    headers = {"content-disposition": f'attachment; filename="budkavle-{addin.app.name}.{ending}"'}
    return Response(content, media_type=f"application/{ending}", headers=headers)


def _shown(addin: AddIn) -> dict[str, Any]:
    app = addin.app
    return {
        "label": app.label,
        "loa": app.loa,
        "tenant": app.tenant,
        "client_id": app.client_id,
        "resource": addin.resource,
        "redirect": f"brk-multihub://{addin.host}",
        "json_url": f"/plugin/outlook/manifest/{app.name}/json",
        "xml_url": f"/plugin/outlook/manifest/{app.name}/xml",
    }
