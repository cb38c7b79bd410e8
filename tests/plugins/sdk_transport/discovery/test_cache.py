"""How long answers are used again: fresh, stale, absent, failed; and by many at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable, UnknownParticipant
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.simulator.http import Reply

WHO = "0203:bjorkvik.example"


@pytest.mark.feature("SD14")
def test_an_old_answer_is_used_while_the_publisher_is_away(net: Any) -> None:
    """For a day (a setting), asked again after half a minute; then nothing is known any more."""
    source = net.certpub()
    own = source.encryption_certificate(WHO)
    net.service.instead["/"] = Reply(503)
    net.passed = timedelta(hours=2)
    assert source.encryption_certificate(WHO) == own
    asked = len(net.service.asked)
    assert source.encryption_certificate(WHO) == own
    assert len(net.service.asked) == asked == 2
    net.passed += timedelta(minutes=1)
    source.encryption_certificate(WHO)
    assert len(net.service.asked) == 3
    net.passed = timedelta(hours=26)
    with pytest.raises(CertificatesUnavailable, match="503"):
        source.encryption_certificate(WHO)
    net.service.instead.clear()
    net.passed += timedelta(minutes=1)
    assert source.encryption_certificate(WHO) == own


@pytest.mark.feature("SD14")
def test_an_answer_that_is_not_trusted_is_not_replaced_by_an_old_one(net: Any) -> None:
    """An untrusted answer is no time-out: somebody may be at work, so nothing goes on as before."""
    source = net.certpub()
    source.encryption_certificate(WHO)
    net.passed = timedelta(hours=2)
    net.service.instead["/"] = Reply(200, b"<a/>")
    with pytest.raises(CertificatesUnavailable, match="not trusted"):
        source.encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_that_somebody_is_absent_is_remembered_for_a_minute(net: Any) -> None:
    """An unknown participant is not asked for again at once, and is found as soon as it has joined."""
    source, who = net.certpub(), "0203:ny.example"
    for _ in range(3):
        with pytest.raises(UnknownParticipant):
            source.encryption_certificate(who)
    assert len(net.zone.queries) == 1
    net.zone.register(who, net.url)
    net.publish(net.federation.keys_of(WHO), who)
    net.passed = timedelta(minutes=2)
    assert source.encryption_certificate(who) == net.federation.keys_of(WHO).certificate


@pytest.mark.feature("SD14")
def test_who_is_withdrawn_is_not_written_to_any_more(net: Any) -> None:
    """That a participant has left is an answer, and no old answer stands against it."""
    source = net.certpub()
    source.encryption_certificate(WHO)
    net.service.publisher.withdraw(WHO)
    net.passed = timedelta(hours=2)
    with pytest.raises(UnknownParticipant):
        source.encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_a_name_service_that_fails_is_asked_once_for_many_messages(net: Any) -> None:
    """What failed is left alone for half a minute: ten thousand waiting messages ask no more than one."""
    source = net.certpub()
    net.zone.fault = "servfail"
    for _ in range(5):
        with pytest.raises(CertificatesUnavailable):
            source.encryption_certificate(WHO)
    net.zone.fault = ""
    with pytest.raises(CertificatesUnavailable):
        source.encryption_certificate(WHO)
    net.passed = timedelta(seconds=31)
    source.encryption_certificate(WHO)


@pytest.mark.feature("SD14")
def test_many_threads_ask_once(net: Any) -> None:
    """While one asks, the others wait for its answer."""
    source = net.certpub()
    with ThreadPoolExecutor(8) as crew:
        found = set(crew.map(source.encryption_certificate, [WHO] * 40))
    assert len(found) == len(net.service.asked) == 1


@pytest.mark.feature("SD14", "SD18")
def test_a_new_certificate_is_found_when_the_old_is_forgotten(net: Any, spare: KeyPair) -> None:
    """A peer has changed keys: until the hour is over, or a signature has failed, the old one is used."""
    source = net.certpub()
    old = source.signing_certificate(WHO)
    net.publish(spare)
    assert source.signing_certificate(WHO) == old
    source.forget(WHO)
    assert source.signing_certificate(WHO) == spare.certificate
