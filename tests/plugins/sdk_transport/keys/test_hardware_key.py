"""Keys in a token, with SoftHSM: they sign and open, and never leave it; a token that is away loses nothing."""

import copy
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from budkavle_sdk_transport.envelope.encryption import Undecryptable, decrypt, encrypt
from budkavle_sdk_transport.envelope.signature import sign, verify
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.keys.hardware_key import (
    HardwareSettings,
    Reference,
    TokenUnavailable,
    open_stored,
    stored,
)
from budkavle_sdk_transport.keys.key_check import check_key_pair
from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "4711"
URI = "pkcs11:token=budkavle;object=sdk%20nyckel"


def _softhsm(*words: str) -> None:
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def module(
    missing: Callable[[str], NoReturn],
    program: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
    spare: KeyPair,
) -> Iterator[Path]:
    """SoftHSM's library, with one token of our own that holds the spare key."""
    found = next((Path(one) for one in MODULES if Path(one).exists()), None)
    program("softhsm2-util")
    if found is None:
        missing("SoftHSM's library is not installed (make peers)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    key = spare.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    for label in ("budkavle", "tom"):
        _softhsm("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "1234")
    imported = ("--token", "budkavle", "--pin", PIN, "--label", "sdk nyckel", "--id", "01")
    _softhsm("--import", str(folder / "key.pem"), *imported)
    from pkcs11 import lib

    lib(str(found)).reinitialize()  # another test of this process may have opened it with its own tokens
    yield found
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def pair(module: Path, spare: KeyPair) -> KeyPair:
    return open_stored(stored(URI, spare.certificate), HardwareSettings(module, PIN))


@pytest.mark.peer("sdk", "SoftHSM")
@pytest.mark.feature("SD18")
def test_a_key_in_a_token_signs_and_opens(pair: KeyPair, spare: KeyPair) -> None:
    """What it signs holds, what is sealed to its certificate opens, as with a key in a file."""
    check_key_pair(pair)
    verify(parse(sign(b"<a>hej</a>", pair)), spare.certificate)
    plain = b"<message>hemligt</message>" * 100
    assert decrypt(parse(encrypt(plain, spare.certificate)), [pair]) == plain
    assert pair.private_key.key_size == spare.private_key.key_size


@pytest.mark.feature("SD18")
def test_a_key_in_a_token_never_leaves_it(pair: KeyPair) -> None:
    """It is neither written out nor copied, nor does it do what the profile has no use for."""
    for attempt in (pair.to_pem, pair.private_key.private_numbers, lambda: pair.to_pkcs12(b"x")):
        with pytest.raises(TypeError, match="leave"):
            attempt()
    assert copy.deepcopy(pair.private_key) is pair.private_key
    with pytest.raises(TypeError):
        pair.private_key.sign(b"x", padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - to see it refused
    with pytest.raises(TypeError):
        pair.private_key.decrypt(b"x" * 384, padding.PKCS1v15())
    assert PIN not in repr(pair)


@pytest.mark.feature("SD18")
def test_what_was_sealed_to_another_does_not_open(pair: KeyPair, published_federation: Any) -> None:
    """The token refuses the data, and that is the same answer as from a key in a file."""
    other = published_federation.keys_of("0203:bjorkvik.example")
    sealed = parse(encrypt(b"<a/>", other.certificate))
    with pytest.raises(Undecryptable):
        decrypt(sealed, [pair])
    assert decrypt(sealed, [pair, other]) == b"<a/>"
    check_key_pair(pair)


@pytest.mark.feature("SD18")
@pytest.mark.parametrize(
    ("uri", "pin", "why"),
    [
        ("pkcs11:token=annan;object=sdk", PIN, "NoSuchToken"),
        ("pkcs11:token=budkavle;object=annan", PIN, "no such private key"),
        ("pkcs11:token=tom;object=annan", "0000", "refuses the PIN"),
    ],
)
def test_a_token_that_is_away_says_nothing_of_the_message(
    module: Path, spare: KeyPair, uri: str, pin: str, why: str
) -> None:
    """The message is put off, never refused: the fault is a passing one (`CertificatesUnavailable`)."""
    away = open_stored(stored(uri, spare.certificate), HardwareSettings(module, pin))
    with pytest.raises(TokenUnavailable, match=why):
        decrypt(parse(encrypt(b"<a/>", spare.certificate)), [away])
    with pytest.raises(CertificatesUnavailable, match=why):
        check_key_pair(away)


@pytest.mark.feature("SD18")
def test_a_key_of_another_certificate_is_refused(module: Path, published_federation: Any) -> None:
    """The certificate must be that of the key in the token, else peers could not verify anything."""
    other = published_federation.keys_of("0203:bjorkvik.example").certificate
    with pytest.raises(TokenUnavailable, match="does not belong"):
        check_key_pair(open_stored(stored(URI, other), HardwareSettings(module, PIN)))


@pytest.mark.feature("SD18")
def test_a_library_that_cannot_be_loaded_is_named(spare: KeyPair, tmp_path: Path) -> None:
    """As when the maker's library is not installed on this machine."""
    settings = HardwareSettings(tmp_path / "none.so", PIN)
    with pytest.raises(TokenUnavailable, match=r"none\.so"):
        check_key_pair(open_stored(stored(URI, spare.certificate), settings))
    with pytest.raises(KeyUnreadable, match="names no module"):
        open_stored(stored(URI, spare.certificate), HardwareSettings())


@pytest.mark.feature("SD18")
@pytest.mark.parametrize("text", ["", "pkcs11:", "pkcs11:token=a", "pkcs11:object=b", "file:token=a;object=b"])
def test_a_reference_names_token_and_key(text: str) -> None:
    """RFC 7512, of which token, object and id are read."""
    with pytest.raises(KeyUnreadable):
        Reference.parse(text)
    assert Reference.parse("pkcs11:token=a%20b;id=%01%02") == Reference("a b", None, b"\x01\x02")


@pytest.mark.feature("SD18")
def test_an_organisation_moves_its_key_into_a_token(
    lookups_with: Callable[..., Any], module: Path, spare: KeyPair, tmp_path: Path
) -> None:
    """By the command; the database holds where the key is, sealed, and the message that was sealed before opens."""
    lookups = lookups_with(pkcs11={"module": str(module), "pin": PIN})
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(spare.certificate.public_bytes(Encoding.PEM))
    words = ("keys", "add", lookups.organisation.slug, "--cert", str(certificate), "--sign-now")
    result = lookups.run(*words, "--pkcs11", URI)
    assert result.exit_code == 0, result.exception
    membership = lookups.parts.memberships.all(fresh=True)[0]
    assert isinstance(membership.signer.private_key, rsa.RSAPrivateKey)
    verify(parse(sign(b"<a/>", membership.signer)), spare.certificate)
    before = lookups.federation.keys_of("0203:bjorkvik.example").certificate
    assert decrypt(parse(encrypt(b"<a/>", before)), membership.pairs) == b"<a/>"
    assert "går inte att läsa" in str(lookups.run("keys", "add", lookups.organisation.slug, "--pkcs11", URI).exception)
    assert "no such private key" in str(lookups.run(*words, "--pkcs11", "pkcs11:token=budkavle;object=x").exception)
