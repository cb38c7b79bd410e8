"""Administration: the installation's organisations, for its administrators."""

from litestar import Response, get
from litestar.di import NamedDependency

from budkavle.accounts import organisations
from budkavle.accounts.permissions import require_platform
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.layout import page
from budkavle.web.views.panels import panels


@get("/administration", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the installation's organisations, for its administrators (feature Q4)."""
    require_platform(visitor.actor)
    context = {
        "rows": organisations.all_organisations(visitor.platform, visitor.actor),
        "pieces": panels(visitor, "administration.page", {}, request.scope["state"]["nonce"]),
    }
    return page(visitor, "pages/administration.html", context, folder="administration")


HANDLERS = [show]
