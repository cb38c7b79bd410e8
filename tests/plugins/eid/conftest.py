"""The simulators over real TLS, a clock that tests move, and a walk through the steps of a flow."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from typing import Any

import pytest
import structlog
from msgspec.structs import replace

from budkavle import Failed, Identity, Loa, Poll, Step, call
from budkavle_eid.app_providers import peer_of
from budkavle_eid.bankid.api import BankId
from budkavle_eid.bankid.provider import BankIdProvider
from budkavle_eid.bankid.trust import trust_of
from budkavle_eid.devices import Environment
from budkavle_eid.freja.api import Freja
from budkavle_eid.freja.provider import FrejaProvider
from budkavle_eid.freja.signed_details import load_keys
from budkavle_eid.simulator.authority import Certificates, certificates
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import BY_KEY, Person

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
BACK = "http://127.0.0.1:8420/sign-in/back/bankid"


class Clock:
    """A clock, in seconds since 1970, that only a test moves."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds


def _anybody(address: str) -> bool:
    return True


class Memory:
    """Stores values that can be taken once, as the plugin's table does."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, what: str, plain: bytes, until: datetime) -> None:
        self._kept.setdefault(what, plain)

    def take(self, what: str) -> bytes | None:
        return self._kept.pop(what, None)


class Walk:
    """The browser and the core in one: keeps the last state and returns the last step."""

    def __init__(self, provider: BankIdProvider | FrejaProvider, clock: Clock, **hints: str) -> None:
        self.provider, self.clock = provider, clock
        given = {"ip": HERE, "return_url": BACK, "user_agent": "Firefox", "browser": "b", "language": "sv", **hints}
        self.steps: list[Step] = []
        self.take(call(provider.start, Loa.THREE, given))

    def take(self, step: Step) -> Step:
        self.steps.append(step)
        if isinstance(step, Poll):
            self.state = dict(step.state)
        return step

    def tell(self, **answers: str) -> Step:
        return self.take(call(self.provider.advance, self.state, answers))

    def tick(self, seconds: float = 3.0) -> Step:
        self.clock.tick(seconds)
        return self.tell(tick="1")

    @property
    def step(self) -> Step:
        return self.steps[-1]

    @property
    def poll(self) -> Poll:
        assert isinstance(self.step, Poll), self.step
        return self.step

    @property
    def failed(self) -> Failed:
        assert isinstance(self.step, Failed), self.step
        return self.step

    @property
    def identity(self) -> Identity:
        assert isinstance(self.step, Identity), self.step
        return self.step


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One temporary CA for all tests."""
    return certificates(tmp_path_factory.mktemp("eid") / "certificates")


@pytest.fixture
def simulator(files: Certificates, clock: Clock) -> Iterator[Simulator]:
    """BankID, Freja and the telephone on free ports."""
    running = Simulator(files.folder, clock=clock)
    yield running
    running.stop()


@pytest.fixture
def open_peers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def kept() -> list[bytes]:
    """The evidence that was stored."""
    return []


@pytest.fixture
def make_bankid(
    simulator: Simulator, clock: Clock, open_peers: ExitStack, kept: list[bytes]
) -> Callable[..., BankIdProvider]:
    """Create a provider with some settings changed."""

    def make(**changes: Any) -> BankIdProvider:
        settings = replace(simulator.addresses.bankid()[0], **{"app_url": "", "timeout_seconds": 5.0, **changes})
        peer = open_peers.enter_context(closing(peer_of(settings)))
        trust = trust_of(settings, kept.append)
        environment = Environment(lambda address: True, structlog.get_logger("test"), clock)
        return BankIdProvider(settings, BankId(peer), Memory(), environment, trust)

    return make


@pytest.fixture
def make_freja(simulator: Simulator, clock: Clock, open_peers: ExitStack) -> Callable[..., FrejaProvider]:
    """Create a provider with some settings changed."""

    def make(**changes: Any) -> FrejaProvider:
        settings = replace(simulator.addresses.freja()[0], **{"timeout_seconds": 5.0, **changes})
        peer = open_peers.enter_context(closing(peer_of(settings)))
        api = Freja(peer, settings)
        environment = Environment(lambda address: True, structlog.get_logger("test"), clock)
        return FrejaProvider(settings, api, load_keys(settings.signing), environment)

    return make


@pytest.fixture
def bankid(make_bankid: Callable[..., BankIdProvider]) -> BankIdProvider:
    return make_bankid()


@pytest.fixture
def freja(make_freja: Callable[..., FrejaProvider]) -> FrejaProvider:
    return make_freja()


@pytest.fixture
def walk(clock: Clock) -> Callable[..., Walk]:
    """Begin a walk through a provider's steps."""

    def begin(provider: BankIdProvider | FrejaProvider, **hints: str) -> Walk:
        return Walk(provider, clock, **hints)

    return begin


@pytest.fixture
def anna() -> Person:
    """A person with Mobilt BankID, Freja+ and an Organisation eID."""
    return BY_KEY["anna"]


@pytest.fixture
def bo() -> Person:
    """A person with BankID on file."""
    return BY_KEY["bo"]
