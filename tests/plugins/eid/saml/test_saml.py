"""SAML 2: the whole way, our metadata, and levels."""

import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import saml2.sigver
from lxml import etree

from budkavle import Failed, Identity, Loa, Misconfigured, Redirect
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_eid.saml import private_key, xmlsec1
from budkavle_eid.saml.metadata import health
from budkavle_eid.saml.provider import SamlProvider

DIGG = "http://id.elegnamnden.se/loa/1.0/"
HINTS = {"language": "sv", "return_url": "http://127.0.0.1:8420/sign-in/back/idp"}
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
SigningIn = Callable[..., Any]
Connect = Callable[..., SamlProvider]


class TestContract(IdentityProviderContract):
    """The core's own contract."""

    @pytest.fixture
    def provider(self, connect: Connect) -> SamlProvider:
        """Our side, of Sweden Connect's profile."""
        return connect()

    @pytest.fixture
    def hints(self) -> Mapping[str, str]:
        """What the page knows."""
        return HINTS

    @pytest.fixture
    def answers(self, provider: SamlProvider, idp: Any) -> Any:
        """What the browser brings back from the provider."""
        return (idp.sign_in,)


@pytest.mark.feature("A9")
def test_who_signs_in_is_known_with_the_level_that_the_provider_returned(
    provider: SamlProvider, signing_in: SigningIn
) -> None:
    """Name, personnummer, subject and level come out of the encrypted assertion."""
    step = signing_in(provider, wanted=Loa.THREE)
    assert isinstance(step, Identity), step
    assert (step.provider, step.subject, step.loa) == ("idp", "anna-pseudonym", Loa.THREE)
    assert step.attributes["personnummer"] == "199001012385"
    assert step.attributes["name"] == "Anna Test"
    assert step.attributes["evidence"] == "transaction-1"
    assert step.attributes["raw_acr"] == f"{DIGG}loa3"


def test_the_level_is_asked_for_exactly(idp: Any, provider: SamlProvider) -> None:
    """The signed request names the levels that will do, and no other; a rise of level asks the person anew."""
    request = idp.read(provider.start(Loa.THREE, HINTS))
    (wanted,) = request.findall("samlp:RequestedAuthnContext", NS)
    assert wanted.get("Comparison") == "exact"
    assert [one.text for one in wanted] == [f"{DIGG}loa3", f"{DIGG}loa4"]
    assert request.get("ForceAuthn") is None
    assert request.get("AssertionConsumerServiceURL") == HINTS["return_url"]
    assert idp.read(provider.start(Loa.TWO, {**HINTS, "account": "someone"})).get("ForceAuthn") == "true"


@pytest.mark.parametrize(
    ("ago", "sentence"), [(0, ""), (110, ""), (130, "tidigare inloggning"), (7200, "tidigare inloggning")]
)
def test_a_rise_in_level_is_a_fresh_identification(idp: Any, provider: SamlProvider, ago: int, sentence: str) -> None:
    """A provider that does not heed ForceAuthn lets nobody up by this morning's sign-in; its clock may be off a bit."""
    first = provider.start(Loa.THREE, {**HINTS, "account": "someone"})
    idp.ago = ago
    step = provider.advance(first.state, idp.sign_in(first))
    if sentence:
        assert isinstance(step, Failed)
        assert sentence in step.message
    else:
        assert isinstance(step, Identity)


def test_an_assertion_that_does_not_say_when_raises_nothing(idp: Any, provider: SamlProvider) -> None:
    """The moment is required; without it nobody knows."""
    first, idp.ago = provider.start(Loa.THREE, {**HINTS, "account": "someone"}), None
    assert isinstance(provider.advance(first.state, idp.sign_in(first)), Failed)


def test_signing_in_may_go_on_where_one_is_signed_in(idp: Any, provider: SamlProvider, signing_in: SigningIn) -> None:
    """Single sign-on is what such a provider is for; when that was goes with it."""
    idp.ago = 7200
    step = signing_in(provider)
    assert isinstance(step, Identity)
    assert time.time() - float(step.attributes["identified_at"]) == pytest.approx(7200, abs=60)


def test_a_request_may_be_posted(idp: Any, connect: Connect, signing_in: SigningIn) -> None:
    """The POST binding: a form whose signature (RSA-SHA256) is in the document."""
    posting = connect(binding="post")
    step = posting.start(Loa.TWO, HINTS)
    assert isinstance(step, Redirect)
    assert (step.url, list(step.form or {})) == ("https://idp.example/sso/post", ["SAMLRequest"])
    assert idp.read(step).find("ds:Signature", NS) is not None
    assert isinstance(signing_in(posting), Identity)


def test_each_request_is_its_own(idp: Any, provider: SamlProvider) -> None:
    """Its identifier has at least 128 bits and comes once."""
    ids = {idp.read(provider.start(Loa.TWO, HINTS)).get("ID") for _ in range(3)}
    assert len(ids) == 3
    assert all(len(one) >= 22 for one in ids)


def test_our_key_is_loaded_once_until_its_file_is_another(
    idp: Any, connect: Connect, signing_in: SigningIn, pairs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL checks an RSA key for a tenth of a second when it is loaded: not at each message."""
    loaded = []
    load = private_key.load_pem_private_key
    monkeypatch.setattr(private_key, "load_pem_private_key", lambda *args: loaded.append(args) or load(*args))
    monkeypatch.setattr(saml2.sigver, "import_rsa_key_from_file", None)
    file = tmp_path / "own.key"
    file.touch()
    provider = connect(key=file)
    for number, name in enumerate(("first", "second"), 1):
        idp.sp = pairs(name)
        file.write_bytes(idp.sp.key.read_bytes())
        for _ in range(2):
            assert isinstance(signing_in(provider), Identity)
        assert len(loaded) == number


@pytest.mark.parametrize("sign", [("assertion",), ("response", "assertion")])
def test_a_signed_assertion_will_do_where_the_settings_say_so(
    idp: Any, connect: Connect, signing_in: SigningIn, sign: tuple[str, ...]
) -> None:
    """AD FS signs the assertion, which then is encrypted; both may be signed as well."""
    idp.sign = sign
    assert isinstance(signing_in(connect(signed="assertion")), Identity)


def test_presets_read_their_providers_words(idp: Any, connect: Connect, signing_in: SigningIn) -> None:
    """Inera's SITHS has a name that lasts only for the sign-in: the HSA-id says who it is. AD FS is asked no level."""
    idp.context, idp.name_format, idp.name_id = "http://id.sambi.se/loa/loa2", TRANSIENT, "once"
    idp.attributes = {
        "http://sambi.se/attributes/1/employeeHsaId": "SE2321000016-1003",
        "http://sambi.se/attributes/1/givenName": "Anna",
        "http://sambi.se/attributes/1/surname": "Test",
    }
    step = signing_in(connect(preset="inera"))
    assert (step.subject, step.loa, step.attributes["name"]) == ("SE2321000016-1003", Loa.TWO, "Anna Test")
    idp.context, idp.sign = "http://schemas.microsoft.com/claims/multipleauthn", ("assertion",)
    idp.name_format, idp.name_id = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "anna"
    claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
    idp.attributes = {f"{claims}emailaddress": "Anna@Habo.example"}
    adfs = connect(preset="adfs", levels={idp.context: 2})
    assert idp.read(adfs.start(Loa.TWO, HINTS)).find("samlp:RequestedAuthnContext", NS) is None
    step = signing_in(adfs)
    assert (step.subject, step.loa, step.attributes["email"]) == ("anna", Loa.TWO, "anna@habo.example")


def test_a_name_that_does_not_last_needs_something_that_does(
    idp: Any, provider: SamlProvider, signing_in: SigningIn
) -> None:
    """A transient NameID is nobody's account."""
    idp.name_format = TRANSIENT
    assert signing_in(provider).subject == "199001012385"
    idp.attributes = {}
    assert isinstance(signing_in(provider), Failed)


@pytest.mark.parametrize("returned", ["loa2", "loa1", "eidas-high", "unknown", ""])
def test_another_level_than_asked_for_is_refused(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, returned: str
) -> None:
    """loa2 answered where loa3 was asked, an unknown level, and none: refused, by us and not by the library."""
    idp.context = f"{DIGG}{returned}"
    step = signing_in(provider, wanted=Loa.THREE)
    assert isinstance(step, Failed)
    assert not step.retry


def test_a_level_that_the_provider_does_not_declare_is_refused(
    idp: Any, connect: Connect, signing_in: SigningIn, tmp_path: Path
) -> None:
    """Sweden Connect: a provider may only return what its metadata, which the federation signs, says it can."""
    idp.declared = (f"{DIGG}loa2",)
    provider = connect()
    assert isinstance(signing_in(provider, wanted=Loa.THREE), Failed)
    idp.context = f"{DIGG}loa2"
    assert signing_in(provider, wanted=Loa.TWO).loa is Loa.TWO


def test_levels_are_what_the_settings_say(idp: Any, connect: Connect, signing_in: SigningIn) -> None:
    """An uncertified level counts only where the settings say so; the cap of the connection holds."""
    word = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
    idp.context, idp.declared = word, (word,)
    assert isinstance(signing_in(connect()), Failed)
    assert signing_in(connect(levels={word: 3})).loa is Loa.THREE
    assert signing_in(connect(levels={word: 3}, loa=2)).loa is Loa.TWO


@pytest.mark.parametrize(
    ("status", "inner", "words"),
    [
        ("Responder", "http://id.elegnamnden.se/status/1.0/cancel", "avbröt"),
        ("Responder", "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed", "blev inte av"),
        ("Requester", "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext", "tillitsnivå"),
        ("Responder", "<&>", "gick inte att lita på"),
    ],
)
def test_the_providers_no_is_told_in_words(
    idp: Any, provider: SamlProvider, signing_in: SigningIn, status: str, inner: str, words: str
) -> None:
    """Cancelled, failed, level not reached: each has its sentence."""
    idp.status = f"urn:oasis:names:tc:SAML:2.0:status:{status}"
    idp.inner_status = inner.replace("&", "&amp;").replace("<", "&lt;")
    step = signing_in(provider)
    assert isinstance(step, Failed)
    assert words in step.message


def test_our_metadata_say_who_we_are_and_what_we_ask_for(idp: Any, provider: SamlProvider) -> None:
    """Entity id, both keys, where to post, signed requests, and the attributes by name."""
    root = etree.fromstring(provider.metadata())
    assert root.get("entityID") == "http://127.0.0.1:8420/plugin/eid/saml/idp/metadata"
    service = root.find("md:SPSSODescriptor", NS)
    assert service is not None
    assert service.get("AuthnRequestsSigned") == "true"
    assert {one.get("use") for one in service.findall("md:KeyDescriptor", NS)} == {"signing", "encryption"}
    (consumer,) = service.findall("md:AssertionConsumerService", NS)
    assert consumer.get("Location") == HINTS["return_url"]
    assert "urn:oid:1.2.752.29.4.13" in [one.get("Name") for one in service.iter("{*}RequestedAttribute")]
    certificates = {"".join(str(one.text).split()) for one in service.iter("{*}X509Certificate")}
    assert certificates == {idp.sp.base64}


def test_nothing_of_the_person_goes_to_temporary_files(
    provider: SamlProvider, signing_in: SigningIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's way would write the decrypted assertion, certificates and all; ours writes nothing."""

    def never(**_: Any) -> None:
        pytest.fail("a temporary file")

    monkeypatch.setattr(saml2.sigver, "NamedTemporaryFile", never)
    monkeypatch.setattr(tempfile, "mkstemp", never)
    assert isinstance(signing_in(provider), Identity)


def test_nothing_of_the_person_is_logged(
    idp: Any,
    provider: SamlProvider,
    signing_in: SigningIn,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not when it goes well, and not when a response is refused; the library's own log is silent."""
    caplog.set_level("DEBUG")
    assert isinstance(signing_in(provider), Identity)
    idp.audience = "https://other.example"
    assert isinstance(signing_in(provider), Failed)
    said = "".join(capsys.readouterr()) + caplog.text
    assert "eid.refused" in said
    assert not any(word in said for word in ("199001012385", "Anna Test", "anna-pseudonym", "Assertion"))


def test_a_missing_xmlsec1_is_said_plainly(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and on the health page where it has gone away since."""
    provider = connect()
    monkeypatch.setattr(xmlsec1.shutil, "which", lambda _: None)
    with pytest.raises(Misconfigured, match="xmlsec1"):
        connect()
    (answer,) = health([provider.source])
    assert not answer.ok
    assert "xmlsec1" in answer.sentence


def test_whoever_is_not_named_is_no_guest_at_level_three(idp: Any, connect: Connect) -> None:
    """AD FS names no personnummer: it is for accounts, unless its level is below 3 or it is believed."""
    adfs = {"preset": "adfs", "levels": {idp.context: 3}}
    assert connect().traits.audiences == {"staff", "guest"}
    assert connect(**adfs).traits.audiences == {"staff"}
    assert connect(**adfs, personnummer=True).traits.audiences == {"staff", "guest"}
    assert connect(**adfs, audiences=["guest"], loa=2).traits.audiences == {"guest"}
    with pytest.raises(Misconfigured, match="loa = 2"):
        connect(**adfs, audiences=["guest"])


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "adfs"},
        {"key": Path("/nowhere/sp.key")},
        {"metadata": "https://idp.example/metadata"},
        {"metadata": "http://idp.example/metadata", "metadata_certificate": Path("any.crt")},
    ],
)
def test_settings_that_cannot_work_are_said_at_the_start(connect: Connect, settings: dict[str, Any]) -> None:
    """Levels that nobody has given, a key that is not there, metadata that could be anybody's."""
    with pytest.raises(Misconfigured):
        connect(**settings)


def test_a_certificate_larger_than_a_pipe_blocks_nothing() -> None:
    """Metadata may have a certificate of any size; verifying with it fails, and does not hang the page's thread."""
    certificate = b"-----BEGIN CERTIFICATE-----\n" + b"A" * 200_000 + b"\n-----END CERTIFICATE-----\n"
    results: list[bool] = []
    thread = threading.Thread(
        target=lambda: results.append(xmlsec1.verify(b"<a ID='x'/>", certificate, "urn:n:a", "x")), daemon=True
    )
    thread.start()
    thread.join(30)
    assert results == [False]
