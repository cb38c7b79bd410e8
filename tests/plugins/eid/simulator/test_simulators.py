"""The simulators are as true as what is known of the real ones: what they refuse, when they forget, what they bind."""

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from budkavle_eid.bankid.api import qr_text
from budkavle_eid.mutual_tls import Key, tls
from budkavle_eid.simulator.app import NotTaken
from budkavle_eid.simulator.authority import Certificates, certificates
from budkavle_eid.simulator.bankid_requests import STATUS
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import PEOPLE, Person

START = {"endUserIp": "127.0.0.1"}
Post = Callable[..., httpx.Response]


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _client(stack: ExitStack, files: Certificates, certificate: Path | None) -> httpx.Client:
    if certificate is None:
        context = ssl.create_default_context(cafile=files.ca)
    else:
        context = tls(Key(certificate, certificate.with_suffix(".key")), files.ca)
    return stack.enter_context(httpx.Client(verify=context, trust_env=False))


@pytest.fixture
def post(simulator: Simulator, files: Certificates, clients: ExitStack) -> Post:
    """Call BankID as we do, or as another relying party."""
    ours = _client(clients, files, files.client)
    theirs = _client(clients, files, files.other_client)

    def call(path: str, body: object, *, other: bool = False, kind: str = "application/json") -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = simulator.addresses.bankid_url + path
        return (theirs if other else ours).post(url, content=content, headers={"content-type": kind})

    return call


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


GONE = (400, "invalidParameters")


def test_nobody_talks_to_it_without_a_certificate(
    simulator: Simulator, files: Certificates, clients: ExitStack
) -> None:
    """1: the handshake ends, for BankID and for Freja."""
    for url in (simulator.addresses.bankid_url + "auth", simulator.addresses.freja_url + "/authentication/1.0/cancel"):
        with pytest.raises(httpx.TransportError):
            _client(clients, files, None).post(url, json=START)
    assert simulator.bankid.calls == []


def test_it_wants_post_and_bare_json(simulator: Simulator, files: Certificates, clients: ExitStack, post: Post) -> None:
    """2: another method, path, or type of content, even with a charset; and what is no JSON."""
    url = simulator.addresses.bankid_url
    client = _client(clients, files, files.client)
    assert _code(client.get(url + "auth")) == (405, "methodNotAllowed")
    assert _code(client.put(url + "auth", json=START)) == (405, "methodNotAllowed")
    assert _code(post("order", START)) == (404, "notFound")
    assert _code(client.post(simulator.addresses.bankid_url.replace("v6.0", "v5.1") + "auth", json=START))[0] == 404
    for kind in ("application/json; charset=utf-8", "text/plain", ""):
        assert _code(post("auth", START, kind=kind)) == (415, "unsupportedMediaType")
    for body in (b"{", b"\xff", b"[]", b"1"):
        assert _code(post("auth", body)) == GONE


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("auth", {}),
        ("auth", START | {"personalNumber": "199001012385"}),
        ("auth", START | {"requirement": {"personalNumber": "9001012385"}}),
        ("auth", START | {"requirement": {"certificatePolicies": ["mobile"]}}),
        ("auth", START | {"requirement": {"unknown": True}}),
        ("auth", START | {"userVisibleData": "not base64!"}),
        ("auth", START | {"userVisibleData": "A" * 1504}),
        ("auth", START | {"userVisibleData": ""}),
        ("auth", START | {"userVisibleDataFormat": "html"}),
        ("auth", START | {"web": {"referringDomain": "x"}}),
        ("auth", {"endUserIp": "nowhere"}),
        ("sign", START),
        ("phone/auth", {"personalNumber": "199001012385"}),
        ("phone/auth", {"personalNumber": "199001012385", "callInitiator": "we"}),
        ("phone/auth", {"personalNumber": "199001012385", "callInitiator": "RP", "endUserIp": "127.0.0.1"}),
        ("collect", {}),
        ("cancel", {"orderRef": 1}),
        ("collect", {"orderRef": "unknown"}),
    ],
    ids=str,
)
def test_wrong_parameters_are_refused(post: Post, path: str, body: dict[str, Any]) -> None:
    """Unknown ones, missing ones, and values that BankID does not take."""
    assert _code(post(path, body)) == GONE


def test_the_timers_run(post: Post, clock: Any, simulator: Simulator, anna: Person) -> None:
    """3: thirty seconds to open it, three minutes in all."""
    unopened = post("auth", START).json()
    opened = post("auth", START).json()
    simulator.bankid.scan(qr_text(opened["qrStartToken"], opened["qrStartSecret"], 0), anna, "127.0.0.1")
    clock.tick(29)
    assert post("collect", {"orderRef": unopened["orderRef"]}).json()["status"] == "pending"
    clock.tick(1)
    seen = post("collect", {"orderRef": unopened["orderRef"]}).json()
    assert (seen["status"], seen["hintCode"]) == ("failed", "startFailed")
    clock.tick(149)
    assert post("collect", {"orderRef": opened["orderRef"]}).json()["hintCode"] == "userSign"
    clock.tick(1)
    assert post("collect", {"orderRef": opened["orderRef"]}).json()["hintCode"] == "expiredTransaction"


@pytest.mark.parametrize(
    ("end", "asked", "kept"), [("approve", True, 180), ("decline", True, 300), ("approve", False, 190)]
)
def test_an_end_is_told_once_and_kept_a_while(
    post: Post, clock: Any, simulator: Simulator, anna: Person, end: str, asked: bool, kept: float
) -> None:
    """4: complete 3 minutes, failed 5, never asked about 3 minutes and 10 seconds; then it is not known."""
    refs = []
    for person in PEOPLE[:2]:
        order = post("auth", START).json()
        refs.append({"orderRef": order["orderRef"]})
        shown = simulator.bankid.scan(qr_text(order["qrStartToken"], order["qrStartSecret"], 0), person, "127.0.0.1")
        if asked:
            post("collect", refs[-1])
        getattr(simulator.bankid, end)(shown)
    assert post("collect", refs[0]).status_code == 200
    assert _code(post("collect", refs[0])) == GONE
    clock.tick(kept if end == "decline" or asked else 180)
    assert _code(post("collect", refs[1])) == GONE


def test_a_reference_is_its_makers_alone(post: Post) -> None:
    """5: another relying party's certificate neither sees nor cancels it."""
    ref = {"orderRef": post("auth", START).json()["orderRef"]}
    assert _code(post("collect", ref, other=True)) == GONE
    assert _code(post("cancel", ref, other=True)) == GONE
    assert post("collect", ref).json()["status"] == "pending"
    assert post("cancel", ref).json() == {}
    assert _code(post("collect", ref)) == GONE


def test_the_code_is_computed_anew(post: Post, clock: Any, simulator: Simulator, anna: Person) -> None:
    """6: only the seconds of now, only the secret of the order, and only once."""
    order = post("auth", START).json()
    token, secret = order["qrStartToken"], order["qrStartSecret"]
    clock.tick(10)
    for false in (qr_text(token, secret, 4), qr_text(token, secret, 16), qr_text(token, "x", 10)):
        with pytest.raises(NotTaken):
            simulator.bankid.scan(false, anna, "127.0.0.1")
    simulator.bankid.scan(qr_text(token, secret, 9), anna, "127.0.0.1")
    with pytest.raises(NotTaken):
        simulator.bankid.scan(qr_text(token, secret, 10), PEOPLE[1], "127.0.0.1")


def test_one_person_has_one_order(post: Post, simulator: Simulator, anna: Person) -> None:
    """7: a start with a number while one is pending makes none; a newer one that is scanned cancels the older."""
    bound = START | {"requirement": {"personalNumber": anna.number}}
    first = post("auth", bound).json()
    assert _code(post("auth", bound)) == (400, "alreadyInProgress")
    assert post("collect", {"orderRef": first["orderRef"]}).json()["hintCode"] == "cancelled"
    older, newer = post("auth", START).json(), post("auth", START).json()
    for order in (older, newer):
        simulator.bankid.scan(qr_text(order["qrStartToken"], order["qrStartSecret"], 0), anna, "127.0.0.1")
    assert post("collect", {"orderRef": older["orderRef"]}).json()["hintCode"] == "cancelled"
    assert post("collect", {"orderRef": newer["orderRef"]}).json()["hintCode"] == "userSign"
    phone = {"personalNumber": anna.number, "callInitiator": "RP"}
    assert _code(post("phone/auth", phone)) == (400, "alreadyInProgress")
    assert list(post("phone/auth", phone).json()) == ["orderRef"]


def test_what_an_order_demands(post: Post, simulator: Simulator, anna: Person, bo: Person) -> None:
    """8: another person's BankID, or one of another kind, fails the order; mrtd asks for a passport."""
    wants = {
        "number": ({"personalNumber": anna.number}, bo, "certificateErr"),
        "policy": ({"certificatePolicies": ["1.2.752.78.1.5"]}, bo, "certificateErr"),
        "passport": ({"mrtd": True}, anna, "userMrtd"),
    }
    for requirement, person, hint in wants.values():
        order = post("auth", START | {"requirement": requirement}).json()
        try:
            simulator.bankid.scan(qr_text(order["qrStartToken"], order["qrStartSecret"], 0), person, "127.0.0.1")
        except NotTaken:
            assert hint == "certificateErr"
        assert post("collect", {"orderRef": order["orderRef"]}).json()["hintCode"] == hint


def test_the_end_tells_where_the_app_was(post: Post, simulator: Simulator, anna: Person) -> None:
    """9 and 11: the app's own address, and the risk, where it was asked for."""
    for asked in (True, False):
        order = post("auth", START | {"returnRisk": asked}).json()
        code = qr_text(order["qrStartToken"], order["qrStartSecret"], 0)
        simulator.bankid.approve(simulator.bankid.scan(code, anna, "192.0.2.7"), "high")
        done = post("collect", {"orderRef": order["orderRef"]}).json()["completionData"]
        assert done["device"]["ipAddress"] == "192.0.2.7"
        assert done.get("risk") == ("high" if asked else None)
        assert done["user"] == {
            "personalNumber": anna.number,
            "name": "Anna Testlind",
            "givenName": "Anna",
            "surname": "Testlind",
        }


@pytest.mark.parametrize("code", STATUS)
def test_every_error_can_be_had(post: Post, simulator: Simulator, code: str) -> None:
    """11: with its status."""
    simulator.bankid.fail_next("auth", code)
    answer = post("auth", START)
    assert _code(answer) == (STATUS[code], code)
    assert ("ratelimit-limit" in answer.headers) is (code == "tooManyRequests")


@pytest.fixture
def ask(simulator: Simulator, files: Certificates, clients: ExitStack) -> Post:
    """Call Freja as we do, or as another relying party."""
    ours, theirs = _client(clients, files, files.client), _client(clients, files, files.other_client)

    def call(path: str, name: str, body: object, *, other: bool = False, more: str = "") -> httpx.Response:
        line = f"{name}={base64.b64encode(json.dumps(body).encode()).decode()}{more}"
        url = f"{simulator.addresses.freja_url}/{path}"
        return (theirs if other else ours).post(url, content=line.encode(), headers={"content-type": "text/plain"})

    return call


INFERRED = {"userInfoType": "INFERRED", "userInfo": "N/A"}
INIT = ("authentication/1.0/initAuthentication", "initAuthRequest")
RESULT = ("authentication/1.0/getOneResult", "getOneAuthResultRequest")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 1001),
        ({"userInfoType": "NAME", "userInfo": "x"}, 1001),
        ({"userInfoType": "INFERRED", "userInfo": "x"}, 1002),
        (INFERRED | {"minRegistrationLevel": "GOLD"}, 1007),
        (INFERRED | {"attributesToReturn": [{"attribute": "SHOE_SIZE"}]}, 2002),
        (INFERRED | {"attributesToReturn": [{"attribute": "SSN"}]}, 2002),
        (7, 1010),
    ],
    ids=str,
)
def test_freja_refuses_what_is_wrong(ask: Post, body: object, code: int) -> None:
    """With its codes; without a level it takes BASIC, and BASIC has no number."""
    answer = ask(*INIT, body)
    assert (answer.status_code in {400, 422}, answer.json()["code"]) == (True, code)


def test_freja_knows_whose_a_reference_is(ask: Post, clock: Any) -> None:
    """Another party's certificate, another kind of eID, one that is too old."""
    ref = {"authRef": ask(*INIT, INFERRED).json()["authRef"]}
    assert ask(*RESULT, ref).json() == ref | {"status": "STARTED"}
    assert ask(*RESULT, ref, other=True).json()["code"] == 1100
    assert ask("organisation/" + RESULT[0], RESULT[1], ref).json()["code"] == 1100
    assert ask(*RESULT, ref, more="&relyingPartyId=nobody").json()["code"] == 1008
    assert ask("authentication/2.0/other", RESULT[1], ref).json()["code"] == 1004
    clock.tick(120)
    assert ask(*RESULT, ref).json()["status"] == "EXPIRED"
    clock.tick(600)
    assert ask(*RESULT, ref).json()["code"] == 1100


def test_the_certificates_are_made_once(tmp_path: Path) -> None:
    """Whoever comes second finds the first one's, and the keys are nobody else's to read."""
    first = certificates(tmp_path / "a" / "b")
    made = first.ca.read_bytes()
    assert certificates(tmp_path / "a" / "b").ca.read_bytes() == made
    assert first.client.with_suffix(".key").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["b"]


def test_the_numbers_are_test_numbers() -> None:
    """Of the published series, with right check digits."""
    for person in PEOPLE:
        digits = [int(sign) * (2 - place % 2) for place, sign in enumerate(person.number[2:])]
        assert sum(digit // 10 + digit % 10 for digit in digits) % 10 == 0
        assert person.number[8:11] in {"238", "239"}
