"""A guest reads the files of a message in the page, as surely identified as for the message itself."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.previews.test_looking import pdf

from budkavle import Terms
from budkavle.cases import store_attachment

NewReader = Callable[..., Any]
PLACES = ("/view", "/pages/1", "/tile")


def stored(email_link: Any, name: str, kind: str, content: bytes) -> Any:
    """Return the id of a file of Anna's."""
    return store_attachment(email_link.platform, email_link.anna, name, kind, iter([content])).id


@pytest.fixture
def plan(email_link: Any) -> str:
    """The path of a PDF of two pages, below the link that was sent with it, at level 1."""
    file = stored(email_link, "Plan.pdf", "application/pdf", pdf("Tid och plats", "Andra sidan"))
    email_link.write(subject="Kallelse", attachments=(file,))
    return f"/file/{file}"


@pytest.mark.feature("E15")
def test_a_guest_reads_a_document_page_by_page(reader: NewReader, plan: str) -> None:
    """The message has a tile for it; its pages are pictures of ours with their text, and lead back to the message."""
    maria = reader()
    page = maria.open()
    assert f'href="{maria.path}{plan}/view"' in page.text
    assert f'<img src="{maria.path}{plan}/tile"' in page.text
    first = maria.get(f"{plan}/view")
    assert "Sida 1 av 2" in first.text
    assert "Tid och plats" in first.text
    assert re.search(f'href="{maria.path}"[^>]*>.*?Till meddelandet', first.text, re.DOTALL)
    second = maria.get(f"{plan}/view?page=2").text
    assert "Andra sidan" in second
    assert 'rel="next"' not in second
    for place in PLACES[1:]:
        picture = maria.get(plan + place)
        assert picture.content[8:12] == b"WEBP"
        assert "sandbox" in picture.headers["content-security-policy"]
        assert picture.headers["cache-control"] == "no-store"
    for shown in (first, picture):
        assert shown.headers["referrer-policy"] == "no-referrer"
    assert maria.get(f"{plan}/pages/3").status_code == 404


@pytest.mark.feature("E15", "S19")
def test_reading_a_file_leaves_what_a_download_leaves(email_link: Any, reader: NewReader, plan: str) -> None:
    """The sender sees that it was taken, and the event log that the link was read; the tile is not enough for that."""
    maria = reader()
    maria.open()
    (delivery,) = email_link.organisation.rows("SELECT * FROM deliveries")
    maria.get(f"{plan}/tile")
    assert email_link.organisation.rows("SELECT downloaded_at FROM deliveries")[0].downloaded_at is None
    maria.get(f"{plan}/view")
    assert email_link.organisation.rows("SELECT downloaded_at FROM deliveries")[0].downloaded_at is not None
    assert any(str(delivery.id) in entry for entry in email_link.organisation.log_entries("link.read"))


@pytest.mark.feature("E15", "M6")
def test_a_file_asks_for_the_level_of_its_message(email_link: Any, reader: NewReader, plan: str) -> None:
    """Nobody who has not identified sees anything of it, and nobody who has not done it surely enough."""
    stranger = reader()
    for place in PLACES:
        assert stranger.get(plan + place, follow_redirects=False).status_code == 303
    maria = reader()
    maria.open()
    email_link.organisation.rows("UPDATE messages SET loa = 3")
    for place in PLACES:
        refused = maria.get(plan + place)
        assert refused.status_code == 403
        assert b"WEBP" not in refused.content
        assert "Tid och plats" not in refused.text
    assert email_link.organisation.rows("SELECT downloaded_at FROM deliveries")[0].downloaded_at is None


@pytest.mark.feature("E15")
def test_a_file_of_another_message_is_not_there(email_link: Any, reader: NewReader, plan: str) -> None:
    """A guest of one link sees nothing of another's files."""
    email_link.write(subject="Den andra")
    other = reader()
    other.open()
    for place in PLACES:
        assert other.get(plan + place).status_code == 404


@pytest.mark.feature("E15")
def test_a_text_is_shown_and_what_cannot_be_shown_says_why_in_the_guests_language(
    email_link: Any, reader: NewReader
) -> None:
    """Nothing of a text runs."""
    text = stored(email_link, "Lista.txt", "text/plain", b"Hej <script>alert(1)</script>")
    pack = stored(email_link, "paket.zip", "application/zip", b"PK\x03\x04" + bytes(40))
    email_link.write(attachments=(text, pack), terms={"maria@exempel.example": Terms(language="en")})
    maria = reader()
    maria.open()
    assert "Hej &lt;script&gt;" in maria.get(f"/file/{text}/view").text
    fault = maria.get(f"/file/{pack}/view").text
    assert "no preview of this kind of file" in fault
    assert "Back to the message" in fault
    assert re.search(r'href="/l/[^"]+/file/[^"]+"', fault)


@pytest.mark.feature("E15")
def test_the_frame_of_a_pdf_speaks_the_guests_language(reader: NewReader, plan: str) -> None:
    """It is open to everybody, as nothing of a document has an address there."""
    maria = reader()
    maria.open()
    assert 'data-frame="/pdf-frame?lang=sv"' in maria.get(f"{plan}/view").text
    frame = maria.client.get("/pdf-frame?lang=en")
    assert frame.status_code == 200
    assert "Next page" in frame.text
    assert frame.headers["content-security-policy"].startswith("sandbox allow-scripts;")
