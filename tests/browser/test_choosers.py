"""Choosing files: a button in the page's language, for hand, keyboard and screen reader, and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]
PLACE = "/mailboxes/import"
FILE = {"name": "brevlador.csv", "mimeType": "text/csv", "buffer": b"Namn\nEn brevl\xc3\xa5da\n"}
DROP = """\
element => {
  const files = new DataTransfer();
  for (const name of ['släppt.csv', 'en till.csv']) files.items.add(new File(['Namn'], name, {type: 'text/csv'}));
  const told = {bubbles: true, cancelable: true, dataTransfer: files};
  return element.dispatchEvent(new DragEvent('drop', told));
}"""


@pytest.mark.feature("U4", "E8")
@pytest.mark.parametrize(
    ("language", "button", "nothing"),
    [("sv", "Välj fil", "Ingen fil är vald"), ("en", "Choose file", "No file chosen")],
)
def test_the_button_speaks_the_pages_language(
    browse: Browse, look: Look, language: str, button: str, nothing: str
) -> None:
    """Its words, and what is chosen, which a screen reader is told too; a file that is dropped on it is chosen."""
    page = browse(ANNA)
    page.goto(f"/language/{language}")
    page.goto(PLACE)
    chosen = page.locator("#file-chosen")
    expect(page.locator("label.ds-button")).to_have_text(button)
    expect(chosen).to_have_text(nothing)
    expect(page.locator("#file")).to_have_accessible_description(f"{nothing} {page.locator('#file-hint').inner_text()}")
    look(page)
    with page.expect_file_chooser() as opened:
        page.get_by_text(button, exact=True).click()
    opened.value.set_files(FILE)  # type: ignore[arg-type]
    expect(chosen).to_have_text("brevlador.csv")
    assert not page.locator(".chooser").evaluate(DROP)  # the browser does not open it in place of the page
    expect(chosen).to_have_text("släppt.csv")
    assert page.locator("#file").evaluate("input => input.files.length") == 1
    look(page)


@pytest.mark.feature("U4", "E8")
def test_the_keyboard_reaches_the_button(browse: Browse) -> None:
    """The field that nobody sees takes the focus, the button shows it, and Space opens the browser's window."""
    page = browse(ANNA)
    page.goto(PLACE)
    button = page.locator("label.ds-button")
    # Listening begins well before the key: a window that opens before the browser listens is never told of.
    with page.expect_file_chooser() as opened:
        page.get_by_role("link", name="Ladda ner en mall").or_(page.locator("main a").first).first.focus()
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "file":
                break
        expect(page.locator("#file")).to_be_focused()
        assert button.evaluate("label => getComputedStyle(label).outlineWidth") == "3px"
        page.keyboard.press("Space")
    opened.value.set_files(FILE)  # type: ignore[arg-type]
    expect(page.locator("#file-chosen")).to_have_text("brevlador.csv")


@pytest.mark.feature("U4", "E8")
def test_without_a_script_the_label_opens_the_window(browse: Browse) -> None:
    """The browser's own button is away there too, its words about what is chosen stay, and the form works."""
    page = browse(ANNA, java_script_enabled=False)
    page.goto(PLACE)
    expect(page.locator("#file-chosen")).to_be_hidden()
    expect(page.locator("#file")).to_be_visible()
    own = page.locator("#file").evaluate("input => getComputedStyle(input, '::file-selector-button').display")
    assert own == "none"
    with page.expect_file_chooser() as opened:
        page.get_by_text("Välj fil", exact=True).click()
    opened.value.set_files(FILE)  # type: ignore[arg-type]
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.locator("tbody")).to_contain_text("En brevlåda")
