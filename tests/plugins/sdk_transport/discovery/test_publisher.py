"""The metadata publisher over HTTP: what it says, and everything that it might say wrongly."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle_sdk_transport.discovery.publisher import address_of
from budkavle_sdk_transport.discovery.service_metadata import NS_SMP, MetadataRefused
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, UnknownParticipant
from budkavle_sdk_transport.keys.key_pair import KeyPair, base64_of
from budkavle_sdk_transport.simulator.ca import CertificateAuthority, Validity
from budkavle_sdk_transport.simulator.http import Reply
from budkavle_sdk_transport.simulator.smp import PUBLISHER_NAME

WHO, OTHER = "0203:bjorkvik.example", "0203:regionvattern.example"


def path_of(who: str = WHO) -> str:
    return address_of("", who, DOCUMENT_MESSAGE)


def unsigned(answer: bytes) -> bytes:
    return re.sub(rb"<ds:Signature .*</ds:Signature>", b"", answer, flags=re.DOTALL)


def redirection(to: str, uid: str, signer: KeyPair) -> bytes:
    inside = f'<Redirect href="{to}"><CertificateUID>{uid}</CertificateUID></Redirect>'
    xml = f'<SignedServiceMetadata xmlns="{NS_SMP}"><ServiceMetadata>{inside}</ServiceMetadata></SignedServiceMetadata>'
    return sign(xml.encode(), signer)


@pytest.mark.feature("SD14")
def test_the_address_is_percent_encoded() -> None:
    """As the REST binding's example (Certifikatspublicering, REST-bindning till SMP 1.0, 3)."""
    address = address_of("https://smp.example/", "0203:receivingexample.se", "urn:a::b##3.0::tm-base-ext-sigenc")
    assert address == (
        "https://smp.example/iso6523-actorid-upis%3A%3A0203%3Areceivingexample.se/services/"
        "busdox-docid-qns%3A%3Aurn%3Aa%3A%3Ab%23%233.0%3A%3Atm-base-ext-sigenc"
    )


@pytest.mark.feature("SD14")
def test_certificates_are_found_over_dns_and_http(net: Any, spare: KeyPair) -> None:
    """Encryption from the message's document type, signing from the receipt's; each asked for once."""
    own = net.federation.keys_of(WHO).certificate
    net.service.publisher.publish(WHO, encryption=own, signing=spare.certificate)
    source = net.certpub()
    for _ in range(3):
        assert source.encryption_certificate(WHO) == own
        assert source.signing_certificate(WHO) == spare.certificate
    assert [path == path_of() for path in net.service.asked] == [True, False]
    assert "ApplicationResponse" in net.service.asked[1]


def _wrapped(answer: bytes, _net: Any) -> bytes:
    """The signed document beside a forged one, under a new root that bears the signature."""
    forged = unsigned(answer).replace(b"<Extension>", b"<Extension><!-- -->")
    signature = re.search(rb"<ds:Signature .*</ds:Signature>", answer, re.DOTALL)
    assert signature is not None
    start = f'<SignedServiceMetadata xmlns="{NS_SMP}">'.encode()
    inside = answer.replace(start, b"<Old>").replace(b"</SignedServiceMetadata>", b"</Old>")
    end = b"</SignedServiceMetadata>"
    return forged.replace(end, inside + signature[0] + end)


def _by_other_authority(answer: bytes, net: Any) -> bytes:
    other = CertificateAuthority.at(net.federation.folder / "other")
    return sign(unsigned(answer), other.kept("publisher", PUBLISHER_NAME, "Budkavle"))


def _by_other_name(answer: bytes, net: Any) -> bytes:
    key = net.service.publisher.pair.private_key
    return sign(unsigned(answer), net.federation.authority.issue(f"{PUBLISHER_NAME}-NOT", "Budkavle", key=key))


def _by_expired(answer: bytes, net: Any) -> bytes:
    key, now = net.service.publisher.pair.private_key, datetime.now(UTC)
    old = net.federation.authority.issue(
        PUBLISHER_NAME, "B", key=key, valid=Validity(now - timedelta(days=9), now - timedelta(days=1))
    )
    return sign(unsigned(answer), old)


WRONG: dict[str, Callable[[bytes, Any], bytes]] = {
    "unsigned": lambda answer, _: unsigned(answer),
    "other-authority": _by_other_authority,
    "other-name": _by_other_name,
    "a-participant-signs": lambda answer, net: sign(unsigned(answer), net.federation.keys_of(OTHER)),
    "expired": _by_expired,
    "wrapped": _wrapped,
    "changed": lambda answer, _: answer.replace(b"certpub:signing-cert", b"certpub:encryption-cert"),
    "of-another": lambda _, net: net.service.publisher.answer(OTHER, DOCUMENT_MESSAGE),
    "no-xml": lambda *_: b"<html><body>Underh\xc3\xa5ll</body></html>",
    "doctype": lambda answer, _: b'<!DOCTYPE a [<!ENTITY x "y">]>' + answer,
    "empty": lambda *_: b"",
    "too-large": lambda answer, _: b" " * (2**20 + 1) + answer,
}


@pytest.mark.feature("SD14")
@pytest.mark.parametrize("wrong", WRONG, ids=list(WRONG))
def test_a_wrong_answer_is_never_believed(net: Any, wrong: str) -> None:
    """Whatever is not signed, whole, by the environment's publisher gives no certificate, and no verdict either."""
    answer = net.service.publisher.answer(WHO, DOCUMENT_MESSAGE)
    net.service.instead[path_of()] = Reply(200, WRONG[wrong](answer, net))
    with pytest.raises(CertificatesUnavailable):
        net.certpub().encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_the_publishers_issuers_may_be_named_beside_it(net: Any) -> None:
    """The signature names a chain, its root first: the publisher's own certificate counts; a long list is refused."""
    answer = net.service.publisher.answer(WHO, DOCUMENT_MESSAGE)
    mark = b"<ds:X509Certificate>"
    root = mark + base64_of(net.federation.authority.pair.certificate) + b"</ds:X509Certificate>"
    net.service.instead[path_of()] = Reply(200, answer.replace(mark, root + mark, 1))
    assert net.certpub().encryption_certificate(WHO) == net.federation.keys_of(WHO).certificate
    net.service.instead[path_of()] = Reply(200, answer.replace(mark, root * 8 + mark, 1))
    with pytest.raises(CertificatesUnavailable, match="more certificates"):
        net.certpub().encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_white_space_around_what_an_answer_says_is_no_part_of_it(net: Any) -> None:
    """As where a publisher sets each value on a line of its own."""
    answer = unsigned(net.service.publisher.answer(WHO, DOCUMENT_MESSAGE))
    spaced = re.sub(rb">([^<>]+)<", rb">\n  \1\n<", answer)
    net.service.instead[path_of()] = Reply(200, sign(spaced, net.service.publisher.pair))
    assert net.certpub().encryption_certificate(WHO) == net.federation.keys_of(WHO).certificate


@pytest.mark.feature("SD14")
@pytest.mark.parametrize("status", [400, 403, 429, 500, 503, 204, 302, 304])
def test_a_publisher_in_trouble_says_nothing_about_anybody(net: Any, status: int) -> None:
    """Only 404 and 410 mean that the participant is not registered."""
    net.service.instead[path_of()] = Reply(status)
    with pytest.raises(CertificatesUnavailable, match=f"status {status}"):
        net.certpub().encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_who_is_not_registered_is_unknown(net: Any) -> None:
    """404 and 410 are answers."""
    for status in (404, 410):
        net.service.instead[path_of()] = Reply(status)
        with pytest.raises(UnknownParticipant):
            net.certpub().encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_a_publisher_that_never_answers_is_left(net: Any) -> None:
    """A time-out; and where the name service names a second publisher, that one is asked."""
    net.client.seconds = 0.3
    net.service.instead[path_of()] = Reply(200, after_seconds=20)
    with pytest.raises(CertificatesUnavailable, match="time-out"):
        net.certpub().encryption_certificate(WHO)
    net.zone.register(WHO, "http://127.0.0.1:1", net.url)
    net.service.instead.clear()
    assert net.certpub().encryption_certificate(WHO) == net.federation.keys_of(WHO).certificate


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("/loop", "in a circle"),
        ("https://127.0.0.1/x", "not asked"),
        ("file:///etc/passwd", "not asked"),
        ("//u@h/", "not asked"),
    ],
)
def test_http_redirections_are_bounded(net: Any, to: str, why: str) -> None:
    """A circle ends, and no address of another kind is asked."""
    net.service.instead["/"] = Reply(302, location=to)
    with pytest.raises(CertificatesUnavailable, match=why):
        net.certpub().encryption_certificate(WHO)
    assert len(net.service.asked) <= 4


@pytest.mark.feature("SD14")
def test_an_http_redirection_is_followed(net: Any) -> None:
    """A publisher that has moved is found."""
    answer = net.service.publisher.answer(WHO, DOCUMENT_MESSAGE)
    net.service.instead = {path_of(): Reply(301, location="/moved"), "/moved": Reply(200, answer)}
    assert net.certpub().encryption_certificate(WHO) == net.federation.keys_of(WHO).certificate


@pytest.mark.feature("SD14")
def test_an_smp_redirection_is_followed_once_and_only_where_it_is_used(net: Any) -> None:
    """Signed, to a publisher that signs with the certificate that was said, which does not point on."""
    signer = net.service.publisher.pair
    answer = net.service.publisher.answer(WHO, DOCUMENT_MESSAGE)
    follow = net.publisher(redirects=True)

    def point(to: str, uid: str = PUBLISHER_NAME, by: KeyPair = signer) -> None:
        net.service.instead[path_of()] = Reply(200, redirection(f"{net.url}{to}", uid, by))

    net.service.instead["/there"] = Reply(200, answer)
    net.service.instead["/circle"] = Reply(200, redirection(f"{net.url}/circle", PUBLISHER_NAME, signer))
    point("/there")
    assert follow.fetch(WHO, DOCUMENT_MESSAGE) == answer
    point("/there", signer.certificate.subject.rfc4514_string())
    assert follow.fetch(WHO, DOCUMENT_MESSAGE) == answer
    with pytest.raises(MetadataRefused, match="does not use"):
        net.publisher().fetch(WHO, DOCUMENT_MESSAGE)
    for to, uid, by, why in (
        ("/circle", PUBLISHER_NAME, signer, "points on"),
        ("/there", "SMP0002-SIMULATOR", signer, "another certificate"),
        ("/there", PUBLISHER_NAME, net.federation.keys_of(OTHER), "not trusted"),
        ("/nowhere", PUBLISHER_NAME, signer, "cannot be asked"),
    ):
        point(to, uid, by)
        with pytest.raises(MetadataRefused, match=why):
            follow.fetch(WHO, DOCUMENT_MESSAGE)
