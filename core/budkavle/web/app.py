"""Builds the web application: routes of the core and of the plugins, headers, errors, live updates."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import FrameType, SimpleNamespace
from typing import Any, cast

import structlog
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.logging.config import LoggingConfig
from litestar.routes import BaseRoute
from litestar.types import ASGIApp, ControllerRouterHandler, LifeSpanScope, Middleware, Receive, Scope, Send

from budkavle import logs
from budkavle.host import build
from budkavle.measures import switch, tracing
from budkavle.model.errors import BudkavleError, Misconfigured
from budkavle.operations.nodes import beating
from budkavle.plugins.loader import Of, words
from budkavle.process_memory import forbid_dumps
from budkavle.settings import load_settings
from budkavle.storage.platform import Platform
from budkavle.web.auth import DEPENDENCIES
from budkavle.web.http.embedding import frames_of
from budkavle.web.http.errors import on_error
from budkavle.web.http.forms import UploadThreads
from budkavle.web.http.live.server_events import Live
from budkavle.web.http.measuring import measured
from budkavle.web.http.page_threads import Owned, PageThreads
from budkavle.web.http.refusals import Sparing
from budkavle.web.http.request_ids import identified
from budkavle.web.http.request_limits import Bodies
from budkavle.web.http.security_headers import OwnFormsOnly, Shield
from budkavle.web.pages import HANDLERS
from budkavle.web.views.render import Pages

log = structlog.get_logger("budkavle.web")
_MAP_OF_ROUTES: Callable[[Any], dict[str, Any]] = Router.__dict__["route_handler_method_map"].fget
THREADS = 40
"""Threads per process that render pages, whatever the number of CPUs: they mostly wait for the database."""


def create_app(platform: Platform) -> Litestar:
    """Make the application of one installation."""
    pages, live = Pages.of(platform), Live(platform)
    platform.database.hurry(platform.settings.database)

    @asynccontextmanager
    async def listening(app: Litestar) -> AsyncIterator[None]:  # noqa: ARG001 - Litestar passes it
        asyncio.get_running_loop().set_default_executor(PageThreads(THREADS))
        await live.start()
        with beating(platform):
            try:
                yield
            finally:
                await live.close()

    routers = [of.thing for of in platform.plugins.routers]
    walls = platform.plugins.walls
    plugins = [_Whole(of.thing, middleware=[Owned(of.plugin, walls)]) for of in platform.plugins.routers]
    https = platform.settings.base_url.startswith("https://")
    shield = Shield(https=https, frames=frames_of(routers))
    register = partial(
        _Application,
        # One router: Litestar 2.25 wraps a path twice if its handlers are registered one by one.
        route_handlers=[_Whole(*HANDLERS, pages.static.handler()), *plugins],
        dependencies=DEPENDENCIES,
        middleware=[Bodies(), OwnFormsOnly()],
        exception_handlers={BudkavleError: on_error, Exception: on_error},
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=5,
            exclude=["/live", "/static"],
            exclude_opt_key="as_it_is",  # for downloads that can be resumed: compression would change the offsets
        ),
        lifespan=[listening],
        state=State(
            {
                "platform": platform,
                "pages": pages,
                "live": live,
                "figures": _figures(platform),
                "shield": shield,
                "sparing": Sparing(),
                "upload_threads": UploadThreads(),
            }
        ),
        logging_config=LoggingConfig(log_exceptions="never", configure_root_logger=False),
        openapi_config=None,
        request_max_body_size=None,
    )
    try:
        return register()
    except Exception:
        _refuse_unfit(platform)
        raise


class _Application(Litestar):
    """Gives each request an id, which is in its log lines and in its response, and each response its headers.

    It extends its route map by new routes only; Litestar rebuilds the whole map for each path it registers.
    """

    _read: tuple[list[Any], dict[str, Any]] = ([], {})

    @property
    def route_handler_method_map(self) -> dict[str, Any]:
        """The handlers by path and method."""
        before, handlers = self._read
        if not before or before != self.routes[: len(before)]:  # adding a method to a path replaces its route
            before, handlers = [], {}
        added = SimpleNamespace(routes=self.routes[len(before) :])
        for path, by_method in _MAP_OF_ROUTES(added).items():
            handlers.setdefault(path, {}).update(by_method)
        self._read = [*self.routes], handlers
        return handlers

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer a request."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        with identified(scope, send) as telling, tracing.span("page") as page:
            shield: Shield = self.state.shield
            await super().__call__(scope, receive, measured(scope, shield.shielded(scope, telling)))
            if page is not None:
                page.update_name(f"page {scope.get('path_template') or 'none'}")


class _Whole(Router):
    """A router of one application only: it lists its handlers, and the application makes their routes.

    Litestar would make routes here too, and copy the router with all of them.
    """

    def __init__(self, *handlers: ControllerRouterHandler, middleware: Sequence[Middleware] = ()) -> None:
        self._handlers: dict[str, dict[Any, Any]] = {}
        super().__init__("/", route_handlers=handlers, middleware=middleware)

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        """Add a handler, or those of a router."""
        for path, by_method in self.get_route_handler_map(self._validate_registration_value(value)).items():
            self._handlers.setdefault(path, {}).update(by_method)
        return []

    @property
    def route_handler_method_map(self) -> dict[str, Any]:
        """The handlers by path and method."""
        return self._handlers

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Whole":
        return self


def _figures(platform: Platform) -> Callable[[], bytes] | None:
    """Start to collect metrics if they are switched on; returns the function that exports them, or None."""
    if not platform.settings.metrics.is_on:
        return None
    from budkavle.operations.metrics.exposition import Exposition  # with Prometheus' client

    switch.switch_on()
    return Exposition(platform).text


def _refuse_unfit(platform: Platform) -> None:
    """Raise an error that names the plugin whose routes cannot be registered; tries each by itself, which is slow."""
    for name, error in route_faults(platform.plugins.routers):
        sentence = "Tillägget {plugin} kan inte användas: dess sidor går inte att registrera: {error}"
        raise Misconfigured(sentence, plugin=name, error=words(error)) from error


def route_faults(routers: Iterable[Of[Router]]) -> Iterator[tuple[str, Exception]]:
    """Yield the plugins whose routes cannot be registered, with the exception from Litestar."""
    for of in routers:
        try:
            Litestar([of.thing], dependencies=DEPENDENCIES, openapi_config=None, logging_config=None)
        except Exception as error:  # noqa: BLE001 - any exception is reported as the plugin's fault
            yield of.plugin, error


def from_settings() -> ASGIApp:
    """Make the application of the installation that the settings name."""
    forbid_dumps()
    logs.configure()
    settings = load_settings()
    made = create_app(build(settings))
    made.on_startup.append(_end_streams_on_signal)
    traces = settings.traces
    if not tracing.switch_on(traces.endpoint, "budkavle-web", traces.share) and traces.endpoint:
        log.warning("traces.not_installed")
    made.on_shutdown.append(tracing.switch_off)
    app: ASGIApp = made
    return behind(app, settings.trusted_proxies) if settings.trusted_proxies else app


def behind(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """Trust X-Forwarded-For and X-Forwarded-Proto from proxies with these addresses.

    Of several addresses, the last one that is not a proxy's counts: the proxy itself has seen it. From any other
    client these headers are ignored.
    """
    return _with_peer(wrap_asgi_with_proxy_headers(app, list(proxies)))


async def _end_streams_on_signal(app: Litestar) -> None:
    """End the event streams of open pages when the process gets a stop signal: the server waits for them first.

    The server has its own handler in the event loop, which still gets the signal whatever handler is set here.
    """
    live: Live = app.state.live
    for signum in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(signum)

        def on_signal(number: int, frame: FrameType | None, before: Any = before) -> None:
            live.end()
            if callable(before):
                before(number, frame)

        signal.signal(signum, on_signal)


def _with_peer(app: ASGIApp) -> ASGIApp:
    """Keep the connecting address as `scope["budkavle.peer"]`, before the forwarded address replaces it."""

    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        cast("dict[str, Any]", scope)["budkavle.peer"] = client[0] if client else ""
        await app(scope, receive, send)

    return keeping
