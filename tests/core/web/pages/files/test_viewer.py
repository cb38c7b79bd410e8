"""A file in the page: pictures of its pages, who may see them, what is noted, and what bombs come to."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from tests.core.previews.test_looking import pdf

from budkavle import File
from budkavle.testing.organisations import SampleOrganisation, SampleUser

Browse = Callable[..., Any]


def tiff(*colours: str) -> bytes:
    """Return a fax: a page of each colour."""
    first, *others = [Image.new("RGB", (60, 90), colour) for colour in colours]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=others)
    return out.getvalue()


def arrive(organisation: SampleOrganisation, name: str, kind: str, content: bytes) -> UUID:
    """Let a message with a file come, and return the file's id."""
    case_id = organisation.arrive(files=(File(name, kind, content),))
    query = "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.case_id = :case"
    (row,) = organisation.rows(query, case=case_id)
    found: UUID = row.id
    return found


def state(organisation: SampleOrganisation) -> str:
    """Return the state of the one message that has come."""
    (row,) = organisation.rows("SELECT state FROM messages")
    return str(row.state)


@pytest.mark.feature("E15")
def test_a_document_is_shown_page_by_page_with_its_text(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """As pictures of the server's own, without JavaScript; the sixth page too, which another child draws."""
    file = arrive(organisation, "Plan.pdf", "application/pdf", pdf(*(f"Sidan nr {number}" for number in range(1, 8))))
    browser = browse(case_worker)
    first = browser.get(f"/a/{file}/view").text
    assert "Sida 1 av 7" in first
    assert "Sidan nr 1" in first
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    sixth = browser.get(f"/a/{file}/view?page=6").text
    assert "Sidan nr 6" in sixth
    last = browser.get(f"/a/{file}/view?page=7").text
    assert 'rel="next"' not in last
    picture = browser.get(f"/a/{file}/pages/6")
    assert picture.content[8:12] == b"WEBP"
    assert picture.headers["cache-control"] == "no-store"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert browser.get(f"/a/{file}/pages/8").status_code == 404
    assert browser.get(f"/a/{file}/pages/0").status_code == 404


@pytest.mark.feature("E15")
def test_a_fax_is_read_page_by_page_and_a_text_as_it_stands(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """Nothing of a text runs."""
    fax = arrive(organisation, "Fax.tiff", "image/tiff", tiff("white", "black"))
    text = arrive(organisation, "Lista.txt", "text/plain", b"Hej <script>alert(1)</script>")
    browser = browse(case_worker)
    assert "Sida 2 av 2" in browser.get(f"/a/{fax}/view?page=2").text
    assert "Hej &lt;script&gt;" in browser.get(f"/a/{text}/view").text


@pytest.mark.feature("E15")
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("paket.zip", b"PK\x03\x04" + bytes(40), "kan inte förhandsvisas"),
        ("trasig.pdf", b"%PDF-1.7 inget", "den är skadad"),
    ],
)
def test_what_cannot_be_shown_says_why_and_can_be_downloaded(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse, name: str, content: bytes, sentence: str
) -> None:
    """In a plain sentence."""
    file = arrive(organisation, name, "application/octet-stream", content)
    page = browse(case_worker).get(f"/a/{file}/view")
    assert page.status_code == 200
    assert sentence in page.text
    assert f'href="/a/{file}"' in page.text


@pytest.mark.feature("E15")
def test_opening_a_file_counts_as_taking_it_and_its_tile_does_not(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """The tile shows how the first page looks, too small to be read."""
    file = arrive(organisation, "Plan.pdf", "application/pdf", pdf("Hej"))
    browser = browse(case_worker)
    tile = browser.get(f"/a/{file}/tile")
    assert Image.open(io.BytesIO(tile.content)).width <= 120
    assert state(organisation) != "DOWNLOADED"
    browser.get(f"/a/{file}/view")
    assert state(organisation) == "DOWNLOADED"


@pytest.mark.feature("E15")
def test_others_see_nothing_of_a_file(organisation: SampleOrganisation, outsider: SampleUser, browse: Browse) -> None:
    """Neither the viewer, nor a page, nor the tile."""
    file = arrive(organisation, "Plan.pdf", "application/pdf", pdf("Hej"))
    browser = browse(outsider)
    for path in ("view", "pages/1", "tile"):
        assert browser.get(f"/a/{file}/{path}").status_code == 404


@pytest.mark.feature("E15")
def test_the_frame_of_a_pdf_has_no_origin_and_asks_nobody_else(case_worker: SampleUser, browse: Browse) -> None:
    """Its policy takes its origin away; PDF.js' own files, and no others of ours, may be asked for by it."""
    browser = browse(case_worker)
    frame = browser.get("/pdf-frame")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts;")
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    start = frame.text.index("/static/")
    assert browser.get(frame.text[start : frame.text.index('"', start)]).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in browser.get("/c/x").headers


@pytest.mark.feature("E15")
def test_a_picture_is_shown_as_one_of_ours(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Browse
) -> None:
    """Drawn anew, so that nothing that lay in the file comes along."""
    out = io.BytesIO()
    secret = Image.Exif()
    secret[0x010E] = "taken at home"
    Image.new("RGB", (60, 90), "red").save(out, "JPEG", exif=secret)
    file = arrive(organisation, "Foto.jpg", "image/jpeg", out.getvalue())
    browser = browse(case_worker)
    assert f'src="/a/{file}/pages/1"' in browser.get(f"/a/{file}/view").text
    picture = browser.get(f"/a/{file}/pages/1").content
    shown = Image.open(io.BytesIO(picture))
    red, green, blue = shown.convert("RGB").getpixel((30, 45))
    assert red > 200
    assert max(green, blue) < 60
    assert b"taken at home" in out.getvalue()
    assert b"taken at home" not in picture
