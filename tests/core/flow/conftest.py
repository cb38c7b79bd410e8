"""An installation with a transport and an address book in memory, and an organisation with people in it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations, users
from budkavle.deliveries import attempt
from budkavle.host import host_of
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft, Incoming, ReceiptToSend
from budkavle.model.people import Actor, Organisation, User, UserActor
from budkavle.plugins import calls
from budkavle.plugins.job import Job
from budkavle.plugins.outbox import Outbox
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture(autouse=True)
def _no_call_is_left_behind() -> Iterator[None]:
    """A call that a test has let hang is over when the next test begins: its lane would claim nothing there."""
    yield
    end = time.monotonic() + 60
    while calls.left_behind("fake") and time.monotonic() < end:
        time.sleep(0.02)
    assert calls.left_behind("fake") == 0


@dataclass
class House:
    """The installation, what its one plugin brings and was told, and one organisation with two colleagues."""

    platform: Platform
    transport: FakeTransport
    directory: FakeDirectory
    told: list[tuple[str, dict[str, Any]]]
    organisation: Organisation = field(init=False)
    admin: Actor = field(init=False)
    anna: Actor = field(init=False)
    bo: Actor = field(init=False)
    box: FunctionMailbox = field(init=False)

    def furnish(self) -> None:
        system = system_actor()
        self.organisation = organisations.create_organisation(self.platform, system, "Exempelstad")
        self.admin = system_actor(self.organisation.id, "Admin")
        self.anna = self._person("Anna Ek")
        self.bo = self._person("Bo Lind")
        self.box = self.mailbox("Registrator", self.anna, self.bo)

    def mailbox(self, name: str, *members: Actor, address: str = "", **more: Any) -> FunctionMailbox:
        box = in_work(self.platform, self.admin, mailboxes.create_mailbox, name, **more)
        if members:
            in_work(
                self.platform,
                self.admin,
                mailboxes.add_members,
                box.id,
                [one.user_id for one in members if one.user_id],
            )
        if address:
            self.directory.ours[Address("fake", address)] = (self.organisation.id, box.id)
        return box

    def _person(self, name: str) -> Actor:
        email = f"{name.split(maxsplit=1)[0].lower()}@exempelstad.se"
        user: User = in_work(self.platform, self.admin, users.create_user, email=email, name=name)
        return UserActor(user.organisation_id, user.id, user.name, user.role)

    def incoming(self, remote_id: str | None = None, **more: Any) -> Incoming:
        values: dict[str, Any] = {
            "organisation_id": self.organisation.id,
            "transport": "fake",
            "remote_id": remote_id or str(uuid4()),
            "sender": Address("fake", "them", "Mottagningen", "Regionen"),
            "recipient": Address("fake", "registrator"),
            "subject": "Utlåtande",
            "body": "Se bilagan.",
            "received_at": datetime.now(UTC),
        }
        return Incoming(**{**values, **more})

    def receipt_to_send(self) -> ReceiptToSend:
        return ReceiptToSend(uuid4(), Address("fake", "them"), b"<receipt/>")

    def rows(self, query: str, **facts: Any) -> list[Any]:
        with self.platform.database.transaction(self.organisation.id) as connection:
            return list(connection.execute(text(query), facts))

    def states(self) -> list[str]:
        return [row.state for row in self.rows("SELECT state FROM deliveries ORDER BY created_at")]

    def events(self, delivery_id: UUID) -> list[str]:
        query = "SELECT state FROM delivery_events WHERE delivery_id = :id ORDER BY id"
        return [row.state for row in self.rows(query, id=delivery_id)]

    def audit(self) -> list[str]:
        return [row.kind for row in self.rows("SELECT kind FROM audit_log ORDER BY number")]

    def last_facts(self) -> dict[str, Any]:
        """Return what the newest entry of the event log says beside its kind."""
        (row,) = self.rows("SELECT entry FROM audit_log ORDER BY number DESC LIMIT 1")
        facts: dict[str, Any] = json.loads(row.entry)["facts"]
        return facts

    def make_due(self) -> None:
        """Let time pass for everything that waits for another try."""
        with self.platform.database.transaction(self.organisation.id) as connection:
            connection.execute(text("UPDATE deliveries SET due_at = now() - interval '1 second'"))


@pytest.fixture
def build_house(budkavle_settings: Settings) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def build(
        *,
        transports: tuple[Any, ...] = (),
        jobs: tuple[Job, ...] = (),
        receipt_handlers: tuple[Any, ...] = (),
        others: Mapping[str, ModuleType] | None = None,
        outboxes: tuple[Outbox, ...] = (),
        furnish: bool = True,
    ) -> House:
        transport, directory, told = FakeTransport(), FakeDirectory(), []

        def listens(event: str) -> Callable[..., None]:
            return {
                "message_received": lambda host, organisation_id, message_id: told.append(
                    (event, {"message_id": message_id})
                ),
                "state_changed": lambda host, organisation_id, delivery_id, state: told.append(
                    (event, {"delivery_id": delivery_id, "state": state})
                ),
            }[event]

        module = plugin_module(
            "fake",
            transports=lambda host: [transport, *transports],
            directories=lambda host: [directory],
            jobs=lambda host: list(jobs),
            receipt_handlers=lambda: list(receipt_handlers),
            outboxes=lambda host: list(outboxes),
            message_received=listens("message_received"),
            state_changed=listens("state_changed"),
        )
        modules = {"fake": module, **(others or {})}
        settings = replace(budkavle_settings, enabled=tuple(modules))
        plugins = Plugins.load(settings, offer(**modules))
        platform = open_platform(settings, plugins=plugins)
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        made = House(platform, transport, directory, told)
        houses.append(made)
        if furnish:
            made.furnish()
        return made

    yield build
    for one in houses:
        with closing(one.platform):
            pass


@pytest.fixture
def house(build_house: Callable[..., House]) -> House:
    return build_house()


class Crash(BaseException):
    """A process that dies: nothing catches it."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """Let a worker die where a transport has just answered, before anything of it is written."""

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
def start(house: House, tmp_path: Path) -> Callable[[], "subprocess.Popen[bytes]"]:
    """Start a worker in a process of its own, whose transport notes in `tmp_path / "book"` what it hands over."""
    program = str(Path(__file__).with_name("worker_process.py"))
    settings = house.platform.settings
    command = [sys.executable, program, str(settings.data), settings.database.url or "", str(tmp_path / "book")]
    return lambda: subprocess.Popen(command)


@pytest.fixture
def draft() -> Callable[..., Draft]:
    def make(*recipients: str, **more: Any) -> Draft:
        to = tuple(Address("fake", value) for value in recipients or ("them",))
        return Draft(**{"recipients": to, "subject": "Begäran", "body": "Kan ni svara?", **more})

    return make
