"""Attacks on the steps of BankID that are refused: fixation, relay, replay, risk, lies, wrong certificates."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate
from msgspec.structs import replace

from budkavle import Identity, Misconfigured, Poll
from budkavle.logs import configure
from budkavle_eid.app_providers import peer_of
from budkavle_eid.bankid import texts
from budkavle_eid.bankid.provider import BankIdProvider
from budkavle_eid.mutual_tls import AT_ONCE
from budkavle_eid.simulator.app import NotTaken
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import Person
from budkavle_eid.simulator.tls_server import Reply, as_json

PHONE = "Mozilla/5.0 (Linux; Android 15) Mobile"
ELSEWHERE = "192.0.2.7"


def _token(poll: Poll) -> str:
    return (poll.app_url or "").partition("autostarttoken=")[2].partition("&")[0]


def _approve(simulator: Simulator, poll: Poll, person: Person, ip: str = "127.0.0.1", risk: str = "low") -> str:
    """Open the link on the person's own device and approve; returns where their browser is sent."""
    return simulator.bankid.approve(simulator.bankid.open_link({"autostarttoken": _token(poll)}, person, ip), risk)


@pytest.mark.feature("A9")
def test_a_link_that_was_sent_to_a_victim_lets_nobody_in(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """The thief starts, the victim approves: the thief's browser never gets the secret of the victim's browser."""
    thief = walk(bankid, user_agent=PHONE)
    back = _approve(simulator, thief.poll, anna, ELSEWHERE)
    for answers in ({"tick": "1"}, {"nonce": ""}, {"nonce": "guess", "tick": "1"}, {"choice": "same"}, {}):
        thief.clock.tick(3)
        thief.tell(**answers)
        assert isinstance(thief.step, Poll)
    assert thief.poll.message == texts.GO_BACK
    victim = walk(bankid, user_agent=PHONE)
    name, _, value = back.partition("?")[2].partition("=")
    victim.tell(**{name: value})
    assert isinstance(victim.step, Poll)
    victim.tick()
    assert isinstance(victim.step, Poll)


def test_changing_the_device_does_not_free_what_waits_for_a_browser(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person
) -> None:
    """If a thief with the victim's approval asks for a code, a new order starts, and the approval is lost."""
    thief = walk(bankid, user_agent=PHONE)
    _approve(simulator, thief.poll, anna, ELSEWHERE)
    thief.tick()
    thief.tell(choice="other")
    for _ in range(4):
        thief.tick()
    assert isinstance(thief.step, Poll)
    assert anna.number not in json.dumps(thief.state)


def test_a_code_never_starts_an_app_on_the_same_device(bankid: BankIdProvider, walk: Any) -> None:
    """For another device there is no token for a link; for the same one there is no code to relay."""
    way = walk(bankid)
    assert (way.poll.app_url, "same" in way.poll.choices) == (None, True)
    assert json.loads(way.state["flow"])["order"]["autoStartToken"] not in (way.poll.qr or "")
    way.tell(choice="same")
    assert way.poll.qr is None


@pytest.mark.parametrize("agent", ["Firefox", PHONE])
def test_the_page_is_shown_no_secret(bankid: BankIdProvider, walk: Any, agent: str) -> None:
    """Neither the order's reference, nor the secrets of the code, nor the browser's nonce."""
    way = walk(bankid, user_agent=agent)
    kept = json.loads(way.state["flow"])
    page = f"{way.poll.message} {way.poll.qr} {way.poll.app_url} {way.poll.choices}"
    for secret in (kept["order"]["orderRef"], kept["order"]["qrStartSecret"], kept["nonce"]):
        assert secret
        assert secret not in page


def test_an_old_code_is_not_taken(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """A forwarded picture of a code expires after some seconds; an invented code is refused too."""
    way = walk(bankid)
    old = way.poll.qr or ""
    way.clock.tick(6)
    with pytest.raises(NotTaken, match="för gammal"):
        simulator.bankid.scan(old, anna, ELSEWHERE)
    token = old.split(".")[1]
    for false in (f"bankid.{token}.6.{'0' * 64}", old.replace(".0.", ".6."), "bankid.x.1.y", "nonsense"):
        with pytest.raises(NotTaken):
            simulator.bankid.scan(false, anna, ELSEWHERE)


def test_the_app_warns_whoever_scans_a_code_that_was_passed_on(
    bankid: BankIdProvider, walk: Any, simulator: Simulator
) -> None:
    """A code that is forwarded at once cannot be detected, so the app shows the purpose and the host."""
    walk(bankid, purpose="Logga in")
    shown = simulator.bankid.waiting()[0].text
    assert "Du legitimerar dig på 127.0.0.1." in shown
    assert "Avbryt om du inte själv har öppnat den sidan" in shown


def test_an_end_is_believed_once(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """The same state, sent again by a thief of the cookie or a double click, is refused."""
    way = walk(bankid)
    simulator.bankid.approve(simulator.bankid.scan(way.poll.qr or "", anna, "127.0.0.1"))
    way.tick()
    assert way.identity
    for _ in range(3):
        way.tick()
        assert way.failed.message == texts.OVER


@pytest.mark.parametrize(
    "state",
    [{}, {"flow": ""}, {"flow": "{}"}, {"flow": "[1]"}, {"flow": '{"hints":1}'}, {"flow": '{"a":' * 20_000}],
    ids=range(6),
)
def test_a_state_that_is_none_of_ours_is_over(bankid: BankIdProvider, state: dict[str, str]) -> None:
    """It never comes from a browser, but must not cause an error."""
    step = bankid.advance(state, {"tick": "1", "nonce": "x"})
    assert getattr(step, "message", "") == texts.OVER


@pytest.mark.parametrize(("setting", "refused"), [("high", {"high"}), ("moderate", {"moderate", "high"})])
def test_risk_is_refused(
    make_bankid: Callable[..., BankIdProvider],
    walk: Any,
    simulator: Simulator,
    anna: Person,
    setting: str,
    refused: set[str],
) -> None:
    """High always, moderate where the settings say so."""
    for risk in ("low", "moderate", "high"):
        way = walk(make_bankid(risk=setting))
        simulator.bankid.approve(simulator.bankid.scan(way.poll.qr or "", anna, "127.0.0.1"), risk)
        way.tick()
        if risk in refused:
            assert (way.failed.message, way.failed.retry) == (texts.RISK, False)
        else:
            assert isinstance(way.step, Identity)


@pytest.mark.parametrize("strict", [False, True])
def test_another_network_is_a_sign(
    make_bankid: Callable[..., BankIdProvider],
    walk: Any,
    simulator: Simulator,
    anna: Person,
    strict: bool,
) -> None:
    """On the same device it is logged, and refused if the settings say so; with a code it is normal."""
    bankid = make_bankid(same_network=strict)
    way = walk(bankid, user_agent=PHONE)
    back = _approve(simulator, way.poll, anna, ELSEWHERE)
    way.tell(nonce=back.partition("nonce=")[2])
    assert getattr(way.step, "message", "") == (texts.OTHER_NETWORK if strict else "")
    way = walk(bankid)
    simulator.bankid.approve(simulator.bankid.scan(way.poll.qr or "", anna, ELSEWHERE))
    way.tick()
    assert isinstance(way.step, Identity)


def test_somebody_else_than_the_message_is_to(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person, bo: Person
) -> None:
    """The app refuses it; if BankID does not, we do."""
    way = walk(bankid, personnummer=anna.number)
    with pytest.raises(NotTaken):
        simulator.bankid.scan(way.poll.qr or "", bo, "127.0.0.1")
    way.tick()
    assert way.failed.message == texts.FAILED["certificateErr"]
    way = walk(bankid, personnummer=anna.number)
    _lie(simulator, way, personalNumber=bo.number)
    way.tick()
    assert (way.failed.message, way.failed.retry) == (texts.OTHER_PERSON, False)


LIES: dict[str, Reply] = {
    "html": Reply(200, b"<html><h1>Login</h1></html>", "text/html"),
    "nothing": Reply(200, b""),
    "a list": Reply(200, b"[]"),
    "a number": Reply(200, b"1"),
    "wrong types": as_json(200, {"orderRef": 1, "status": ["complete"], "autoStartToken": None}),
    "no order": as_json(200, {"status": "complete"}),
    "oversize": Reply(200, b'{"orderRef":"' + b"a" * 600_000 + b'"}'),
    "nested deep": Reply(200, b'{"orderRef":' * 20_000),
    "a redirect": Reply(302, b"{}", headers={"location": "https://127.0.0.1:1/"}),
    "html refused": Reply(404, b"<html></html>", "text/html"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_lies_are_not_believed(bankid: BankIdProvider, walk: Any, simulator: Simulator, lie: Reply) -> None:
    """Neither at the start nor later."""
    simulator.bankid_lies.tell(lie)
    assert walk(bankid).failed.message == texts.STRANGE
    way = walk(bankid)
    simulator.bankid_lies.tell(lie)
    way.tick()
    assert way.failed.message == texts.STRANGE


def _lie(simulator: Simulator, way: Any, *, status: str = "complete", order: str = "", **user: object) -> None:
    """Let the next response be a result that never happened."""
    ref = json.loads(way.state["flow"])["order"]["orderRef"]
    who = {"personalNumber": "199001012385", "name": "A B", "givenName": "A", "surname": "B", **user}
    simulator.bankid_lies.tell(
        as_json(200, {"orderRef": order or ref, "status": status, "completionData": {"user": who}})
    )


@pytest.mark.parametrize(
    "change",
    [
        {"order": "another"},
        {"status": "done"},
        {"personalNumber": "9001012385"},
        {"personalNumber": "19900101-2385"},
        {"personalNumber": None},
        {"personalNumber": "²99001012385"},
    ],
    ids=str,
)
def test_an_end_that_is_not_whole_is_not_believed(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, change: dict[str, Any]
) -> None:
    """Another order's result, an unknown status, an invalid number."""
    way = walk(bankid)
    _lie(simulator, way, **change)
    way.tick()
    assert way.failed.message == texts.STRANGE


def test_a_complete_without_a_person_is_nobody(bankid: BankIdProvider, walk: Any, simulator: Simulator) -> None:
    """The status alone identifies nobody."""
    way = walk(bankid)
    ref = json.loads(way.state["flow"])["order"]["orderRef"]
    simulator.bankid_lies.tell(as_json(200, {"orderRef": ref, "status": "complete"}))
    way.tick()
    assert way.failed.message == texts.STRANGE


def test_a_peer_that_is_gone(bankid: BankIdProvider, walk: Any, simulator: Simulator) -> None:
    """During a flow the person waits, at most as long as an order lasts; at the start they are told."""
    way = walk(bankid)
    simulator.stop()
    way.tick()
    assert (way.poll.message, way.poll.seconds) == (texts.WAITING, 5)
    way.tick(240)
    assert way.failed.message == texts.DOWN
    assert walk(bankid).failed.message == texts.DOWN
    bankid.cancel(way.state)


def test_a_peer_that_says_nothing(make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator) -> None:
    """After the timeout of the settings it counts as unreachable."""
    simulator.bankid_lies.tell(None)
    assert walk(make_bankid(timeout_seconds=0.2)).failed.message == texts.DOWN
    simulator.bankid_lies.release()


def test_a_peer_that_says_nothing_holds_few(
    make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most twenty calls wait for it; further people are told at once, and the pages' other threads continue."""
    monkeypatch.setattr("budkavle_eid.mutual_tls.QUEUE_SECONDS", 0.05)
    bankid = make_bankid(timeout_seconds=30.0)
    simulator.bankid_lies.tell(*[None] * AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        held = [threads.submit(walk, bankid) for _ in range(AT_ONCE)]
        simulator.bankid_lies.wait_for_all()
        assert walk(bankid).failed.message == texts.DOWN
        assert not any(one.done() for one in held)
        simulator.bankid_lies.release()
    assert {one.result().failed.message for one in held} == {texts.DOWN}
    assert simulator.bankid.calls == []
    assert isinstance(walk(bankid).step, Poll)


def test_a_broken_gateway_is_waited_for(bankid: BankIdProvider, walk: Any, simulator: Simulator) -> None:
    """A proxy's error page with status 502 is not BankID's answer."""
    way = walk(bankid)
    simulator.bankid_lies.tell(Reply(502, b"<html>Bad gateway</html>", "text/html"))
    way.tick()
    assert way.poll.message == texts.WAITING


def test_a_client_that_nobody_knows_gets_nowhere(
    make_bankid: Callable[..., BankIdProvider], walk: Any, files: Certificates, simulator: Simulator
) -> None:
    """A certificate that BankID has not issued fails at the handshake."""
    stranger = make_bankid(certificate=files.stranger, key=files.stranger.with_suffix(".key"))
    assert walk(stranger).failed.message == texts.DOWN
    assert simulator.bankid.calls == []


def test_a_server_that_nobody_knows_gets_nothing(
    make_bankid: Callable[..., BankIdProvider], walk: Any, files: Certificates, simulator: Simulator
) -> None:
    """No data is sent to a server with another CA's certificate, even if it is valid."""
    assert walk(make_bankid(ca=files.stranger)).failed.message == texts.DOWN
    assert simulator.bankid.calls == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"certificate": "missing.pem"}, "certificate"),
        ({"certificate": "ca.pem", "key": None}, "key"),
        ({"key": "other-client.key"}, "key"),
        ({"ca": "missing.pem"}, "ca"),
        ({"ca": "client.key"}, "ca"),
    ],
    ids=str,
)
def test_a_wrong_file_stops_the_installation(
    files: Certificates, simulator: Simulator, change: dict[str, Any], named: str
) -> None:
    """In one line that names the file and the setting."""
    paths = {name: files.folder / value if value else value for name, value in change.items()}
    with pytest.raises(Misconfigured, match=named):
        peer_of(replace(simulator.addresses.bankid()[0], **paths))


@pytest.mark.parametrize("given", ["hemligt", "fel", ""])
def test_a_pkcs12_file_opens_with_its_passphrase(
    make_bankid: Callable[..., BankIdProvider], walk: Any, files: Certificates, tmp_path: Path, given: str
) -> None:
    """The bank's file is used unchanged; a wrong passphrase stops the installation, and no message contains it."""
    path = tmp_path / "bank.p12"
    key = load_pem_private_key(files.client.with_suffix(".key").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    certificate = load_pem_x509_certificate(files.client.read_bytes())
    path.write_bytes(serialize_key_and_certificates(b"x", key, certificate, None, BestAvailableEncryption(b"hemligt")))
    if given == "hemligt":
        assert isinstance(walk(make_bankid(certificate=path, key=None, passphrase=given)).step, Poll)
        return
    with pytest.raises(Misconfigured, match="passphrase") as told:
        make_bankid(certificate=path, key=None, passphrase=given)
    assert not given or given not in str(told.value)


def test_the_log_holds_codes_and_nobody(
    make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator, anna: Person
) -> None:
    """Whatever fails, is refused or is invented by a peer: no number, name, address or secret is logged."""
    lines = io.StringIO()
    configure(lines)
    try:
        bankid = make_bankid()
        way = walk(bankid, ip="192.0.2.1", user_agent=PHONE, personnummer=anna.number)
        back = _approve(simulator, way.poll, anna, ELSEWHERE, "high")
        way.tell(nonce=back.partition("nonce=")[2])
        simulator.bankid.fail_next("auth", f"no {anna.number}")
        walk(bankid)
        other = walk(bankid)
        simulator.bankid.show_hint(simulator.bankid.waiting()[0].id, f"no {anna.number}", failed=True)
        other.tick()
        simulator.bankid_lies.tell(as_json(200, {"orderRef": anna.number}))
        walk(bankid)
    finally:
        structlog.reset_defaults()
    told = lines.getvalue()
    events = {json.loads(line)["event"] for line in told.splitlines()}
    assert {"bankid.other-network", "bankid.risk", "bankid.refused", "bankid.failed"} <= events
    secrets = json.loads(way.state["flow"])["order"].values()
    for forbidden in (anna.number, "Testlind", "192.0.2", "nonce", *filter(None, secrets)):
        assert forbidden not in told
