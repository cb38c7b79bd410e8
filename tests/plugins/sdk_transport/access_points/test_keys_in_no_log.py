"""No private key, message's own key or password of SDK's stands in a log, in a round trip and in trouble."""

import base64
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from litestar.testing import TestClient

from budkavle import Platform, Role
from budkavle.accounts import create_user
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.working import do_job, wait_until
from budkavle.web.app import create_app
from budkavle_sdk_transport.access_points.domibus.interfaces import SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.push import PATH as PUSH
from budkavle_sdk_transport.envelope import encryption
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.keys.memberships import Memberships
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.pages.keys import PATH as KEYS
from budkavle_sdk_transport.simulator.ca import Validity
from budkavle_sdk_transport.simulator.domibus_stub.faults import CallFault, CallFaultKind
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

PATIENCE = 60.0
PASSWORDS = {
    "access point": "Nattviol till accesspunkten",
    "push": "Nattviol till klockan",
    "guessed push": "Nattviol gissad klocka",
    "key file": "Nattviol till nyckelfilen",
    "wrong for the file": "Nattviol som inte öppnar filen",
}


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """An access point for every participant."""
    directory: dict[str, str] = {}
    with running(Stub(tmp_path / "stub", "AP0001-OPEN-TEST", directory=directory)) as made:
        directory.update((one.participant, made.between) for one in PARTICIPANTS)
        yield made


@pytest.fixture
def sdk_settings(stub: Stub) -> dict[str, Any]:
    """By SOAP, with a password to the access point and one for its bell."""
    soap = {"url": stub.url, "timeout_seconds": 10.0, "user": "budkavle", "password": PASSWORDS["access point"]}
    soap |= {"push_user": "klocka", "push_password": PASSWORDS["push"]}
    return {"access_point": "soap", "soap": soap}


@pytest.fixture(autouse=True)
def closed(parts: Network) -> Iterator[None]:
    """The connections to the stub end with the test."""
    yield
    parts.access_point.close()


@pytest.fixture
def message_keys(monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """The key of each message that is sealed or opened."""
    used = set[bytes]()

    def note(key: bytes) -> AES256:
        used.add(bytes(key))
        return AES256(key)

    monkeypatch.setattr(encryption, "AES256", note)
    return used


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Give all that has been logged or printed, by this program and by its libraries."""
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as events:

        def text() -> str:
            out, err = capfd.readouterr()
            return "\n".join([repr(events), caplog.text, out, err])

        yield text


def forms_of(secret: bytes) -> list[str]:
    """Return how bytes may stand in a text."""
    based = [base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()]
    number = int.from_bytes(secret, "big")
    return [secret.hex(), secret.hex().upper(), repr(secret)[2:-1], str(list(secret)), str(number), *based]


def parts_of(pair: KeyPair) -> list[str]:
    """Return what of a private key must stand in no text: its numbers in each form, and each line of its files."""
    numbers = pair.private_key.private_numbers()
    secret = [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.p, numbers.q, numbers.d)]
    files = [
        pair.private_key.private_bytes(Encoding.PEM, form, NoEncryption()).decode().splitlines()[2:-2]
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    ]
    return [*(form for part in secret for form in forms_of(part)), *(line for lines in files for line in lines)]


def settle(platform: Platform, members: tuple[Any, Any], sdk_worker: Any, parts: Network, count: int) -> None:
    """Let time pass and workers work until all that the first has sent is acknowledged."""
    end = monotonic() + PATIENCE
    while members[0].states() != ["ACKNOWLEDGED"] * count:
        assert monotonic() < end, f"{members[0].states()}"
        for member in members:
            member.organisation.rows("UPDATE deliveries SET due_at = now() WHERE due_at > now() RETURNING 1")
        parts.receiver._retry_delays._waits.clear()
        sdk_worker.deliver()
        sdk_worker.fetch()
        do_job(platform, "sdk.status")
        sleep(0.02)


@pytest.fixture
def admin(platform: Platform, region: Any) -> Iterator[Browser]:
    """The region's administrator."""
    made = in_work(
        platform, region.organisation.system, create_user, email="chef@region.example", name="Chef", role=Role.ADMIN
    )
    with browsing(platform) as browser:
        yield browser(made)


def new_pair(live_federation: Federation) -> KeyPair:
    """Return another pair for the region."""
    now = datetime.now(UTC)
    valid = Validity(now - timedelta(days=9), now + timedelta(days=700))
    return live_federation.authority.issue("regionvattern.example", "Region Vättern", valid=valid)


@pytest.mark.feature("SD9", "SD18", "Y3")
def test_no_key_and_no_password_is_logged(
    platform: Platform,
    members: tuple[Any, Any],
    municipality: Any,
    region: Any,
    peer: Any,
    sdk_worker: Any,
    parts: Network,
    live_federation: Federation,
    stub: Stub,
    admin: Browser,
    message_keys: set[bytes],
    logged: Callable[[], str],
) -> None:
    """A key is added, its file is not opened, the access point fails, a message is a stranger's, a key is broken."""
    pairs = [live_federation.keys_of(one.participant) for one in PARTICIPANTS] + [new_pair(live_federation)]
    file = pairs[-1].to_pkcs12(PASSWORDS["key file"].encode())
    for password, content in (("wrong for the file", file), ("key file", file[:900]), ("key file", file)):
        files = {"key": ("ny.p12", content, "application/x-pkcs12")}
        answer = admin.post(KEYS, files=files, password=PASSWORDS[password])
    assert answer.status_code == 303, "the key was not added"
    for operation in ("submitMessage", "retrieveMessage", "markMessageAsDownloaded"):
        stub.faults.plan(operation, CallFault(CallFaultKind.FAULT, "WS_PLUGIN_0002"), CallFault(CallFaultKind.HTML))
    municipality.send(region.address(), attachments=(municipality.attach(),))
    settle(platform, members, sdk_worker, parts, 1)
    body = peer.seal(peer.message(), signer=pairs[-1])
    name = peer.submit(body)
    wait_until(lambda: name in stub.message_store.pending())
    sdk_worker.fetch()
    ring(platform)
    broken = "UPDATE sdk_identities SET pair = set_byte(pair, 40, get_byte(pair, 40) # 255)"
    region.organisation.rows(broken)
    Memberships(platform.plugins.host("sdk")).all(fresh=True)  # as another process, which has not read it yet
    text = logged()
    assert "sdk.keys_unreadable" in text
    assert "sdk.access_point_unavailable" in text
    assert len(message_keys) >= 1
    assert [secret for pair in pairs for secret in parts_of(pair) if secret in text] == []
    assert [key for key in message_keys for form in forms_of(key) if form in text] == []
    for whose, password in PASSWORDS.items():
        told = base64.b64encode(f"budkavle:{password}".encode()), base64.b64encode(f"klocka:{password}".encode())
        assert password not in text, whose
        assert not any(form.decode().rstrip("=") in text for form in told), whose


def ring(platform: Platform) -> None:
    """Ring the bell of the access point with the right and with a guessed password."""
    with TestClient(create_app(platform)) as client:
        for password in (PASSWORDS["push"], PASSWORDS["guessed push"]):
            client.post(PUSH, content=b"<x/>", headers={"content-type": SOAP_TYPE}, auth=("klocka", password))
