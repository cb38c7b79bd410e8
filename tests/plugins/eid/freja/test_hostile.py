"""Stolen links, old codes, forged answers and a peer that is gone."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.eid.freja.approving import ELSEWHERE, PHONE, opened, scanned

from budkavle import Identity, Misconfigured
from budkavle_eid.freja import texts
from budkavle_eid.freja.provider import FrejaProvider
from budkavle_eid.freja.signed_details import load_keys, verify
from budkavle_eid.mutual_tls import PeerStrange
from budkavle_eid.simulator.app import NotTaken
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.freja import Signer
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import Person
from budkavle_eid.simulator.tls_server import Reply, as_json


@pytest.mark.parametrize("strict", [True, False])
def test_a_link_that_was_sent_to_a_victim_lets_nobody_in(
    make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator, anna: Person, strict: bool
) -> None:
    """The app is on another network than the thief's browser; only if the settings allow that is it accepted."""
    thief = walk(make_freja(same_network=strict), user_agent=PHONE)
    simulator.freja.approve(opened(simulator, thief, anna, ELSEWHERE))
    thief.tick()
    if strict:
        assert (thief.failed.message, thief.failed.retry) == (texts.OTHER_NETWORK, False)
    else:
        assert isinstance(thief.step, Identity)


@pytest.mark.parametrize("ip", ["", "2001:db8::1", "nonsense"])
def test_a_network_that_cannot_be_compared_is_another_one(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person, ip: str
) -> None:
    """No address, another kind of address, no address at all."""
    way = walk(freja, user_agent=PHONE)
    simulator.freja.approve(opened(simulator, way, anna, ip))
    way.tick()
    assert way.failed.message == texts.OTHER_NETWORK


def test_an_old_code_is_not_taken(freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """Nor an invented one."""
    way = walk(freja)
    old = way.poll.qr or ""
    way.clock.tick(6)
    with pytest.raises(NotTaken, match="för gammal"):
        simulator.freja.scan(old, anna, ELSEWHERE)
    for false in (old.replace(".0.", ".6."), "https://app.example/freja?x=1", "nonsense"):
        with pytest.raises(NotTaken):
            simulator.freja.scan(false, anna, ELSEWHERE)


def test_somebody_else_than_the_message_is_to(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person, bo: Person
) -> None:
    """A number that differs, or none."""
    way = walk(freja, personnummer=anna.number)
    simulator.freja.approve(scanned(simulator, way, bo))
    way.tick()
    assert way.failed.message == texts.OTHER_PERSON
    simulator.freja.alter = lambda payload: payload["requestedAttributes"].pop("ssn")
    way = walk(freja, personnummer=anna.number)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert way.failed.message == texts.NO_NUMBER


def test_a_foreign_number_is_no_personnummer(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """Only a number issued by Sweden counts as one."""
    simulator.freja.alter = lambda payload: payload["requestedAttributes"].update(
        ssn={"ssn": anna.number, "country": "NO"}
    )
    way = walk(freja)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert "personnummer" not in way.identity.attributes


def _change(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda payload: payload.update(values)


SIGNED_LIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "another one": _change(authRef="another"),
    "no reference": lambda payload: payload.pop("authRef"),
    "not approved": _change(status="REJECTED"),
    "a lower level": _change(minRegistrationLevel="BASIC"),
    "no level": lambda payload: payload.pop("minRegistrationLevel"),
    "an unknown level": _change(minRegistrationLevel="GOLD"),
    "an old one": _change(timestamp=1_700_000_000_000),
    "of tomorrow": _change(timestamp=1_795_086_400_000),
    "no time": _change(timestamp="soon"),
    "no number": lambda payload: payload["requestedAttributes"].update(ssn={"ssn": "9001012385", "country": "SE"}),
    "wrong types": lambda payload: payload["requestedAttributes"].update(ssn=7),
    "nobody": lambda payload: payload["requestedAttributes"].update(relyingPartyUserId=""),
}


@pytest.mark.parametrize("lie", SIGNED_LIES.values(), ids=SIGNED_LIES)
def test_what_is_signed_must_be_about_this(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person, lie: Callable[[dict[str, Any]], None]
) -> None:
    """A response for another time, level or authentication is a replay, even with a valid signature."""
    simulator.freja.alter = lie
    way = walk(freja)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert way.failed.message == texts.STRANGE


def _unsigned(answer: dict[str, Any]) -> None:
    head, payload, _ = answer["details"].split(".")
    none = "eyJhbGciOiJub25lIn0"
    assert head != none
    answer["details"] = f"{none}.{payload}."


UNSIGNED_LIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "no signature": _unsigned,
    "no details": lambda answer: answer.pop("details"),
    "half a signature": lambda answer: answer.update(details=answer["details"][:-8]),
    "another's attributes": lambda answer: answer["requestedAttributes"].update(emailAddress="x@example.org"),
    "another's answer": lambda answer: answer.update(authRef="another"),
    "no JWS": lambda answer: answer.update(details="nonsense"),
}


@pytest.mark.parametrize("lie", UNSIGNED_LIES.values(), ids=UNSIGNED_LIES)
def test_what_is_not_signed_is_not_believed(
    freja: FrejaProvider, walk: Any, simulator: Simulator, anna: Person, lie: Callable[[dict[str, Any]], None]
) -> None:
    """`alg: none`, a broken signature, attributes that differ from the signed ones."""
    way = walk(freja)
    order = scanned(simulator, way, anna)
    simulator.freja.approve(order)
    simulator.freja.alter_answer = lie
    way.tick()
    assert way.failed.message == texts.STRANGE


def test_what_is_signed_may_be_nested_too_deep(files: Certificates) -> None:
    """Then it is refused, as a response that is not JSON."""
    with pytest.raises(PeerStrange):
        verify(Signer(files.signing).sign(b'{"a":' * 20_000), load_keys([files.signing]), "a", "", 0.0)


def test_a_signature_of_somebody_else(
    freja: FrejaProvider, walk: Any, simulator: Simulator, files: Certificates, anna: Person
) -> None:
    """Only the certificates of the settings count, whatever the header names."""
    simulator.freja.signer = Signer(files.stranger)
    way = walk(freja)
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert way.failed.message == texts.STRANGE


def test_two_certificates_while_one_takes_over(
    make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator, files: Certificates, anna: Person
) -> None:
    """Either will do."""
    way = walk(make_freja(signing=(files.stranger, files.signing)))
    simulator.freja.approve(scanned(simulator, way, anna))
    way.tick()
    assert way.identity


def test_a_wrong_certificate_stops_the_installation(files: Certificates) -> None:
    """A missing file, a key of another kind: the line names the file and the setting."""
    for path in (files.folder / "missing.pem", files.ca, files.client.with_suffix(".key")):
        with pytest.raises(Misconfigured, match="signing"):
            load_keys([path])


@pytest.mark.parametrize(
    "lie",
    [
        Reply(200, b"<html></html>", "text/html"),
        Reply(200, b"[]"),
        as_json(200, {"authRef": 7}),
        Reply(200, b'{"authRef":"' + b"a" * 600_000 + b'"}'),
        Reply(200, b"[" * 20_000),
    ],
    ids=["html", "list", "types", "oversize", "deep"],
)
def test_lies_are_not_believed(freja: FrejaProvider, walk: Any, simulator: Simulator, lie: Reply) -> None:
    """Neither at the start nor later."""
    simulator.freja_lies.tell(lie)
    assert walk(freja).failed.message == texts.STRANGE
    way = walk(freja)
    simulator.freja_lies.tell(lie)
    way.tick()
    assert way.failed.message == texts.STRANGE


def test_a_peer_that_is_gone(freja: FrejaProvider, walk: Any, simulator: Simulator) -> None:
    """On the way the person waits, at most as long as it could last; at the start they are told."""
    way = walk(freja)
    simulator.stop()
    way.tick()
    assert way.poll.message == texts.WAITING
    way.tick(150)
    assert way.failed.message == texts.DOWN
    assert walk(freja).failed.message == texts.DOWN
    freja.cancel(way.state)


def test_a_client_or_server_that_nobody_knows(
    make_freja: Callable[..., FrejaProvider], walk: Any, files: Certificates, simulator: Simulator
) -> None:
    """Both ends of the connection show who they are."""
    assert walk(make_freja(ca=files.stranger)).failed.message == texts.DOWN
    stranger = make_freja(certificate=files.stranger, key=files.stranger.with_suffix(".key"))
    assert walk(stranger).failed.message == texts.DOWN
    assert simulator.freja.requests == []


@pytest.mark.parametrize(
    "state", [{}, {"flow": ""}, {"flow": "{}"}, {"flow": "[1]"}, {"flow": '{"a":' * 20_000}], ids=range(5)
)
def test_a_state_that_is_none_of_ours_is_over(freja: FrejaProvider, state: dict[str, str]) -> None:
    """It never comes from a browser, but must not cause an error."""
    assert getattr(freja.advance(state, {"tick": "1"}), "message", "") == texts.OVER
