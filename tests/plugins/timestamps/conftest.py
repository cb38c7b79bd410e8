"""An installation whose logs are stamped by a local time stamping authority."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from budkavle import Address, Draft, Entry, Host, Loa, Message, Platform
from budkavle.accounts.stored_settings import write_settings
from budkavle.messaging import send
from budkavle.model.people import Role
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due
from budkavle_timestamps.settings import StampSettings
from budkavle_timestamps.stamping import Stamping


@dataclass
class Stamped:
    """An organisation that has chosen an authority, and a user who writes."""

    organisation: SampleOrganisation
    admin: SampleUser
    ada: SampleUser
    mailbox_id: Any

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("timestamps")
        return host

    @property
    def proof_host(self) -> Host:
        host: Host = self.platform.plugins.host("proof")
        return host

    @property
    def stamping(self) -> Stamping:
        return Stamping(self.host)

    def choose(self, **values: object) -> None:
        """Choose an authority, as an administrator does."""
        in_work(self.platform, self.admin, write_settings, StampSettings, values)

    def send(self) -> Message:
        """Send a message, so that the log grows."""
        draft = Draft((Address("fake", "them"),), "Orosanmälan", "Text")
        message = in_work(self.platform, self.ada, send, self.mailbox_id, draft)
        deliver_due(self.platform)
        return message


@pytest.fixture(scope="session")
def make_tsa(program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    """Create an authority; the test is skipped if openssl is missing, and fails in CI."""
    program("openssl")
    spec = importlib.util.spec_from_file_location("prov_tsa", Path(__file__).with_name("tsa.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["prov_tsa"] = module
    spec.loader.exec_module(module)
    made: list[Any] = []

    def make() -> Any:
        made.append(module.Tsa(tmp_path_factory.mktemp("tsa")))
        return made[-1]

    yield make
    for tsa in made:
        tsa.close()
    del sys.modules["prov_tsa"]


@pytest.fixture
def tsa(make_tsa: Callable[[], Any]) -> Any:
    """An authority that behaves normally until a test says otherwise."""
    return make_tsa()


@pytest.fixture
def stamped(budkavle_open: Callable[..., Platform], tsa: Any) -> Stamped:
    """An organisation that has chosen it."""
    book = FakeDirectory(entries=[Entry(Address("fake", "them", "Socialtjänsten", "Kisa kommun"))])
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], directories=lambda host: [book])
    platform = budkavle_open(
        enabled=("proof", "timestamps", "fake"),
        offers=offer(fake=fake),
        private_addresses=("127.0.0.0/8",),
        plugins={"timestamps": {"timeout_seconds": 3.0}},
    )
    organisation = SampleOrganisation.create(platform, "Håbo kommun")
    admin, ada = organisation.add_user("Anna Admin", Role.ADMIN), organisation.add_user("Ada").at(Loa.TWO)
    made = Stamped(organisation, admin, ada, organisation.add_mailbox("Registrator", ada).id)
    made.choose(url=tsa.url, root=tsa.root, every=timedelta(minutes=1))
    return made


@pytest.fixture
def browse_in(stamped: Stamped) -> Iterator[Callable[..., Browser]]:
    """Open browsers in that installation."""
    with browsing(stamped.platform) as browser:
        yield browser
