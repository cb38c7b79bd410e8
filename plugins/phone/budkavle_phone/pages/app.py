"""Files that the browser fetches by itself: the manifest and the service worker. Neither has personal data."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Response, Router, get
from litestar.params import FromQuery
from markupsafe import Markup

from budkavle import Actor
from budkavle.web import WebRequest, guest_page
from budkavle_phone.app.manifest import PATH, manifest
from budkavle_phone.app.worker import worker_script


@get(f"{PATH}/app.webmanifest", sync_to_thread=True)
def show_manifest(request: WebRequest, lang: FromQuery[str] = "sv") -> Response[dict[str, Any]]:
    """Return the manifest."""
    say, static, language = _words(request, lang)
    return Response(manifest(say, static, language), media_type="application/manifest+json")


@get(f"{PATH}/worker.js", sync_to_thread=True)
def show_worker(request: WebRequest, lang: FromQuery[str] = "sv") -> Response[str]:
    """Return the service worker's script, which may control all our pages."""
    _, static, language = _words(request, lang)

    def fill(style: Markup, script: Markup) -> str:
        context = {"style": style, "script": script}
        return guest_page(request, "phone/offline.html", context, language=language).content

    headers = {"service-worker-allowed": "/"}
    return Response(worker_script(fill, static), media_type="text/javascript", headers=headers)


def head(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data for the head of every page."""
    return {"path": PATH}


def router() -> Router:
    """Return the routes."""
    return Router("", route_handlers=[show_manifest, show_worker])


def _words(request: WebRequest, lang: str) -> tuple[Callable[[str], str], Callable[[str], str], str]:
    pages = request.app.state.pages
    language = lang if lang in pages.environments else "sv"
    return pages.environments[language].globals["translate"], pages.static.url, language
