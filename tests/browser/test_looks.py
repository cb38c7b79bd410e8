"""The pages in light, dark and forced colours: axe finds nothing, and nothing is to the side, at three widths."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
LOOKS: dict[str, dict[str, str]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"color_scheme": "dark", "forced_colors": "active"},
}
WIDTHS = (1280, 768, 320)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """\
rules => axe.run({runOnly: rules, resultTypes: ['violations'], elementRef: false}).then(ended => ended.violations.map(
  rule => `${rule.id}: ${rule.nodes.map(node => node.target.join(' ')).join(', ')}`))"""
PUBLIC = ("/sign-in", "/help", "/accessibility", "/nowhere")
OWN = ("/", "/drafts", "/search?q=bidrag", "/account", "/account/methods", "/account/notices", "/approvals", "/nowhere")
ADMINISTRATION = (
    "/organisation",
    "/organisation/information",
    "/organisation/users",
    "/organisation/settings",
    "/organisation/security",
    "/organisation/methods",
    "/organisation/levels",
    "/organisation/processing",
    "/organisation/licence",
    "/mailboxes",
    "/events",
    "/health",
    "/statistics",
    "/files",
)


@pytest.fixture(scope="module")
def box(sdk_mailboxes: Any) -> UUID:
    """A mailbox that has what a mailbox can have: read, unread, taken, confidential."""
    made: UUID = sdk_mailboxes.add("Utseende", BO, ANNA, administrator=ANNA)
    return made


@pytest.fixture(scope="module")
def case(sdk_mailboxes: Any, box: UUID) -> UUID:
    """A case in it."""
    sdk_mailboxes.arrive(box, "Ansökan om bidrag", confidential=True)
    made: UUID = sdk_mailboxes.arrive(box, "Komplettering av bidrag")
    return made


def addresses(box: UUID, case: UUID) -> Iterator[tuple[str, str]]:
    """Who looks, and at what."""
    yield from (("", path) for path in PUBLIC)
    yield from ((BO, path) for path in OWN)
    yield from ((BO, f"/m/{box}{rest}") for rest in ("", "/sent", "/links"))
    yield from ((BO, path) for path in (f"/c/{case}", f"/c/{case}/print", f"/compose?mailbox={box}"))
    yield from ((ANNA, path) for path in ADMINISTRATION)
    yield from ((ANNA, f"/mailboxes/{box}{rest}") for rest in ("", "/settings", "/users"))


@pytest.mark.slow
@pytest.mark.feature("E30")
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(look: str, browse: Browse, axe: str, box: UUID, case: UUID) -> None:
    """In no page that people see each day, at no width; nothing is to the side."""
    pages = {who: browse(who, **LOOKS[look]) for who in ("", BO, ANNA)}
    faults: list[str] = []
    for who, address in addresses(box, case):
        page = pages[who]
        page.goto(address)
        expect(page.locator("main")).to_be_visible()
        page.evaluate(axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            where = f"{address} at {width}"
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                faults.append(f"{where}: something is to the side")
            faults += [f"{where}: {fault}" for fault in page.evaluate(FAULTS, RULES)]
    assert not faults, "\n".join(faults)
