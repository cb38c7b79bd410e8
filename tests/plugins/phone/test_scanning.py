"""The scanner: pictures become one PDF in a draft, in their order, cut and turned, without the camera's notes."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from budkavle import FunctionMailbox, Invalid, bounded
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.browsing import Browser
from budkavle_phone.pages import scanning
from budkavle_phone.scanning.pages_to_pdf import LONGEST_SIDE, Cut, pages_to_pdf

SCAN = "/plugin/phone/scan"
RED, BLUE = (200, 0, 0), (0, 0, 200)


def picture(colour: Any = RED, size: tuple[int, int] = (400, 600), form: str = "JPEG", **more: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, form, **more)
    return made.getvalue()


def halves() -> bytes:
    """Red above, blue below."""
    whole, made = Image.new("RGB", (400, 600), RED), io.BytesIO()
    whole.paste(BLUE, (0, 300, 400, 600))
    whole.save(made, "PNG")
    return made.getvalue()


def pages(pdf: bytes) -> list[Image.Image]:
    return [page.images[0].image.convert("RGB") for page in PdfReader(io.BytesIO(pdf)).pages]  # type: ignore[union-attr]


def is_near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def test_each_picture_is_a_page_in_its_order() -> None:
    """A4, upright or across as the picture is."""
    pdf = pages_to_pdf([picture(RED), picture(BLUE, (600, 400), "WEBP")], [])
    first, second = PdfReader(io.BytesIO(pdf)).pages
    assert [round(float(side)) for side in first.mediabox[2:]] == [595, 842]
    assert [round(float(side)) for side in second.mediabox[2:]] == [842, 595]
    assert [is_near(page.getpixel((5, 5)), colour) for page, colour in zip(pages(pdf), (RED, BLUE), strict=True)] == [
        True,
        True,
    ]


def test_edges_are_cut_and_pages_turned() -> None:
    """The upper half cut away leaves the lower; a quarter to the right makes the top the right side."""
    (cut,) = pages(pages_to_pdf([halves()], [Cut(top=50)]))
    assert cut.size == (400, 300)
    assert is_near(cut.getpixel((5, 5)), BLUE)
    (turned,) = pages(pages_to_pdf([halves()], [Cut(turns=1)]))
    assert turned.size == (600, 400)
    assert is_near(turned.getpixel((595, 200)), RED)


def test_large_pictures_are_made_smaller_and_lose_the_cameras_notes() -> None:
    """No place and no device go along; a picture that lies on its side by its notes is set upright first."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = 6, "Hemlig telefon", "2026:11:28 10:00:00"
    pdf = pages_to_pdf([picture(RED, (4000, 3000), exif=exif)], [])
    (page,) = pages(pdf)
    assert page.size == (round(LONGEST_SIDE * 3 / 4), LONGEST_SIDE)
    assert b"Hemlig" not in pdf
    assert b"2026:11" not in pdf


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"GIF89a" + bytes(50), picture()[:200]])
def test_what_is_no_picture_is_refused_by_its_number(content: bytes) -> None:
    """So that its person knows which to take anew."""
    with pytest.raises(Invalid, match="Sida 2"):
        pages_to_pdf([picture(), content], [])


def test_nothing_left_of_a_page_is_refused() -> None:
    with pytest.raises(Invalid, match="bortskuret"):
        pages_to_pdf([picture()], [Cut(left=50, right=45)])
    with pytest.raises(Invalid):
        pages_to_pdf([], [])


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read() -> None:
    """Its head says 60,000 by 60,000: no memory is taken for it."""
    head = bytearray(picture(form="PNG"))
    head[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(Invalid):
        pages_to_pdf([bytes(head)], [])


def test_it_works_in_the_closed_child() -> None:
    """All that a picture needs is there before the child is closed."""
    forms = [picture(form=form) for form in ("JPEG", "PNG", "WEBP")]
    pdf: bytes = bounded(pages_to_pdf, forms, [Cut(turns=1)], bounds=scanning.BOUNDS)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 3


def post(browser: Browser, mailbox_id: object, files: list[bytes], **fields: str) -> Any:
    sent = [("pictures", (f"{number}", content, "image/jpeg")) for number, content in enumerate(files)]
    return browser.post(SCAN, files=sent, mailbox=str(mailbox_id), **fields)


def test_a_scan_becomes_an_attachment_of_a_draft(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """As the form sends it without a script; the page may use the camera, and no other page may."""
    ada = browse(case_worker)
    shown = ada.get(SCAN)
    assert "camera=(self)" in shown.headers["permissions-policy"]
    assert "camera=()" in ada.get("/account").headers["permissions-policy"]
    begun = post(ada, mailbox.id, [picture(), picture(BLUE)], cuts=json.dumps([{"top": 10}]))
    assert begun.status_code == 303, begun.text
    assert "Skannat 20" in ada.get(begun.headers["location"]).text


def test_the_form_is_judged(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Foreign mailbox, missing token, no picture, too many: nothing is begun."""
    ada, mine = browse(case_worker), case_worker.personal_id
    assert post(ada, other_administrator.personal_id, [picture()]).status_code == 404
    assert post(ada, mine, [picture()], csrf="").status_code == 403
    refused = post(ada, mine, [b"x"])
    assert refused.status_code == 422
    assert "Sida 1" in refused.text
    assert f'<option value="{mine}" selected>' in refused.text
    monkeypatch.setattr(scanning, "MOST_PAGES", 1)
    assert post(ada, mine, [picture(), picture()]).status_code == 422
    assert browse(None).get(SCAN).headers["location"].startswith("/sign-in")
