"""Files read in the page: tiles, the viewer by keyboard, PDF.js in its frame, and all of it without JavaScript."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.core.previews.test_looking import pdf

from budkavle.model.messages import File
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]


@pytest.fixture
def case_id(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A case with a PDF of three pages and a text."""
    box = sdk_mailboxes.add(f"Filer {request.node.originalname[5:40]}", BO, ANNA, administrator=ANNA)
    script = b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>/Pages"
    document = pdf("Kallelse", "Andra sidan", "Tredje sidan").replace(b"/Pages", script, 1)
    files = (File("Kallelse.pdf", "application/pdf", document), File("Lista.txt", "text/plain", b"ett\ntva"))
    made: UUID = sdk_mailboxes.arrive(box, "Med bilagor", files=files)
    return made


@pytest.mark.feature("E15")
def test_a_pdf_is_read_in_its_frame_by_keyboard(case_id: UUID, browse: Browse, axe: str) -> None:
    """The words are text, the frame has no origin and reaches neither cookies nor the page; Escape leads back."""
    page = browse(ANNA)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/c/{case_id}")
    assert not [url for url in asked if "pdfjs" in url], "PDF.js is loaded on a click only"
    tile = page.get_by_role("link", name="Kallelse.pdf").first
    tile.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#viewer")).to_be_focused()
    expect(page.locator("#viewer.framed")).to_be_visible()
    frame = page.frame_locator(".viewer-frame")
    expect(frame.get_by_text("Sida 1 av 3", exact=True)).to_be_visible()
    expect(frame.locator(".textLayer").first).to_contain_text("Kallelse")
    frame.get_by_role("button", name="Nästa sida").focus()
    page.keyboard.press("Enter")
    expect(frame.get_by_role("region", name="Sida 2 av 3")).to_contain_text("Andra sidan")
    inside = page.frames[-1]
    assert inside.evaluate("origin") == "null"
    for reach in ("document.cookie", "parent.document.title", "localStorage.length"):
        refused = f"(() => {{ try {{ return String({reach}) }} catch (error) {{ return error.name }} }})()"
        assert inside.evaluate(refused) == "SecurityError"
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate(axe)
    options = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'], iframes: false}"
    assert page.evaluate(f"axe.run({options}).then((result) => result.violations.map((one) => one.id))") == []
    frame.get_by_role("button", name="Nästa sida").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_have_count(0)
    expect(tile).to_be_focused()


STRANGER = """() => {
    const frame = document.querySelector(".viewer-frame").contentWindow;
    for (const data of [{close: true}, {fault: "x"}, {ready: true}])
        for (const [source, origin] of [[window, "null"], [frame, "https://stranger.example"], [null, "null"]])
            window.dispatchEvent(new MessageEvent("message", {data, origin, source}));
}"""
"""What the page hears of others than its frame: from another window, and from a frame that has been led elsewhere."""
EARLY = """if (self !== top) {
    const add = self.addEventListener;
    self.addEventListener = (kind, ...how) => {
        add.call(self, kind, ...how);
        const said = {data: {bytes: new ArrayBuffer(4)}, source: self};
        if (kind === "message") self.dispatchEvent(new MessageEvent("message", said));
    };
}"""
"""Another window speaks to the frame before the page that holds it does."""


@pytest.mark.feature("E15")
def test_what_strangers_post_does_nothing(case_id: UUID, browse: Browse) -> None:
    """The viewer hears its own frame alone and the frame its own page alone, whoever speaks first."""
    page = browse(ANNA)
    page.add_init_script(EARLY)
    page.goto(f"/c/{case_id}")
    page.get_by_role("link", name="Kallelse.pdf").first.click()
    frame = page.frame_locator(".viewer-frame")
    expect(frame.get_by_text("Sida 1 av 3", exact=True)).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(STRANGER)
    page.frames[-1].evaluate(EARLY.replace("self !== top", "true") + "; self.addEventListener('message', () => {})")
    expect(page.locator("#viewer.framed")).to_be_visible()
    expect(frame.get_by_text("Sida 1 av 3", exact=True)).to_be_visible()
    assert asked == [], "the file is given to nobody once more"


@pytest.mark.feature("E15")
def test_a_page_that_is_a_file_stays_when_escape_is_pressed(case_id: UUID, browse: Browse) -> None:
    """Neither in the page nor in the frame does it close: nothing else would be left."""
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.goto(page.get_by_role("link", name="Kallelse.pdf").first.get_attribute("href") or "")
    expect(page.locator("#viewer.framed")).to_be_visible()
    page.locator("#viewer").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Kallelse.pdf")).to_be_visible()
    page.frame_locator(".viewer-frame").get_by_role("button", name="Nästa sida").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    shown = page.frame_locator(".viewer-frame").get_by_role("region", name="Sida 2 av 3")
    expect(shown).to_contain_text("Andra sidan")


@pytest.mark.feature("E15")
def test_a_file_that_could_not_be_fetched_is_tried_again(
    case_id: UUID, browse: Browse, look: Callable[[Page], None]
) -> None:
    """Where it would have stood the page says so, with the focus on the way to try again, which then shows it."""
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.route("**/view*", lambda route: route.fulfill(status=404, body=""))
    page.get_by_role("link", name="Lista.txt").first.click()
    expect(page.locator("#viewer")).to_contain_text("Kunde inte hämtas")
    again = page.get_by_role("button", name="Försök igen")
    expect(again).to_be_focused()
    look(page)
    page.unroute("**/view*")
    again.click()
    expect(page.locator("#viewer-name")).to_contain_text("Lista.txt")


@pytest.mark.feature("E15")
def test_without_javascript_pages_are_pictures_with_their_text(
    case_id: UUID, browse: Browse, enter: Callable[..., None]
) -> None:
    """Page by page and larger, by links; in English too."""
    page = browse(java_script_enabled=False)
    enter(page, ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("link", name="Kallelse.pdf").first.click()
    expect(page.get_by_role("heading", name="Kallelse.pdf")).to_be_visible()
    page.get_by_role("link", name="Nästa sida").click()
    expect(page.get_by_role("img", name="Sida 2 av 3 som bild")).to_be_visible()
    expect(page.locator(".viewer-words")).to_contain_text("Andra sidan")
    page.get_by_role("link", name="Förstora").click()
    expect(page.locator(".viewer-page.zoomed")).to_be_visible()
    page.get_by_role("link", name="Till ärendet").click()
    expect(page).to_have_url(f"/c/{case_id}")
