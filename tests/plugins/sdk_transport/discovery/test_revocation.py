"""Revocation by OCSP and by list: believed only from the issuer, and a clear policy where nobody answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from budkavle_sdk_transport.discovery.revocation import Revocation
from budkavle_sdk_transport.discovery.revocation_lists import AnswerUnusable, ocsp_request, read_list, read_ocsp
from budkavle_sdk_transport.discovery.service_metadata import MetadataRefused
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.keys.certificates import CertificateRefused, CertificatesUnavailable
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.simulator.ca import CertificateAuthority
from budkavle_sdk_transport.simulator.http import ISSUER_PATH, LIST_PATH, OCSP_PATH, Reply
from budkavle_sdk_transport.simulator.smp import PUBLISHER_NAME

WHO = "0203:bjorkvik.example"
DAY = timedelta(days=1)


@pytest.fixture
def issue(net: Any, spare: KeyPair) -> Callable[..., KeyPair]:
    """Issue a certificate that says where to ask about it."""

    def made(*paths: str, **more: Any) -> KeyPair:
        given = {"key": spare.private_key, "answers_at": [net.url + path for path in paths], **more}
        pair: KeyPair = net.federation.authority.issue("prov.example", "Prov", **given)
        return pair

    return made


def revocation(net: Any, **more: Any) -> Revocation:
    return Revocation(net.client, [net.federation.authority.pair.certificate], clock=net.now, **more)


@pytest.mark.feature("SD14")
@pytest.mark.parametrize("paths", [(OCSP_PATH,), (LIST_PATH,), (OCSP_PATH, LIST_PATH)], ids=["ocsp", "list", "both"])
def test_a_revoked_certificate_is_refused(net: Any, issue: Callable[..., KeyPair], paths: tuple[str, ...]) -> None:
    """One that is not revoked passes, asked about once; one that is does not."""
    good, bad = issue(*paths).certificate, issue(*paths).certificate
    asked = revocation(net)
    net.federation.authority.revoke(bad)
    for _ in range(3):
        asked.check(good)
        with pytest.raises(CertificateRefused, match="revoked"):
            asked.check(bad)
    assert net.service.asked == [paths[0]] * 2


@pytest.mark.feature("SD14")
def test_the_list_serves_where_the_responder_is_down(net: Any, issue: Callable[..., KeyPair]) -> None:
    """OCSP first, then the list."""
    bad = issue(OCSP_PATH, LIST_PATH).certificate
    net.federation.authority.revoke(bad)
    net.service.instead[OCSP_PATH] = Reply(500)
    with pytest.raises(CertificateRefused):
        revocation(net).check(bad)


@pytest.mark.feature("SD14")
def test_the_policy_where_nobody_answers(net: Any, issue: Callable[..., KeyPair]) -> None:
    """`wait` puts off, `accept` passes, `off` does not even ask; the last word goes on for a day."""
    certificate = issue(OCSP_PATH).certificate
    net.service.instead[OCSP_PATH] = Reply(503)
    with pytest.raises(CertificatesUnavailable, match="status 503"):
        revocation(net).check(certificate)
    lenient = revocation(net, policy="accept")
    lenient.check(certificate)
    assert "503" in lenient.trouble(certificate)
    asked = len(net.service.asked)
    revocation(net, policy="off").check(certificate)
    assert len(net.service.asked) == asked
    net.service.instead.clear()
    strict = revocation(net)
    strict.check(certificate)
    net.service.instead[OCSP_PATH] = Reply(503)
    net.passed = timedelta(hours=20)
    strict.check(certificate)
    net.passed = timedelta(hours=30)
    with pytest.raises(CertificatesUnavailable):
        strict.check(certificate)


@pytest.mark.feature("SD14")
def test_one_who_does_not_answer_is_left_for_a_while(net: Any, issue: Callable[..., KeyPair]) -> None:
    """No message waits for a responder that was silent a moment ago."""
    certificate = issue(OCSP_PATH).certificate
    net.service.instead[OCSP_PATH] = Reply(503)
    asked = revocation(net, policy="accept")
    for _ in range(5):
        asked.check(certificate)
    assert len(net.service.asked) == 1
    net.service.instead.clear()
    net.federation.authority.revoke(certificate)
    net.passed = timedelta(minutes=2)
    with pytest.raises(CertificateRefused):
        asked.check(certificate)


@pytest.mark.feature("SD14")
def test_a_certificate_that_names_nobody_passes(net: Any, spare: KeyPair) -> None:
    """Where a certificate does not say who could revoke it, there is nobody to ask."""
    revocation(net).check(spare.certificate)
    assert net.service.asked == []


@pytest.mark.feature("SD14")
def test_the_issuer_is_known_or_nothing_is(net: Any, issue: Callable[..., KeyPair]) -> None:
    """Without the issuer's key no answer can be judged."""
    with pytest.raises(CertificatesUnavailable, match="issuer"):
        Revocation(net.client, [], clock=net.now).check(issue(OCSP_PATH).certificate)


@pytest.mark.feature("SD14")
def test_an_issuer_that_is_not_known_is_fetched(net: Any, issue: Callable[..., KeyPair]) -> None:
    """From where the certificate says, and believed only where its key has signed the certificate."""
    certificate = issue(OCSP_PATH, ISSUER_PATH).certificate
    Revocation(net.client, [], clock=net.now).check(certificate)
    assert net.service.asked == [ISSUER_PATH, OCSP_PATH]
    other = CertificateAuthority.at(net.federation.folder / "other").pair.certificate
    for wrong in (other.public_bytes(Encoding.DER), b"<html>"):
        net.service.instead[ISSUER_PATH] = Reply(200, wrong)
        with pytest.raises(CertificatesUnavailable, match="issuer"):
            Revocation(net.client, [], clock=net.now).check(certificate)


@pytest.mark.feature("SD14")
def test_a_list_that_may_leave_the_certificate_out_is_not_used(net: Any, issue: Callable[..., KeyPair]) -> None:
    """A list of authorities only, for some reasons only, of several issuers, or a delta, says nothing of a person's."""
    authority, now = net.federation.authority, datetime.now(UTC)
    certificate, issuer = issue(LIST_PATH).certificate, authority.pair.certificate

    def scope(**given: Any) -> x509.IssuingDistributionPoint:
        none = {
            "full_name": None,
            "relative_name": None,
            "only_contains_user_certs": False,
            "only_contains_ca_certs": False,
            "only_some_reasons": None,
            "indirect_crl": False,
            "only_contains_attribute_certs": False,
        }
        return x509.IssuingDistributionPoint(**{**none, **given})

    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    part, other = next(iter(points)).full_name, [x509.UniformResourceIdentifier("http://127.0.0.1/part-2.crl")]
    for extension in (scope(only_contains_user_certs=True), scope(full_name=[*other, *part])):
        assert not read_list(authority.revocation_list(extensions=[extension]), certificate, issuer, now).revoked
    for extension in (
        scope(full_name=other),
        scope(only_contains_ca_certs=True),
        scope(only_contains_attribute_certs=True),
        scope(indirect_crl=True),
        scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        x509.DeltaCRLIndicator(1),
    ):
        with pytest.raises(AnswerUnusable, match="kind"):
            read_list(authority.revocation_list(extensions=[extension]), certificate, issuer, now)


@pytest.mark.feature("SD14")
def test_an_ocsp_response_is_held_to_its_question(net: Any, issue: Callable[..., KeyPair], spare: KeyPair) -> None:
    """Of another certificate, signed by another, by a responder without the right, too old, or from the future."""
    authority, now = net.federation.authority, datetime.now(UTC)
    issuer, certificate, other = authority.pair.certificate, issue(OCSP_PATH).certificate, issue(OCSP_PATH).certificate
    question = ocsp_request(certificate, issuer)
    responder = issue(usage=[ExtendedKeyUsageOID.OCSP_SIGNING])
    stranger = CertificateAuthority.at(net.federation.folder / "other")
    false = stranger.issue("r", "R", key=spare.private_key, usage=[ExtendedKeyUsageOID.OCSP_SIGNING])
    assert not read_ocsp(authority.ocsp_response(question), certificate, issuer, now).revoked
    assert not read_ocsp(authority.ocsp_response(question, signer=responder), certificate, issuer, now).revoked
    for answer, why in (
        (authority.ocsp_response(ocsp_request(other, issuer)), "another certificate"),
        (authority.ocsp_response(question, signer=spare), "not signed by"),
        (authority.ocsp_response(question, signer=false), "not signed by"),
        (authority.ocsp_response(question, at=now - DAY), "ran out"),
        (authority.ocsp_response(question, at=now + DAY), "from the future"),
        (b"nothing", "cannot be read"),
        (b"", "cannot be read"),
        (bytes.fromhex("30030a0103"), "TRY_LATER"),
    ):
        with pytest.raises(AnswerUnusable, match=why):
            read_ocsp(answer, certificate, issuer, now)


@pytest.mark.feature("SD14")
def test_a_list_is_held_to_its_issuer(net: Any, issue: Callable[..., KeyPair]) -> None:
    """Of another authority, changed, too old, or no list at all."""
    authority, now = net.federation.authority, datetime.now(UTC)
    certificate, issuer = issue(LIST_PATH).certificate, authority.pair.certificate
    good = authority.revocation_list()
    stranger = CertificateAuthority.at(net.federation.folder / "other")
    assert not read_list(good, certificate, issuer, now).revoked
    for answer, why in (
        (stranger.revocation_list(), "not signed by"),
        (good[:-3] + b"xyz", "not signed by"),
        (authority.revocation_list(at=now - DAY), "ran out"),
        (authority.revocation_list(at=now + DAY), "from the future"),
        (good[:50], "cannot be read"),
        (b"<html>", "cannot be read"),
    ):
        with pytest.raises(AnswerUnusable, match=why):
            read_list(answer, certificate, issuer, now)


@pytest.mark.feature("SD14")
def test_a_revoked_publisher_is_not_believed(net: Any, issue: Callable[..., KeyPair]) -> None:
    """The publisher's own certificate is asked about too, and so is what it publishes."""
    signer = net.federation.authority.issue(
        PUBLISHER_NAME, "B", key=net.service.publisher.pair.private_key, answers_at=[net.url + OCSP_PATH]
    )
    net.service.publisher.pair = signer
    participant = issue(LIST_PATH)
    net.publish(participant)
    source = net.certpub(revocation=revocation(net))
    assert source.signing_certificate(WHO) == participant.certificate
    net.federation.authority.revoke(participant.certificate)
    net.passed = timedelta(minutes=90)
    with pytest.raises(CertificateRefused):
        source.signing_certificate(WHO)
    net.federation.authority.revoke(signer.certificate)
    net.passed = timedelta(minutes=180)
    with pytest.raises(MetadataRefused, match="not trusted any more"):
        source.metadata(WHO, DOCUMENT_MESSAGE)
