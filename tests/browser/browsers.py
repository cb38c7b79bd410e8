"""The browsers that tests share."""

from contextlib import ExitStack

from playwright.sync_api import Browser, Playwright, sync_playwright

USUAL = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


class Browsers:
    """Playwright and a browser for each set of switches, shared by all files, since starting them takes seconds.

    Attributes:
        ends: What ends with them.
    """

    def __init__(self) -> None:
        self.ends = ExitStack()
        self._playwright: Playwright | None = None
        self._by_switches: dict[tuple[str, ...], Browser] = {}

    def take(self, program: str, switches: tuple[str, ...]) -> Browser:
        """Return the browser with these switches, started on first use."""
        if self._playwright is None:
            self._playwright = self.ends.enter_context(sync_playwright())
        if switches not in self._by_switches:
            made = self._playwright.chromium.launch(executable_path=program, args=[*USUAL, *switches])
            self._by_switches[switches] = made
            self.ends.callback(made.close)
        return self._by_switches[switches]

    def close(self) -> None:
        """Close everything that was started."""
        self.ends.close()
        self._playwright = None
        self._by_switches.clear()
