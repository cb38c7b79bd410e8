"""The marks beside ways to identify: drawn by us, or the installation's own files."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from budkavle.identification import providers
from budkavle.model.errors import Misconfigured
from budkavle.settings import load_settings
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import browsing
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.web.views.render import MOST_MARK_BYTES, Pages, read_marks

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'
LETTER = "M9.5 7.5h3.1"


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two connections to BankID and a password."""
    own = providers.providers
    made: dict[str, Any] = {name: FakeIdentityProvider(name=name, label=name) for name in ("staff", "firm")}
    for one in made.values():
        one.icon = "letter-b"
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **made})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for marks."""
    made = tmp_path / "marks"
    made.mkdir()
    return made


def drawn(page: str) -> dict[str, str]:
    """What stands before the name of each way."""
    found = re.findall(r'name="way"\s+value="(\w+)">(.*?)<span>', page, re.DOTALL)
    assert found
    return dict(found)


@pytest.mark.feature("E30")
@pytest.mark.usefixtures("ways")
def test_a_way_has_its_letter_or_the_installations_own_mark(platform: Platform, folder: Path) -> None:
    """A connection's own file before that of its kind; a way without a file keeps what we have drawn."""
    with browsing(platform) as browse:
        signs = drawn(browse().get("/sign-in").text)
    assert LETTER in signs["staff"]
    assert "<img" not in "".join(signs.values())
    (folder / "letter-b.svg").write_bytes(SVG)
    (folder / "firm.png").write_bytes(b"\x89PNG")
    platform.settings = msgspec.structs.replace(platform.settings, marks=folder)
    with browsing(platform) as browse:
        browser = browse()
        signs = drawn(browser.get("/sign-in").text)
        (address,) = re.findall(r'src="([^"]*letter-b.svg)" alt=""', signs["staff"])
        assert 'firm.png" alt=""' in signs["firm"]
        assert "<img" not in signs["password"]
        answer = browser.get(address)
    assert answer.content == SVG
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "script-src 'nonce-" in answer.headers["content-security-policy"]


def test_what_is_no_mark_stops_the_start(platform: Platform, folder: Path) -> None:
    """A folder that is not there, another type, a file that is too large: each is named."""
    assert read_marks(None) == ()
    with pytest.raises(Misconfigured, match="finns inte"):
        read_marks(folder / "nowhere")
    for name, size in (("readme.txt", 1), ("page.html", 1), ("bankid.svg", MOST_MARK_BYTES + 1)):
        file = folder / name
        file.write_bytes(b"x" * size)
        platform.settings = msgspec.structs.replace(platform.settings, marks=folder)
        with pytest.raises(Misconfigured, match=name):
            Pages.of(platform)
        file.unlink()
    assert read_marks(folder) == ()


def test_the_folder_lies_beside_the_settings(tmp_path: Path) -> None:
    """Unless its path begins at the root."""
    file = tmp_path / "budkavle.toml"
    file.write_text('marks = "marks"\n', "utf-8")
    assert load_settings(file, {}).marks == tmp_path / "marks"
