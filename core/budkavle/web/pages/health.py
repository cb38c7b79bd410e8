"""The health of the installation, for administrators and for machines."""

from collections.abc import Callable
from typing import Any

from anyio import move_on_after, to_thread
from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromQuery

from budkavle.accounts.permissions import require_platform
from budkavle.model.errors import NotFound
from budkavle.operations.health import health, ready
from budkavle.operations.metrics.answering import CONTENT_TYPE, may_read
from budkavle.operations.nodes import NodeKind, is_in_service
from budkavle.plugins.protocols.health import Health
from budkavle.storage import audit
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.web.auth import Visitor, platform_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.layout import page

LONG_LOG = 20_000
"""Entries; a longer log is verified only on request."""
READY_SECONDS = 0.9
"""The timeout after which pages count as not served."""


@get("/health", sync_to_thread=True)
def show_health(visitor: NamedDependency[Visitor], log: FromQuery[bool] = False) -> Response[str]:
    """Show every check with its remedy, and whether the event log is intact (feature Z10)."""
    return _page(visitor, "organisation_frame.html", verify=log)


@get("/administration/health", sync_to_thread=True)
def show_operations(visitor: NamedDependency[Visitor], log: FromQuery[bool] = False) -> Response[str]:
    """Show the same page under Administration."""
    require_platform(visitor.actor)
    return _page(visitor, "administration_frame.html", verify=log)


@get("/healthz", sync_to_thread=False)
def alive() -> Response[str]:
    """Tell a machine that the process runs."""
    return _word(well=True)


@get("/readyz")
async def can_serve(request: WebRequest) -> Response[str]:
    """Tell a machine whether pages can be served; the reasons are for administrators only.

    Like a page, it passes through both kinds of threads. So if pages wait for threads, this waits too, for a while.
    """
    well = False
    with move_on_after(READY_SECONDS):
        await to_thread.run_sync(bool, abandon_on_cancel=True)  # a thread of those that find the session
        well = await sync_to_thread(_serves, platform_of(request))  # a thread of those that render pages
    return _word(well=well)


@get("/metrics", sync_to_thread=True)
def show_metrics(request: WebRequest) -> Response[bytes]:
    """Return this host's metrics for Prometheus; 404 if no token is configured (feature ZO14)."""
    settings = platform_of(request).settings.metrics
    if settings.token is None:
        raise NotFound("Kontrollera adressen, eller börja om från inkorgen.")
    if not may_read(settings, request.headers.get("authorization", "")):
        return Response(b"not allowed", status_code=401, media_type="text/plain")
    figures: Callable[[], bytes] = request.app.state.figures
    return Response(figures(), headers={"content-type": CONTENT_TYPE})


def _serves(platform: Platform) -> bool:
    """Tell whether browsers should be sent here: the installation can serve, and this node is in service."""
    return ready(platform) and is_in_service(platform, NodeKind.WEB)


def _page(visitor: Visitor, frame: str, *, verify: bool) -> Response[str]:
    answers = health(visitor.platform, visitor.actor)
    latest = next(iter(audit.entries(visitor.platform.database, visitor.actor.organisation_id, None, 1)), None)
    verify = verify or latest is None or latest.number <= LONG_LOG
    context = {
        "answers": [
            _answer(visitor, answer) for answer in sorted(answers, key=lambda answer: (answer.ok, not answer.notable))
        ],
        "bad": sum(not answer.ok for answer in answers),
        "notable": sum(answer.ok and answer.notable for answer in answers),
        "log": _log(visitor) if verify else None,
        "frame_template": frame,
        "here": visitor.request.url.path,
    }
    return page(visitor, "pages/health.html", context, folder="health")


def _word(*, well: bool) -> Response[str]:
    return Response("ok" if well else "not ok", status_code=200 if well else 503, media_type="text/plain")


def _answer(visitor: Visitor, answer: Health) -> dict[str, Any]:
    remedy = visitor.say(answer.remedy) if answer.remedy else ""
    return {
        "ok": answer.ok,
        "notable": answer.ok and answer.notable,
        "name": visitor.say(answer.name),
        "sentence": visitor.say(answer.sentence, **answer.facts),
        "remedy": remedy,
    }


def _log(visitor: Visitor) -> dict[str, Any]:
    report = verify(visitor.platform.database, visitor.platform.vault, visitor.actor.organisation_id)
    values = {"number": report.first_bad, "rows": report.rows, "seals": report.seals, "waiting": report.waiting}
    return {"ok": report.ok, "sentence": visitor.say(report.sentence, **values)}


HANDLERS = [show_health, show_operations, alive, can_serve, show_metrics]
