"""BankID by a key file, and SAML by metadata, connected on the page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from lxml import etree

from budkavle import Platform, Role
from budkavle.accounts import users
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.launcher import Simulator

PATH, PASSWORD = "/plugin/eid/connections", "bankens lösenord"
COMMON = {"label": "BankID", "organisations": "", "audiences": "", "loa": "3"}
BANKID = {**COMMON, "name": "bank", "environment": "test"}
SAML = {**COMMON, "name": "federation", "label": "Federationen", "preset": "swedenconnect", "levels": "", "idp": ""}
METADATA = """<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/saml">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("eid",))


@pytest.fixture
def installer(organisation: SampleOrganisation, administrator: SampleUser, browse: Callable[..., Any]) -> Any:
    """The browser of an administrator of the installation."""
    platform = organisation.platform
    in_work(platform, system_actor(organisation.id), users.update_user, administrator.id, role=Role.PLATFORM)
    return browse(administrator)


@pytest.fixture
def key_file(files: Certificates) -> bytes:
    """What the bank sends: a key and its certificate under a password."""
    certificate = x509.load_pem_x509_certificate(files.client.read_bytes())
    key: Any = load_pem_private_key(files.client.with_suffix(".key").read_bytes(), None)
    return pkcs12.serialize_key_and_certificates(
        b"test", key, certificate, None, BestAvailableEncryption(PASSWORD.encode())
    )


@pytest.mark.feature("N5")
def test_bankid_is_connected_by_its_key_file(
    installer: Any, key_file: bytes, files: Certificates, simulator: Simulator, platform: Platform
) -> None:
    """The trial reaches the service with our certificate; the file lies on the disk under another password."""
    uploads = {"certificate": ("bank.p12", key_file), "ca": ("ca.pem", files.ca.read_bytes())}
    address = simulator.addresses.bankid()[0].base_url
    answer = installer.post(f"{PATH}/new?kind=bankid", files=uploads, **BANKID, passphrase=PASSWORD, base_url=address)
    assert answer.status_code == 303, _errors(answer)
    page = installer.get(f"{PATH}/bank").text
    assert PASSWORD not in page
    step = installer.post(f"{PATH}/bank/try")
    assert "<svg" in step.text  # the QR code that the service began with
    written = list(Path(platform.plugins.host("eid").data).rglob("*.p12"))
    assert written
    for path in written:
        assert path.stat().st_mode & 0o077 == 0
        with pytest.raises(ValueError, match="password"):
            pkcs12.load_key_and_certificates(path.read_bytes(), PASSWORD.encode())
    again = installer.post(f"{PATH}/bank", **{**BANKID, "label": "BankID igen"}, passphrase="", base_url=address)
    assert again.status_code == 303, _errors(again)


WRONG_FILES: list[tuple[dict[str, Any], str]] = [
    ({"passphrase": "fel"}, "stämmer lösenordet"),
    ({"certificate": b"ingen nyckelfil"}, "PKCS#12"),
    ({"certificate": b""}, "Välj filen med certifikat"),
    ({"ca": b""}, "utfärdarens certifikat"),
]


def test_a_file_that_is_wrong_is_told(installer: Any, key_file: bytes, files: Certificates) -> None:
    for change, sentence in WRONG_FILES:
        contents = {"certificate": key_file, "ca": files.ca.read_bytes(), "passphrase": PASSWORD, **change}
        uploads = {name: (f"{name}.bin", contents[name]) for name in ("certificate", "ca") if contents[name]}
        answer = installer.post(f"{PATH}/new?kind=bankid", files=uploads, **BANKID, passphrase=contents["passphrase"])
        assert answer.status_code == 422, change
        assert sentence in answer.text, change
        assert contents["passphrase"] not in answer.text, change


@pytest.mark.feature("N5")
def test_saml_is_connected_by_metadata(
    installer: Any, files: Certificates, program: Callable[..., str], browse: Callable[..., Any]
) -> None:
    """A key is made here; whoever runs the identity provider reads our metadata without signing in."""
    program("xmlsec1")
    certificate = "".join(files.signing.read_text().split("-----")[2].split())
    uploads = {"metadata_file": ("idp.xml", METADATA.format(certificate=certificate).encode())}
    answer = installer.post(f"{PATH}/new?kind=saml", files=uploads, **SAML)
    assert answer.status_code == 303, _errors(answer)
    ours = etree.fromstring(browse(None).get(f"{PATH}/federation/metadata").content)
    assert ours.get("entityID", "").endswith(f"{PATH}/federation/metadata")
    first = ours.findtext(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    assert first
    assert "https://idp.example/sso" in installer.post(f"{PATH}/federation/try").text
    installer.post(f"{PATH}/federation", **{**SAML, "label": "Annan text"})
    ours = etree.fromstring(browse(None).get(f"{PATH}/federation/metadata").content)
    assert ours.findtext(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate") == first  # they know us by it


@pytest.mark.feature("N5")
@pytest.mark.parametrize("content", [b"<html", b"<html><body>Metadata</body></html>", b"<!DOCTYPE x><x/>"])
def test_a_file_that_is_no_metadata_is_told_at_its_field(installer: Any, content: bytes) -> None:
    """A web page that was saved in place of the file; nothing is stored."""
    answer = installer.post(f"{PATH}/new?kind=saml", files={"metadata_file": ("idp.xml", content)}, **SAML)
    assert answer.status_code == 422
    assert "Filen går inte att läsa som SAML-metadata." in answer.text
    assert installer.get(f"{PATH}/federation").status_code == 404


def _errors(answer: Any) -> list[str]:
    """Return what a page says is wrong."""
    return re.findall(r'class="error"[^>]*>(.*?)</p>|role="alert"[^>]*>(.*?)</div>', answer.text, re.DOTALL)[:4]
