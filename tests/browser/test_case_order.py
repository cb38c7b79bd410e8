"""In which order a case is met by the keyboard and read aloud: the one in which it is seen (WCAG 1.3.2 and 2.4.3)."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from budkavle.model.messages import File, Reference
from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
MOST_TABS = 40
NOTE = """\
() => {
  const stop = document.activeElement;
  const stops = (window.stops ??= []);
  if (stop.closest("#case") && !stop.closest(".case-steps")) stops.push(stop);
  return Boolean(stop.closest("#case"));
}"""
STOPS = """\
() => window.stops.map((stop) => {
  const box = stop.getBoundingClientRect();
  return { html: stop.outerHTML.slice(0, 80), top: box.top, bottom: box.bottom };
})"""
TOPS = """\
() => [...document.querySelectorAll("#case, #case .inside")].map((part) =>
  [...part.children]
    .filter((child) => child.checkVisibility() && !child.matches(".case-steps"))
    .map((child) => child.getBoundingClientRect().top))"""


def tab_through(page: Page) -> list[dict[str, Any]]:
    """Go through a case by Tab, and return where the focus came.

    Its steps are left out: they stay in sight, so what comes after them is never above them.
    """
    page.locator("#case").focus()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if not page.evaluate(NOTE):
            break
    stops: list[dict[str, Any]] = page.evaluate(STOPS)
    return stops


@pytest.mark.feature("E8")
@pytest.mark.parametrize("width", [1280, 320])
def test_the_keyboard_meets_a_case_as_it_is_seen(sdk_mailboxes: Any, browse: Browse, width: int) -> None:
    """By Tab nothing comes after what stands below it, and nothing is read aloud before what stands above it."""
    box = sdk_mailboxes.add(f"Ordning {width}", ANNA)
    more: dict[str, Any] = {"conversation_id": str(uuid4()), "references": (Reference("dnr", "2026-0917"),)}
    sdk_mailboxes.arrive(box, "Kallelse", body="Ett", **more)
    files = tuple(File(f"Lista {number}.txt", "text/plain", b"ett") for number in (1, 2))
    case_id = sdk_mailboxes.arrive(box, "Sv: Kallelse", body="Det senaste", files=files, **more)
    page = browse(ANNA)
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"/c/{case_id}")
    page.locator("details.message > summary").first.click()
    stops = tab_through(page)
    assert sum("data-view" in stop["html"] for stop in stops) == 2
    for first, second in pairwise(stops):
        assert second["bottom"] > first["top"], f"{second['html']} comes after {first['html']}, and stands above it."
    for tops in page.evaluate(TOPS):
        assert tops == sorted(tops)
