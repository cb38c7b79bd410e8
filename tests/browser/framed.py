"""Tabs in which another site has a page of ours in a frame, as Teams and Outlook do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page
from tests.browser.conftest import AXE, RULES


@dataclass
class FramedTab:
    """A tab of a browser with a page of ours in its only frame.

    Attributes:
        complaints: What the browser has complained of.
    """

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def frame(self) -> Frame:
        """The frame."""
        return next(one for one in self.page.frames if one.parent_frame)

    def check_width(self) -> None:
        """Check that nothing in the frame is to the side."""
        frame = self.frame
        wide, room = frame.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room, f"{frame.url} is {wide} wide in {room}"

    def check_frame(self, axe: str) -> None:
        """Check that nothing in the frame is to the side, and that axe finds nothing there.

        Args:
            axe: The source of axe-core.
        """
        self.check_width()
        frame = self.frame
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(axe)
        found = frame.evaluate(AXE, RULES)
        told = [f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}" for one in found]
        assert not told, f"{frame.url}: " + "\n".join(told)


Tab = TypeVar("Tab", bound=FramedTab)


@contextmanager
def opening_tabs(
    chromium: Browser, kind: type[Tab], expected: tuple[str, ...], width: int = 1280, height: int = 800
) -> Iterator[Callable[..., Tab]]:
    """Open tabs in browsers of their own, and check in the end that none has complained.

    Args:
        chromium: The browser.
        kind: The kind of tab.
        expected: What a complaint that is no fault of the page contains.
        width: How wide a tab is, in pixels, unless it says otherwise.
        height: How high it is.

    Returns:
        A context manager that gives the function `open_tab(width, height, locale)`.
    """
    opened: list[Tab] = []
    with ExitStack() as contexts:

        def open_tab(width: int = width, height: int = height, locale: str = "sv-SE") -> Tab:
            size: dict[str, int] = {"width": width, "height": height}
            options = {"viewport": size, "locale": locale, "ignore_https_errors": True, "reduced_motion": "reduce"}
            context = contexts.enter_context(chromium.new_context(**options))  # type: ignore[arg-type]
            tab = kind(context, context.new_page())

            def on_console(message: ConsoleMessage) -> None:
                if message.type == "error" and not any(words in message.text for words in expected):
                    tab.complaints.append(message.text)

            context.on("console", on_console)
            context.on("weberror", lambda error: tab.complaints.append(str(error.error)))
            opened.append(tab)
            return tab

        yield open_tab
        complaints = [complaint for tab in opened for complaint in tab.complaints]  # closing cuts off what is fetched
    assert complaints == []
