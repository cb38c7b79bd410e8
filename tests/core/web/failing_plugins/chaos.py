"""A plugin that does wrong when a test says so."""

import threading
from collections.abc import Callable
from typing import Any

from litestar import Router, get

from budkavle.plugins.protocols.health import Health

WELL = Health("Duvslaget", True, "Duvslaget är helt.")


class Chaos:
    """What a plugin does when it is asked: nothing wrong, until a test says otherwise.

    Attributes:
        fault: What happens instead of an answer, by method.
    """

    def __init__(self) -> None:
        self.fault: dict[str, Callable[[], Any]] = {}
        self.go = threading.Event()

    def do(self, method: str, answer: Any) -> Any:
        """Answer rightly, or do what the test wants."""
        return self.fault[method]() if method in self.fault else answer

    def raises(self) -> Any:
        raise RuntimeError("hemligt")

    def exits(self) -> Any:
        raise SystemExit(5)

    def hangs(self) -> Any:
        self.go.wait(60)

    def gives_none(self) -> Any:
        return None

    def gives_nonsense(self) -> Any:
        return ["nonsense", 7]


def pages(chaos: Chaos) -> Router:
    """Return the plugin's pages: one that waits, as for a database, and one in the server's own loop."""

    @get("/page", sync_to_thread=True, media_type="text/plain")
    def page() -> str:
        return str(chaos.do("page", "en sida"))

    @get("/later", media_type="text/plain")
    async def later() -> str:
        return str(chaos.do("page", "en sida"))

    return Router("/plugin/chaos", route_handlers=[page, later])
