"""Writing with the buttons: how a text is formatted, files that are dropped and pasted, and a time to send at."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]
NAME = "Utskrivningssamordning"
GIVE = """\
([selector, kind, name, type, words]) => {
  const transfer = new DataTransfer();
  for (const each of name.split(",")) transfer.items.add(new File(["innehåll"], each, { type }));
  if (words) transfer.items.add(words, "text/plain");
  const more = kind === "paste" ? { clipboardData: transfer } : { dataTransfer: transfer };
  const made = kind === "paste" ? new ClipboardEvent(kind, { bubbles: true, cancelable: true, ...more })
    : new DragEvent(kind, { bubbles: true, cancelable: true, ...more });
  document.querySelector(selector).dispatchEvent(made);
  return made.defaultPrevented;
}"""
TITLE = "Väntar på att skickas"


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own."""
    made: UUID = sdk_mailboxes.add(f"Skrivande {request.node.name[5:60]}", ANNA)
    return made


def begin(page: Page, box: UUID) -> Any:
    """Begin a message by SDK, and return the field of its text."""
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name="SDK").check()
    page.get_by_role("searchbox", name="Till").fill(NAME)
    page.locator(".hits").get_by_role("button", name=NAME).first.click()
    expect(page.locator(".pill")).to_contain_text(NAME)
    return page.get_by_label("Meddelande", exact=True)


@pytest.mark.feature("E10")
def test_a_text_is_formatted_by_buttons_and_keys(box: UUID, browse: Browse, look: Look) -> None:
    """The signs are written for the writer, pressed again they go, and below stands how the text becomes."""
    page = browse(ANNA)
    text = begin(page, box)
    text.fill("Det är viktigt")
    text.evaluate("it => it.setSelectionRange(7, 14)")
    text.press("Control+b")
    expect(text).to_have_value("Det är **viktigt**")
    drawn = page.locator("#drawn")
    expect(drawn.locator("strong")).to_have_text("viktigt")
    text.press("Control+b")
    expect(text).to_have_value("Det är viktigt")
    expect(drawn.locator("strong")).to_have_count(0)
    text.fill("ett\ntvå")
    text.evaluate("it => it.setSelectionRange(0, it.value.length)")
    page.get_by_role("button", name="Fet", exact=True).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Numrerad lista")).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_have_value("1. ett\n2. två")
    expect(drawn.locator("ol li")).to_have_text(["ett", "två"])
    text.fill("<img src=x onerror=alert(1)>")
    expect(drawn).to_contain_text("<img src=x")
    expect(drawn.locator("img")).to_have_count(0)
    look(page)


SIGNS = {
    "Fet": ("viktigt", "**viktigt**", "strong"),
    "Kursiv": ("viktigt", "*viktigt*", "em"),
    "Rubrik": ("viktigt", "# viktigt", "h1, h2, h3, h4, h5, h6"),
    "Punktlista": ("ett\ntvå", "- ett\n- två", "ul li"),
    "Numrerad lista": ("ett\ntvå", "1. ett\n2. två", "ol li"),
}


@pytest.mark.feature("E10")
def test_each_button_writes_its_signs_and_takes_them_away(box: UUID, browse: Browse) -> None:
    """And the drawing below shows each as its readers will see it, while it is written."""
    page = browse(ANNA)
    text, drawn = begin(page, box), page.locator("#drawn")
    for name, (before, after, shown) in SIGNS.items():
        button = page.get_by_role("button", name=name, exact=True)
        text.fill(before)
        text.evaluate("it => it.setSelectionRange(0, it.value.length)")
        button.click()
        expect(text).to_have_value(after)
        expect(drawn.locator(shown)).to_have_text(before.split("\n"))
        text.evaluate("it => it.setSelectionRange(0, it.value.length)")
        if name in {"Fet", "Kursiv"}:
            signs = (len(after) - len(before)) // 2
            text.evaluate("(it, signs) => it.setSelectionRange(signs, it.value.length - signs)", signs)
        button.click()
        expect(text).to_have_value(before)
        expect(drawn.locator(shown)).to_have_count(0)


@pytest.mark.feature("E11")
def test_files_are_dropped_anywhere_and_pasted(box: UUID, browse: Browse, look: Look) -> None:
    """Dropped anywhere, one or several, and the page stays; a pasted picture gets a name, pasted words stay words."""
    page = browse(ANNA)
    begin(page, box)
    expect(page.get_by_text("Välj filer", exact=True)).to_be_visible()
    assert page.evaluate(GIVE, ["#subject", "drop", "beslut.txt", "text/plain"])
    uploads = page.locator("[data-uploads]")
    expect(uploads).to_contain_text("beslut.txt")
    assert page.evaluate(GIVE, ["#body", "paste", "image.png", "image/png"])
    expect(uploads).to_contain_text(re.compile(r"Inklistrad bild \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png"))
    assert page.evaluate(GIVE, ["h1", "drop", "program.exe", "application/x-msdownload"])
    expect(uploads).to_contain_text("har en filtyp som mottagaren inte kan ta emot")
    look(page)
    assert page.evaluate(GIVE, ["main", "drop", "ett.txt,två.txt", "text/plain"])
    expect(uploads.locator('[name="attachment"]')).to_have_count(3)
    assert not page.evaluate(GIVE, ["#body", "paste", "image.png", "image/png", "Ur ett dokument"])
    assert not page.evaluate(GIVE, ["[data-search]", "paste", "image.png", "image/png"])


def write_everything(page: Page) -> None:
    """Fill in every kind of field: text, rows that are added, choices, a switch and a file."""
    assert page.evaluate(GIVE, ["#subject", "drop", "beslut.txt", "text/plain"])
    expect(page.locator('[data-uploads] [name="attachment"]')).to_have_count(1)
    page.get_by_text("Referenser och personer").click()
    page.get_by_role("button", name="Lägg till referens").click()
    expect(page.locator('[name="reference.value"]')).to_be_visible()
    page.get_by_role("button", name="Lägg till person").click()
    page.locator('[name="person.name"]').fill("Kim Ek")


def change_more(page: Page) -> None:
    """Go on where nothing is kept by the server any more."""
    page.get_by_label("Ämne").fill("Utan nät")
    page.get_by_label("Meddelande", exact=True).fill("Allt finns kvar.")
    page.locator('[name="reference.value"]').fill("KS 2026/12")
    page.locator('[name="reference.party"]').select_option("recipient")
    page.get_by_role("switch", name="Sekretess").check()


def expect_everything(page: Page) -> None:
    """Find it as it was written."""
    expect(page.get_by_label("Ämne")).to_have_value("Utan nät")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Allt finns kvar.")
    expect(page.locator('[name="reference.value"]')).to_have_value("KS 2026/12")
    expect(page.locator('[name="reference.party"]')).to_have_value("recipient")
    expect(page.locator('[name="person.name"]')).to_have_value("Kim Ek")
    expect(page.get_by_role("switch", name="Sekretess")).to_be_checked()
    expect(page.locator('[name="attachment"]')).to_have_count(1)


@pytest.mark.feature("E12")
def test_a_failed_send_keeps_every_field_after_back(box: UUID, browse: Browse) -> None:
    """Also where nothing could be kept by the server: recipient, text, rows, choices and files come back."""
    page = browse(ANNA)
    page.on("dialog", lambda dialog: dialog.accept())
    begin(page, box)
    write_everything(page)
    nothing_sent = re.compile(".*")
    page.evaluate("navigator.sendBeacon = () => false")
    page.route(nothing_sent, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    change_more(page)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("[data-waiting]")).to_contain_text("finns kvar här")
    expect(page.locator("[data-draft]")).to_contain_text("kunde inte sparas")
    page.wait_for_function("sessionStorage.getItem('sealed message')")
    assert "Allt finns kvar" not in page.evaluate("JSON.stringify(sessionStorage)")
    expect_everything(page)
    page.goto("/help")
    page.unroute(nothing_sent)
    page.go_back()
    expect(page.locator(".pill")).to_contain_text(NAME)
    expect_everything(page)


@pytest.mark.feature("E12")
def test_what_is_refused_keeps_every_field_after_back(box: UUID, browse: Browse) -> None:
    """Without a recipient nothing is sent; who goes elsewhere at once and comes back finds all of it."""
    page = browse(ANNA)
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name="SDK").check()
    expect(page.get_by_text("Referenser och personer")).to_be_visible()
    write_everything(page)
    change_more(page)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("#faults a").first).to_be_visible()
    expect_everything(page)
    expect(page.locator("[data-draft]")).to_contain_text("sparat")
    page.goto("/help")
    page.go_back()
    expect_everything(page)


@pytest.mark.feature("E13")
def test_a_time_is_chosen_to_send_at(box: UUID, browse: Browse, look: Look) -> None:
    """It stands under Skickade until then, can be changed, and is a draft again where it is taken back."""
    page = browse(ANNA)
    text = begin(page, box)
    page.get_by_label("Ämne").fill("I morgon bitti")
    text.fill("God morgon!")
    page.get_by_text("Skicka senare").click()
    look(page)
    page.get_by_role("button", name=re.compile(r" 08\.00$")).first.click()
    waiting = page.get_by_role("region", name=TITLE)
    expect(waiting).to_contain_text("I morgon bitti")
    expect(waiting).to_contain_text(re.compile(r"Skickas \d+ \w+ \d{4} 08\.00"))
    edges = [page.get_by_role("heading", name=name, exact=True).bounding_box() for name in ("Skickade", TITLE)]
    first, second = (edge["x"] for edge in edges if edge)
    assert abs(first - second) <= 2
    look(page)
    waiting.get_by_role("button", name="Ändra I morgon bitti").click()
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("God morgon!")
    page.get_by_text("Skicka senare").click()
    page.get_by_label("Egen tid").fill("2026-01-01T08:00")
    page.get_by_role("button", name="Skicka vid den tiden").click()
    expect(page.locator("#later-error")).to_contain_text("inte har varit")
    page.get_by_role("button", name=re.compile(r" 08\.00$")).first.click()
    waiting.get_by_role("button", name="Ångra att I morgon bitti skickas").click()
    expect(page.get_by_text("Det är ett utkast igen.")).to_be_visible()
    expect(page.get_by_role("link", name="I morgon bitti")).to_be_visible()
