"""What the phone shares and scans becomes a draft."""

import io
import re
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.phone.phone_page import PAGE, PHONE, kept, with_worker

from budkavle.testing.running import Running

Look = Callable[[Page], None]


def photo(colour: str = "#c00") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (600, 800), colour).save(made, "JPEG")
    return made.getvalue()


def test_a_share_becomes_a_message(phone: Page, look: Look) -> None:
    """As the share sheet posts it, past the worker, to the draft."""
    with_worker(phone)
    phone.evaluate(
        """() => { const form = document.createElement('form');
          Object.assign(form, {id: 'sheet', method: 'post', action: '/plugin/phone/share'});
          form.enctype = 'multipart/form-data';
          for (const [name, value] of [['title', 'Trasigt räcke'], ['text', 'Se bilden'], ['url', '']]) {
            const field = document.createElement('input'); Object.assign(field, {name, value}); form.append(field); }
          const file = document.createElement('input');
          Object.assign(file, {type: 'file', name: 'files', multiple: true});
          form.append(file); document.body.append(form); }"""
    )
    image = {"name": "räcke.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    phone.set_input_files("#sheet input[type=file]", [image])  # type: ignore[list-item]
    phone.evaluate("document.getElementById('sheet').submit()")
    expect(phone.get_by_role("heading", name="Delat till Budkavle")).to_be_visible()
    look(phone)
    phone.get_by_label("Skicka från").select_option(label="Bygglov")
    phone.get_by_role("button", name="Skriv meddelandet").click()
    expect(phone.get_by_label("Ämne")).to_have_value("Trasigt räcke")
    expect(phone.get_by_text("räcke.jpg")).to_be_visible()


def test_the_scanner_by_camera_and_keyboard(phone: Page, look: Look) -> None:
    """Two pages by the camera and one chosen, moved, turned, cut and removed by keys alone, and a PDF in the draft."""
    phone.goto(f"{PAGE}/scan")
    phone.get_by_role("button", name="Öppna kameran").press("Enter")
    phone.wait_for_function("() => document.querySelector('[data-video]').videoWidth > 0")
    for number in (1, 2):
        phone.get_by_role("button", name="Ta bild").press("Enter")
        expect(phone.get_by_text(f"Sida {number} är tillagd.")).to_be_attached()
    phone.set_input_files("#pictures", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    pages = phone.get_by_role("list", name="Sidor").get_by_role("listitem")
    expect(pages).to_have_count(3)
    look(phone)
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
    pages.nth(2).get_by_role("button", name="Flytta upp").press("Enter")
    expect(phone.get_by_text("Sidan ligger nu som nummer 2.")).to_be_attached()
    pages.nth(1).get_by_role("button", name="Vrid").press("Enter")
    pages.nth(1).get_by_text("Skär bort kanter").press("Enter")
    pages.nth(1).get_by_label("Upptill").press("ArrowRight")
    pages.nth(0).get_by_role("button", name="Ta bort").press("Enter")
    expect(pages).to_have_count(2)
    phone.get_by_role("button", name="Gör PDF och skriv meddelandet").press("Enter")
    expect(phone.get_by_text(re.compile(r"Skannat 20.*\.pdf"))).to_be_visible()
    assert kept(phone)[:2] == [[], []]


def test_the_scanner_says_what_it_does_not_take(phone: Page) -> None:
    """What is no picture, and what the server would refuse: then every page would be lost."""
    phone.goto(f"{PAGE}/scan")
    phone.wait_for_load_state("networkidle")
    text = {"name": "b.txt", "mimeType": "text/plain", "buffer": b"hej"}
    image = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    pages = phone.get_by_role("list", name="Sidor").get_by_role("listitem")
    phone.set_input_files("#pictures", [text, image])  # type: ignore[list-item]
    expect(phone.get_by_text("En fil gick inte att läsa som bild.")).to_be_visible()
    expect(pages).to_have_count(1)
    for limit in ("most", "mostBytes"):
        phone.evaluate("limit => { document.querySelector('[data-scan]').dataset[limit] = '1'; }", limit)
        phone.set_input_files("#pictures", [image])  # type: ignore[list-item]
        expect(phone.get_by_text("Det blir för mycket: högst 30 sidor och 100 MB.")).to_be_visible()
        expect(pages).to_have_count(1)
        phone.evaluate("limit => { document.querySelector('[data-scan]').dataset[limit] = '1000000'; }", limit)


def test_the_scanner_without_a_script(small: Running, phone: Page, open_page: OpenPage) -> None:
    """The chosen pictures are sent in their order."""
    page = open_page(small.url, java_script_enabled=False, storage_state=phone.context.storage_state())
    page.goto(f"{PAGE}/scan")
    page.set_input_files("#pictures", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    page.get_by_role("button", name="Gör PDF och skriv meddelandet").click()
    expect(page.get_by_text(re.compile(r"Skannat 20.*\.pdf"))).to_be_visible()
