"""The size of an inbox or a case shown for the first time in a browser, and how soon the inbox shows something."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from bench_inbox import fill, opened_case, signed_in
from bench_sealing import Figure
from bench_stage import SENDER, Stage, ended, stage

INBOX_KB, CASE_KB, MOST_MS, MOST_LATER_MS = 60, 70, 1000, 500
ROUNDS = 3
BARE = "/healthz"
"""A page of one line, without style sheet and script, to measure the browser and the machine themselves."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
PAINTED = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0] ?? 0"


def measure() -> Iterator[Figure]:
    """Yield the figures, with a server in its own process and a headless Chromium with an empty cache for each page."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        actor, box = made.member(*SENDER), made.box(*SENDER)
        fill(made, actor, box.id, 100)
        case, cookie = opened_case(made), signed_in(made, actor)
        with ended(made.run("serve", "--web-only")):
            address = f"http://127.0.0.1:{made.port}"
            await_server(address)
            httpx.get(f"{address}/m/{box.id}", cookies={"budkavle": cookie}, timeout=60)  # templates are compiled once
            inbox, painted = _browse(made, f"{address}/m/{box.id}", cookie)
            read, _ = _browse(made, f"{address}/c/{case}", cookie)
            later = min(_later(made, f"{address}/m/{box.id}", f"{address}{BARE}", cookie) for _ in range(ROUNDS))
    yield _figure("inbox cold, bytes on the wire", inbox / 1000, "kB", INBOX_KB)
    yield _figure("case of five messages cold, bytes on the wire", read / 1000, "kB", CASE_KB)
    yield _figure("inbox cold, first contentful paint", painted, "ms", MOST_MS)
    yield _figure("inbox cold, first paint later than a bare page's", later, "ms", MOST_LATER_MS)


def _browse(made: Stage, url: str, cookie: str) -> tuple[float, float]:
    from playwright.sync_api import sync_playwright

    received: list[float] = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        context = browser.new_context()
        context.add_cookies([{"name": "budkavle", "value": cookie, "url": f"http://127.0.0.1:{made.port}"}])
        page = context.new_page()
        page.set_default_timeout(120_000)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        answer = page.goto(url, wait_until="load")
        if answer is None or not answer.ok:
            raise SystemExit(f"{url} was not shown.")
        page.wait_for_timeout(300)
        painted = float(page.evaluate(PAINTED))
        browser.close()
    return sum(received), painted


def _later(made: Stage, url: str, bare: str, cookie: str) -> float:
    """Return how many milliseconds later a page paints than a bare one that is opened directly after it."""
    (_, painted), (_, first) = _browse(made, url, cookie), _browse(made, bare, cookie)
    return painted - first


def await_server(address: str) -> None:
    """Return as soon as a server responds there."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The web did not start.")


def _figure(name: str, value: float, unit: str, limit: float) -> Figure:
    return {"name": name, "value": round(value, 1), "unit": unit, "limit": limit, "ratio": round(value / limit, 3)}


if __name__ == "__main__":
    for figure in measure():
        print(json.dumps(figure), flush=True)
