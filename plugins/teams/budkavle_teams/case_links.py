"""The page with a case's link for Teams, to copy, or to share in Teams' own dialog inside Teams."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, Host, NotFound
from budkavle.accounts import find_organisation, read_settings
from budkavle.messaging import read_case
from budkavle.web import Visitor, plugin_page
from budkavle_teams.app_package import manifest_id
from budkavle_teams.deep_links import case_page, deep_link
from budkavle_teams.notices.section import ActivityNotices
from budkavle_teams.settings import tenant_of

PATH = "/plugin/teams/case-link"
NO_APP = "Organisationen har inte appen i Teams."


def router(host: Host) -> Router:
    """Return the page."""

    @get(f"{PATH}/{{case_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Show the link, if the visitor may read the case."""
        with visitor.work() as work:
            tenant = tenant_of(host.settings, find_organisation(work).slug)
            if tenant is None:
                raise NotFound(NO_APP)
            case = read_case(work, case_id, opens=False).case
            chosen = read_settings(work, ActivityNotices)
        base, page = host.platform.settings.base_url.rstrip("/"), case_page(case.id)
        web_url = f"{base}/c/{case.id}"
        frame = visitor.request.scope["state"].get("frame")
        context = {
            "case_url": f"/c/{case.id}",
            "number": case.number,
            "page": page,
            "web_url": web_url,
            "url": deep_link(chosen.catalog_id or manifest_id(base, tenant), page, "Ärende", web_url),
            "is_inside": frame is not None and frame.name == tenant.name,
        }
        return plugin_page(visitor, "teams/case_link.html", context)

    return Router("", route_handlers=[show])


def case_action(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the link to the page for a case's menu; empty if the organisation has no app in Teams."""
    with host.work(actor) as work:
        slug = find_organisation(work).slug
    return {"url": f"{PATH}/{subject['case'].id}"} if tenant_of(host.settings, slug) else {}
