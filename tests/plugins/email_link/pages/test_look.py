"""Headers, language and look of the pages of a link."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from budkavle.accounts.profile import InformationSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.organisation import logos
from budkavle.testing.acting import in_work

NewReader = Callable[..., Any]


def test_headers_keep_the_address_to_ourselves(email_link: Any, reader: NewReader) -> None:
    """No referrer, no cache, no index; no script is needed and nothing is fetched from elsewhere."""
    email_link.write()
    maria = reader()
    for page in (maria.get(), maria.open()):
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "noindex" in page.headers["x-robots-tag"]
        assert '<meta name="referrer" content="no-referrer" />' in page.text
        assert "htmx" not in re.sub(r'<meta name="htmx-config".*?/>', "", page.text, flags=re.DOTALL)
        assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []


def test_the_readers_language_and_the_switch(email_link: Any, reader: NewReader) -> None:
    """The sender's choice for the reader, until the reader chooses."""
    from budkavle import Terms

    email_link.write(terms={"maria@exempel.example": Terms(language="en")})
    maria = reader()
    page = maria.get()
    assert '<html lang="en" ' in page.text
    assert "Read the message" in page.text
    assert f'href="{maria.path}?lang=sv"' in page.text
    assert '<html lang="sv" ' in maria.get("?lang=sv").text
    assert '<html lang="sv" ' in maria.get().text
    assert "Läs meddelandet" in maria.get().text
    maria.get("?lang=en")
    assert '<html lang="en" ' in maria.client.get("/sign-in").text, "the core's own pages speak it too"
    assert set(maria.client.cookies) == {"__Host-language"}


def test_the_language_is_kept_once_and_safely(email_link: Any, reader: NewReader) -> None:
    """Bound to this host and to https, and not read by scripts; set at the first page and where it is chosen."""
    email_link.write()
    maria = reader()
    (kept,) = maria.get().headers.get_list("set-cookie")
    name, *attributes = (part.strip().lower() for part in kept.split(";"))
    assert name == "__host-language=sv"
    assert set(attributes) == {"secure", "httponly", "path=/", "samesite=lax", "max-age=31536000"}
    assert "set-cookie" not in maria.get().headers
    assert "set-cookie" not in maria.get("?lang=tlh").headers
    assert maria.get("?lang=en").headers["set-cookie"].startswith("__Host-language=en;")


@pytest.mark.feature("E31")
def test_the_pages_have_the_organisations_name_logo_and_colour(email_link: Any, reader: NewReader) -> None:
    """Before and after the reader has identified; without a logo the name alone, and our colour."""
    email_link.write()
    maria = reader()
    assert 'class="logo"' not in maria.get().text
    organisation, drawn = email_link.organisation, io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(drawn, "PNG")
    logo = logos.read_picture(drawn.getvalue())
    in_work(organisation.platform, organisation.system, logos.set_logo, logo)
    in_work(organisation.platform, organisation.system, write_settings, InformationSettings, {"colour": "#c8102e"})
    for page in (maria.get().text, maria.open().text):
        head = page.partition("<main")[0]
        assert f'<img class="logo" src="/logo/{organisation.id}/{logo.version}" alt="" />' in head
        assert "Håbo kommun" in head
        assert "/brand/c8102e.css" in head
    assert reader().client.get(f"/logo/{organisation.id}/{logo.version}").content.startswith(b"\x89PNG")
