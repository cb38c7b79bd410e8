"""An installation with the plugin, organisations with fax numbers, and a carrier in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from budkavle import Health, Host, Platform
from budkavle.testing import SampleOrganisation
from budkavle.testing.browsing import Browser, browsing
from budkavle_fax.carriers.base import Fax, Progress, Stage
from budkavle_fax.numbers import mailbox_numbers
from budkavle_fax.parts import Parts
from budkavle_fax.parts import parts as parts_of

NUMBER, PEER = "+46101234567", "+46107654321"


@pytest.fixture(scope="session", autouse=True)
def _ghostscript(program: Callable[..., str]) -> None:
    """Skip the tests if Ghostscript is missing; in CI they fail."""
    program("gs")


@dataclass
class FakeCarrier:
    """Accepts faxes in memory by their tags; `failures` are raised first, `after` once the fax has been accepted."""

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
        """Move all accepted faxes to a stage."""
        for tag, before in self.how.items():
            self.how[tag] = replace(before, stage=stage, **facts)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], inbox: Path) -> Platform:
    section = {"hylafax": {"inbox": str(inbox), "modems": {"ttyB": "010-765 43 21"}}, "poll_seconds": 0.1}
    return budkavle_open(enabled=("fax",), plugins={"fax": section}, base_url="https://sakert.habo.se")


@pytest.fixture
def carrier(platform: Platform) -> FakeCarrier:
    """The carrier that replaces the installation's own."""
    fake, plugin = FakeCarrier(), parts_of(platform.plugins.host("fax"))
    plugin.transport._carrier = plugin.status_polling._carrier = fake
    object.__setattr__(plugin, "carrier", fake)
    return fake


@pytest.fixture
def fax_number() -> str:
    """The number of the organisation's first mailbox."""
    return NUMBER


@pytest.fixture
def organisation(platform: Platform, carrier: FakeCarrier, fax_number: str) -> SampleOrganisation:
    """An organisation whose first mailbox has a fax number."""
    return with_number(SampleOrganisation.create(platform, "Håbo kommun"), fax_number)


@pytest.fixture
def give_number() -> Callable[[SampleOrganisation, str], SampleOrganisation]:
    """Give the first mailbox of an organisation a number."""
    return with_number


def with_number(organisation: SampleOrganisation, number: str) -> SampleOrganisation:
    host = organisation.platform.plugins.host("fax")
    mailbox_numbers.link(host, organisation.system, number, organisation.mailbox.id)
    return organisation


@pytest.fixture
def host(organisation: SampleOrganisation) -> Host:
    """The plugin's host."""
    host: Host = organisation.platform.plugins.host("fax")
    return host


@pytest.fixture
def parts(host: Host) -> Parts:
    """The plugin's objects in this installation."""
    return parts_of(host)


@pytest.fixture
def sign_in(platform: Platform) -> Iterator[Callable[..., Browser]]:
    with browsing(platform) as browser:
        yield browser
