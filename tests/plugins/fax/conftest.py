"""An installation with the plugin, organisations with numbers, and a carrier in memory that behaves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from budkavle import Actor, FunctionMailbox, Health, Message, Organisation, Platform, Role, UserActor
from budkavle.accounts import add_members, create_mailbox, create_organisation, create_user
from budkavle.messaging import read_case
from budkavle.operations.worker import Worker
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle_fax.carriers.base import Fax, Progress, Stage
from budkavle_fax.numbers import mailbox_numbers
from budkavle_fax.parts import Parts, parts

SYSTEM = system_actor()
NUMBER, PEER = "+46101234567", "+46107654321"


@pytest.fixture(scope="session", autouse=True)
def _ghostscript(program: Callable[..., str]) -> None:
    """Skip visibly where nothing can draw the pages; in CI that is a failure."""
    program("gs")


@dataclass
class FakeCarrier:
    """Takes faxes in memory under their tags; `failures` are raised first, `after` once the fax has been taken."""

    name: str = "fake"
    remembers: bool = True
    follows: bool = True
    stops: bool = True
    taken: dict[str, Fax] = field(default_factory=dict)
    how: dict[str, Progress] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    after: list[Exception] = field(default_factory=list)
    submitted: int = 0

    def submit(self, fax: Fax) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.taken[fax.tag] = fax
        self.submitted += 1
        self.how[fax.tag] = Progress(Stage.WAITING, f"job-{self.submitted}")
        if self.after:
            raise self.after.pop(0)
        return self.how[fax.tag].remote_id

    def find(self, tag: str) -> str | None:
        return self.how[tag].remote_id if tag in self.how else None

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress]:
        return {tag: self.how[tag] for tag, _ in jobs if tag in self.how}

    def cancel(self, tag: str, remote_id: str) -> bool:
        if not self.stops or self.how[tag].stage is Stage.SENT:
            return False
        self.how[tag] = Progress(Stage.FAILED, remote_id, reason="Faxet stoppades på faxservern.")
        return True

    def health(self) -> Iterator[Health]:
        yield Health("Fax", True, "Faxservern svarar. {waiting} fax i kö.", facts={"waiting": 0})

    def goes(self, stage: Stage, **facts: Any) -> None:
        """Let all that is there come so far."""
        for tag, before in self.how.items():
            self.how[tag] = replace(before, stage=stage, **facts)


@dataclass
class House:
    """An organisation with a mailbox that has a fax number."""

    platform: Platform
    organisation: Organisation
    admin: Actor
    anna: Actor
    box: FunctionMailbox
    number: str
    carrier: FakeCarrier
    parts: Parts

    @property
    def host(self) -> Any:
        return self.platform.plugins.host("fax")

    def work(self) -> None:
        """Let the worker carry what is due."""
        Worker(self.platform).work_once()

    def messages(self, case_id: UUID) -> list[Message]:
        return [one.message for one in in_work(self.platform, self.anna, read_case, case_id).thread]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], inbox: Path) -> Platform:
    section = {"hylafax": {"inbox": str(inbox), "modems": {"ttyB": "010-765 43 21"}}, "poll_seconds": 0.1}
    return budkavle_open(enabled=("fax",), plugins={"fax": section}, base_url="https://sakert.habo.se")


@pytest.fixture
def house(platform: Platform) -> House:
    return furnished(platform)


@pytest.fixture
def furnish() -> Callable[..., House]:
    """Make an organisation in an installation of the test's own."""
    return furnished


def furnished(platform: Platform, name: str = "Håbo kommun", number: str = NUMBER, *, fake: bool = True) -> House:
    made = create_organisation(platform, SYSTEM, name)
    system = system_actor(made.id)

    def person(who: str, role: Role = Role.USER) -> Actor:
        account = in_work(
            platform, system, create_user, email=f"{who}@{made.slug}.example", name=who.title(), role=role
        )
        return UserActor(made.id, account.id, account.name, role)

    admin, anna = person("admin", Role.ADMIN), person("anna")
    box = in_work(platform, admin, create_mailbox, "Socialtjänst barn och unga")
    in_work(platform, admin, add_members, box.id, [anna.user_id])
    host = platform.plugins.host("fax")
    mailbox_numbers.link(host, system, number, box.id)  # as the installation does, which gives it too
    carrier, own = FakeCarrier(), parts(host)
    if fake:
        own.transport._carrier = own.status_polling._carrier = carrier
        object.__setattr__(own, "carrier", carrier)
    return House(platform, made, admin, anna, box, number, carrier, own)


@pytest.fixture
def sign_in(platform: Platform) -> Iterator[Callable[..., Browser]]:
    with browsing(platform) as browser:
        yield browser
