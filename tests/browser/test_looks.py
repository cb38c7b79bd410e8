"""The pages in light, dark and forced colours: axe finds nothing, they look as they did, and nothing moves by itself.

How a page looks is kept in `looks/`, by its parts: where the first of each kind stands across the page, how wide it is,
and its colours. Pixels would differ with each machine's fonts. After a change that is meant, write it anew:
`BUDKAVLE_RENEW_LOOKS=1 make test ARGS="-k test_looks"`, and read the difference before it is committed. The pages are
those that are named there already; another is only judged by axe.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.organisation import usage
from budkavle.testing import SampleOrganisation, in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
READERS = ("", BO, ANNA)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "dark", "forced_colors": "active"},
}
KEPT = Path(__file__).parent / "looks"
RENEW = "BUDKAVLE_RENEW_LOOKS"
WIDTHS = (320, 768, 1280)
TOLERANCE = 40
"""CSS pixels that a part may stand aside, or be wider: what other fonts do."""
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RULES = {"light": TAGS, "dark": COLOURS, "forced": COLOURS}
"""A page has the same elements in the same places in all looks: the rules that read no colour are asked once."""
SHOWN = """\
([scheme, forced]) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches
  && matchMedia(`(forced-colors: ${forced})`).matches
  && document.getAnimations().every(one => one.playState === 'finished')"""
"""What is folded keeps its finished transitions in Chromium's list."""
FAULTS = """\
rules => axe.run({runOnly: rules, resultTypes: ['violations'], elementRef: false}).then(ended => ended.violations.map(
  rule => `${rule.id}: ${rule.nodes.map(node => node.target.join(' ')).join(', ')}`))"""
# What is on every page of its kind, whatever stands in the mailboxes that other tests fill.
PARTS = (
    "header.top",
    ".mark",
    "nav.rail",
    ".rail a[aria-current]",
    "main",
    "h1",
    ".card",
    ".list",
    ".table",
    ".table th",
    ".facts dt",
    ".ds-input",
    ".ds-button[data-variant='primary']",
    ".page-foot",
)
MEASURE = """\
parts => Object.fromEntries(parts.flatMap(part => {
  const first = [...document.querySelectorAll(part)].find(one => one.checkVisibility() && one.offsetWidth);
  if (!first) return [];
  const {left, width} = first.getBoundingClientRect();
  const {color, backgroundColor, borderBottomColor} = getComputedStyle(first);
  return [[part, [Math.round(left), Math.round(width), color, backgroundColor, borderBottomColor]]];
}))"""
SHIFT = """\
() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 0)));
})"""
UNSEEN = 0.05
PUBLIC = ("/sign-in", "/help", "/accessibility", "/nowhere")
OWN = ("/", "/drafts", "/search?q=bidrag", "/account", "/account/methods", "/account/notices", "/approvals")
ADMINISTRATION = (
    "/organisation",
    "/organisation/information",
    "/organisation/accessibility",
    "/organisation/users",
    "/organisation/settings",
    "/organisation/security",
    "/organisation/methods",
    "/organisation/levels",
    "/organisation/processing",
    "/organisation/licence",
    "/mailboxes",
    "/mailboxes/new",
    "/events",
    "/health",
)


@pytest.fixture(scope="module")
def box(sdk_mailboxes: Any) -> UUID:
    """A mailbox of these tests' own."""
    made: UUID = sdk_mailboxes.add("Utseende", BO, ANNA, administrator=ANNA)
    return made


@pytest.fixture(scope="module")
def case(sdk_mailboxes: Any, bjorkvik: SampleOrganisation, box: UUID) -> UUID:
    """A case in it, beside a confidential one, in an organisation whose use has been counted."""
    in_work(bjorkvik.platform, bjorkvik.system, usage.note_usage)
    sdk_mailboxes.arrive(box, "Ansökan om bidrag", confidential=True)
    made: UUID = sdk_mailboxes.arrive(box, "Komplettering av bidrag")
    return made


def addresses(who: str, box: UUID, case: UUID) -> Iterator[tuple[str, str]]:
    """What somebody looks at, and what it is called among what is kept."""
    if not who:
        yield from ((path, path) for path in PUBLIC)
    elif who == BO:
        yield from ((path, path) for path in OWN)
        yield from ((f"/m/{box}{rest}", f"/m/BOX{rest}") for rest in ("", "/sent", "/links"))
        yield from ((f"/c/{case}{rest}", f"/c/CASE{rest}") for rest in ("", "/print"))
        yield f"/compose?mailbox={box}", "/compose"
    else:
        yield from ((path, path) for path in ADMINISTRATION)
        yield from ((f"/mailboxes/{box}{rest}", f"/mailboxes/BOX{rest}") for rest in ("", "/settings", "/users"))


@pytest.mark.slow
@pytest.mark.feature("E30")
@pytest.mark.parametrize("who", READERS, ids=["public", "own", "administration"])
def test_pages_look_as_they_did_and_axe_finds_nothing(
    who: str, browse: Browse, axe: str, box: UUID, case: UUID
) -> None:
    """In none of the pages that people see each day, in no look; and nothing is to the side.

    By all rules in light; then the page takes its other colours, and the rules that read them are asked. What people do
    on a page has a test elsewhere, which looks at it narrow, too.
    """
    page = browse(who, reduced_motion="reduce")
    faults: list[str] = []
    measured: dict[str, dict[str, dict[str, list[Any]]]] = {look: {} for look in LOOKS}
    for address, name in addresses(who, box, case):
        page.emulate_media(**LOOKS["light"])
        page.goto(address)
        expect(page.locator("main")).to_be_visible()
        page.evaluate(axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                faults.append(f"{name} at {width}: something is to the side")
        for look, colours in LOOKS.items():
            page.emulate_media(**colours)
            page.wait_for_function(SHOWN, arg=[colours["color_scheme"], colours["forced_colors"]])
            faults += [f"{name} in {look}: {fault}" for fault in page.evaluate(FAULTS, RULES[look])]
            measured[look][name] = page.evaluate(MEASURE, PARTS)
    faults += [fault for look, pages in measured.items() for fault in compared(look, pages)]
    assert not faults, "\n".join(faults)


def compared(look: str, measured: Mapping[str, Mapping[str, list[Any]]]) -> list[str]:
    """Say in what the pages that are kept differ from what was measured now; where it is to be renewed, keep that."""
    file = KEPT / f"{look}.json"
    kept = json.loads(file.read_text("utf-8"))
    if os.environ.get(RENEW):
        kept |= {name: measured[name] for name in kept.keys() & measured.keys()}
        lines = (f"{json.dumps(name)}: {json.dumps(parts)}" for name, parts in kept.items())
        file.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    names = kept.keys() & measured.keys()
    return [f"{look}: {fault}" for name in names for fault in differences(name, kept[name], measured[name])]


@pytest.mark.parametrize("look", LOOKS)
def test_every_kept_page_is_measured(look: str) -> None:
    """None is kept that nobody looks at any more."""
    measured = {name for who in READERS for _, name in addresses(who, UUID(int=0), UUID(int=0))}
    assert json.loads((KEPT / f"{look}.json").read_text("utf-8")).keys() <= measured


def differences(name: str, kept: Mapping[str, list[Any]], now: Mapping[str, list[Any]]) -> Iterator[str]:
    """Say which parts of a page have come, gone, moved or another colour."""
    for part in kept.keys() | now.keys():
        if part not in kept or part not in now:
            yield f"{name}: {part} has {'come' if part in now else 'gone'}"
            continue
        if any(abs(was - at) > TOLERANCE for was, at in zip(kept[part][:2], now[part][:2], strict=True)):
            yield f"{name}: {part} stood at {kept[part][:2]}, and stands at {now[part][:2]}"
        if kept[part][2:] != now[part][2:]:
            yield f"{name}: {part} had the colours {kept[part][2:]}, and has {now[part][2:]}"


def test_a_difference_is_told() -> None:
    """What has moved by more than fonts do, another colour, and what has come or gone."""
    kept = {"h1": [10, 200, "red", "white", "red"], "main": [0, 900, "red", "white", "red"]}
    assert list(differences("/", kept, kept)) == []
    assert list(differences("/", kept, {**kept, "h1": [30, 220, "red", "white", "red"]})) == []
    assert len(list(differences("/", kept, {**kept, "h1": [60, 200, "red", "white", "red"]}))) == 1
    assert len(list(differences("/", kept, {**kept, "h1": [10, 200, "blue", "white", "red"]}))) == 1
    assert len(list(differences("/", kept, {"h1": kept["h1"], "nav": kept["main"]}))) == 2


@pytest.mark.feature("E30")
def test_a_choice_holds_against_the_system(browse: Browse) -> None:
    """Dark by choice on a light system, and as the system again; signed out, the system's at once."""
    page = browse(BO, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    page.goto("/account")
    light = page.evaluate(paper)
    for choice, is_light in (("Mörkt", False), ("Som i datorn eller telefonen", True)):
        page.get_by_label("Ljust eller mörkt").select_option(choice)
        page.get_by_role("button", name="Spara utseendet").click()
        expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
        assert (page.evaluate(paper) == light) is is_light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) != light
    page.emulate_media(media="print")
    assert page.evaluate(paper) in {light, "rgb(255, 255, 255)"}


@pytest.mark.feature("E30")
def test_motion_is_off_when_asked(browse: Browse) -> None:
    """Everything is where it ends at once."""
    page = browse(BO, reduced_motion="reduce")
    page.goto("/")
    seconds = page.evaluate(
        "[...document.querySelectorAll('*')].map(one => getComputedStyle(one)).flatMap(style =>"
        " `${style.transitionDuration}, ${style.animationDuration}`.split(', ').map(parseFloat))"
    )
    assert max(seconds) <= 0.001


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_nothing_shifts_while_a_page_comes(size: str, browse: Browse, box: UUID, case: UUID) -> None:
    """The inbox, a case and a new message stand where they stand from their first picture on.

    What arrives meanwhile in mailboxes that others fill moves a number in the rail: half of what counts as good.
    """
    page = browse(BO, size)
    for address in (f"/m/{box}", f"/c/{case}", f"/compose?mailbox={box}"):
        page.goto(address, wait_until="networkidle" if address.startswith("/compose") else "load")
        assert page.evaluate(SHIFT) < UNSEEN, address
