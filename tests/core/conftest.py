"""Installations of the core with one plugin in memory: a transport, an address book, and a record of hook calls."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from budkavle.deliveries import attempt
from budkavle.host import host_of
from budkavle.model.messages import Address, Draft, ReceiptToSend
from budkavle.model.people import Actor
from budkavle.plugins import calls
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.database import Database
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def database(budkavle_database: Database) -> Database:
    return budkavle_database


@pytest.fixture
def fake_transport() -> FakeTransport:
    """A transport to a peer in memory."""
    return FakeTransport()


@pytest.fixture
def fake_directory() -> FakeDirectory:
    """The address book of that peer."""
    return FakeDirectory()


@pytest.fixture
def notices() -> list[tuple[str, dict[str, Any]]]:
    """The calls of the plugin's hooks about messages and deliveries, as (hook, arguments)."""
    return []


@pytest.fixture
def open_with(budkavle_settings: Settings) -> Iterator[Callable[..., Platform]]:
    """Open an installation with these plugins, and `password`: `open_with(fake=module)`."""
    with ExitStack() as opened:

        def make(**modules: ModuleType) -> Platform:
            settings = replace(budkavle_settings, enabled=tuple(modules))
            plugins = Plugins.load(settings, offer(**modules) | {"password": installed()["password"]})
            platform = opened.enter_context(closing(open_platform(settings, plugins=plugins)))
            plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
            return platform

        yield make


@pytest.fixture
def open_fake(
    open_with: Callable[..., Platform],
    fake_transport: FakeTransport,
    fake_directory: FakeDirectory,
    notices: list[tuple[str, dict[str, Any]]],
) -> Callable[..., Platform]:
    """Open an installation with the plugin in memory and its further objects, and with other plugins."""

    def received(host: Any, organisation_id: Any, message_id: Any) -> None:
        notices.append(("message_received", {"message_id": message_id}))

    def changed(host: Any, organisation_id: Any, delivery_id: Any, state: Any) -> None:
        notices.append(("state_changed", {"delivery_id": delivery_id, "state": state}))

    def brought(things: Iterable[Any]) -> Callable[[Any], list[Any]]:
        return lambda host: list(things)

    def make(*, others: Mapping[str, ModuleType] | None = None, **brings: Any) -> Platform:
        transports = [fake_transport, *brings.pop("transports", ())]
        handlers = list(brings.pop("receipt_handlers", ()))
        fake = plugin_module(
            "fake",
            transports=lambda host: transports,
            directories=lambda host: [fake_directory],
            receipt_handlers=lambda: handlers,
            message_received=received,
            state_changed=changed,
            **{hook: brought(things) for hook, things in brings.items()},
        )
        return open_with(fake=fake, **(others or {}))

    return make


@pytest.fixture
def platform(open_fake: Callable[..., Platform]) -> Platform:
    """An installation with the plugin in memory."""
    return open_fake()


@pytest.fixture
def organisation(other_organisation: SampleOrganisation, platform: Platform) -> SampleOrganisation:
    """An organisation; there is always another one, nothing of which may be seen or counted."""
    return SampleOrganisation.create(platform, "Habo").staffed()


@pytest.fixture
def staff(organisation: SampleOrganisation) -> Actor:
    """An acting user, for the event log."""
    return system_actor(organisation.id, "Åsa Öberg")


@pytest.fixture
def build_organisation(open_fake: Callable[..., Platform]) -> Callable[..., SampleOrganisation]:
    """Create an organisation in an installation whose plugin in memory has these objects."""

    def build(**brings: Any) -> SampleOrganisation:
        return SampleOrganisation.create(open_fake(**brings)).staffed()

    return build


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """Make a draft to these addresses of the peer."""

    def make(*recipients: str, **more: Any) -> Draft:
        to = tuple(Address("fake", value) for value in recipients or ("them",))
        return Draft(**{"recipients": to, "subject": "Begäran", "body": "Kan ni svara?", **more})

    return make


@pytest.fixture
def receipt_to_send() -> Callable[[], ReceiptToSend]:
    """Make receipts of received messages, each with its own id."""
    return lambda: ReceiptToSend(uuid4(), Address("fake", "them"), b"<receipt/>")


class Crash(BaseException):
    """A process that is killed: nothing catches it."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """Kill a worker when a transport has just answered, before the result is written."""

    def die(*answers: Any) -> None:
        raise Crash

    @contextmanager
    def while_it_works() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(attempt, "_judge_outcome", die)
            with pytest.raises(Crash):
                yield

    return while_it_works


@pytest.fixture
def start(organisation: SampleOrganisation, tmp_path: Path) -> Callable[..., "subprocess.Popen[bytes]"]:
    """Start a worker in a separate process, whose transport writes to `tmp_path / "book"` what it hands over.

    `start("ett")` names its node, which is then added to each line.
    """
    program = str(Path(__file__).with_name("worker_process.py"))
    settings = organisation.platform.settings
    command = [sys.executable, program, str(settings.data), settings.database.url or "", str(tmp_path / "book")]
    return lambda *node: subprocess.Popen([*command, *node])


@pytest.fixture(autouse=True)
def _no_call_is_left_behind() -> Iterator[None]:
    """End a call that a test has left hanging before the next test: its lane would claim nothing there."""
    yield
    end = time.monotonic() + 60
    while calls.left_behind("fake") and time.monotonic() < end:
        time.sleep(0.02)
    assert calls.left_behind("fake") == 0
