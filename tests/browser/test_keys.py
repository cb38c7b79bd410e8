"""An organisation's keys in a browser: an administrator adds one from a file, with and without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budkavle.testing import SampleUser
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.simulator.ca import CertificateAuthority

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """A pair from somebody's authority."""
    authority = CertificateAuthority.at(tmp_path_factory.mktemp("authority"))
    return authority.issue("bjorkvik.example", "Björkviks kommun")


@pytest.fixture
def file(fresh: KeyPair, tmp_path: Path) -> Path:
    """The pair as its issuer hands it out."""
    path = tmp_path / "ny.p12"
    path.write_bytes(fresh.to_pkcs12(b"hemligt"))
    return path


def chief(people: dict[str, SampleUser]) -> str:
    return next(email for email, user in people.items() if user.is_admin and "bjorkvik" in email)


@pytest.mark.feature("SD18")
def test_an_administrator_adds_a_key(
    people: dict[str, SampleUser], browse: Callable[..., Page], look: Any, file: Path
) -> None:
    """From the organisation's settings; a wrong password is told at the file, and what to do next when it is right."""
    page = browse(chief(people))
    page.goto("/organisation/settings")
    page.get_by_role("link", name="Visa nycklar").click()
    expect(page.get_by_role("heading", name="Nycklar för SDK")).to_be_visible()
    expect(page.get_by_text("Inget behöver göras.")).to_be_visible()
    look(page)
    page.get_by_label("Nyckelfil").set_input_files(file)
    page.get_by_label("Filens lösenord").fill("fel")
    page.get_by_role("button", name="Lägg in nyckeln").click()
    expect(page.locator("#key-error")).to_contain_text("Kontrollera lösenordet")
    expect(page.get_by_label("Filens lösenord")).to_have_value("")
    look(page)
    page.get_by_label("Nyckelfil").set_input_files(file)
    page.get_by_label("Filens lösenord").fill("hemligt")
    page.get_by_role("button", name="Lägg in nyckeln").click()
    expect(page.get_by_text("Nyckeln är inlagd och öppnar genast.")).to_be_visible()
    expect(page.get_by_text("väntar på publicering")).to_be_visible()
    look(page)


def test_it_works_without_javascript(
    people: dict[str, SampleUser], browse: Callable[..., Page], fresh: KeyPair, file: Path, tmp_path: Path
) -> None:
    """The same form: what is there already is told, and the certificate can be fetched to be published."""
    page = browse(chief(people), java_script_enabled=False)
    page.goto("/plugin/sdk/keys")
    for _ in range(2):
        page.get_by_label("Nyckelfil").set_input_files(file)
        page.get_by_label("Filens lösenord").fill("hemligt")
        page.get_by_role("button", name="Lägg in nyckeln").click()
    expect(page.locator("#key-error")).to_have_text("Nyckeln finns redan.")
    serial = f"{fresh.certificate.serial_number:x}"
    with page.expect_download() as got:
        page.get_by_role("link", name=f"Hämta certifikatet {serial[:4]}").click()
    assert Path(got.value.path()).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
