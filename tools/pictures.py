"""Retakes the pictures of docs/pictures from the demo: `make pictures`, or some by `ARGS="events widths/desk"`.

It starts `budkavle demo` in a temporary folder, or uses a running one (`ARGS="--url http://127.0.0.1:8420"`), signs in
as the demo's people and takes each picture of picture_list.py. The other pictures need what the demo does not have,
such as a room with cameras, Outlook, or time that has passed; the tests for these take them (CONTRIBUTING.md).
"""

import argparse
import io
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from picture_list import LINK, NOBODY, Picture, all_pictures
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, sync_playwright

from budkavle.testing.running import until_answers
from budkavle_demo.content import ANNA, PASSWORD

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs/pictures"
COLOURS = 256
"""The number of colours of a picture: pages have few, and a file becomes a third as large."""


PATIENCE_MS = 60_000


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo during the block, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="budkavle-pictures-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "budkavle", "demo", "--data", folder, "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                until_answers(f"http://127.0.0.1:{port}/sign-in", 600)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.send_signal(signal.SIGTERM)


class Studio:
    """A browser in which the demo's people are signed in, each once."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._states: dict[str, Any] = {}

    def take(self, picture: Picture) -> bytes:
        """Navigate to a page and take its picture."""
        context = self._context(picture.who, picture)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        try:
            walk(page, (self.guest_link(),) if picture.way == LINK else picture.way)
            width, height = picture.size
            page.set_viewport_size({"width": width, "height": height})
            page.reload()
            if picture.prepare:
                picture.prepare(page)
            page.evaluate("document.fonts.ready.then(() => document.activeElement?.blur())")
            page.evaluate("scrollTo(0, 0)")
            if picture.at:
                page.locator(picture.at).scroll_into_view_if_needed()
            return page.screenshot(full_page=picture.is_whole, animations="disabled", caret="hide")
        finally:
            context.close()

    def guest_link(self) -> str:
        """Return the address in the newest e-mail about a secure message to a person without an account."""
        context = self._context(ANNA)
        page = context.new_page()
        walk(page, ("/plugin/email_link/outbox", "har skickat dig ett säkert meddelande"))
        address = re.search(r"http\S+/l/\S+", page.locator("main").inner_text())
        context.close()
        if address is None:
            raise SystemExit("The outbox has no mail with a link.")
        return address[0]

    def _context(self, who: str, picture: Picture | None = None) -> BrowserContext:
        more: dict[str, Any] = {"color_scheme": picture.look, "device_scale_factor": picture.scale} if picture else {}
        if who != NOBODY and who not in self._states:
            self._states[who] = self._sign_in(who)
        # Wide while navigating, so that every link is visible.
        size = ViewportSize(width=1440, height=1000)
        state = self._states.get(who)
        return self._browser.new_context(
            base_url=self._url, viewport=size, locale="sv-SE", storage_state=state, reduced_motion="reduce", **more
        )

    def _sign_in(self, who: str) -> Any:
        context = self._browser.new_context(base_url=self._url, locale="sv-SE")
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_role("button", name="E-post och lösenord").click()
        page.get_by_label("E-post").fill(who)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        page.locator(".who").wait_for()
        state = context.storage_state()
        context.close()
        return state


def walk(page: Page, way: tuple[str, ...]) -> None:
    """Go to an address and follow links."""
    page.goto(way[0])
    for step in way[1:]:
        link = page.locator(step[1:]) if step.startswith(">") else page.locator("a", has_text=step)
        link.locator("visible=true").first.click()
        page.wait_for_load_state()


def packed(picture: bytes) -> bytes:
    """Return a picture with as few colours as its page needs."""
    target = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(target, "PNG", optimize=True)
    return target.getvalue()


def main() -> int:
    """Take the named pictures, or all, and return 1 if one could not be taken."""
    parser = argparse.ArgumentParser(description="Takes the pictures of the documentation anew.")
    parser.add_argument("names", nargs="*", help="beginnings of names, such as widths/desk")
    parser.add_argument("--url", default="", help="a demo that runs")
    parser.add_argument("--browser", default="chromium-headless-shell", help="the program of the browser")
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder that the pictures are put into")
    chosen = parser.parse_args()
    pictures = [one for one in all_pictures() if any(one.name.startswith(name) for name in chosen.names or [""])]
    failed: list[str] = []
    with nullcontext(chosen.url) if chosen.url else demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which(chosen.browser), args=["--no-sandbox", "--lang=sv-SE"]
        )
        studio = Studio(browser, url)
        for picture in pictures:
            file = chosen.target / f"{picture.name}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                file.write_bytes(packed(studio.take(picture)))
                print(file.relative_to(chosen.target), file.stat().st_size // 1000, "kB", flush=True)
            except Error as error:
                failed.append(picture.name)
                print(f"{picture.name}: {error.message.splitlines()[0]}", file=sys.stderr, flush=True)
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
