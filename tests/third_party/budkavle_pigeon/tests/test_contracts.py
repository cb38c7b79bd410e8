"""The pigeon keeps the contracts of the platform."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import budkavle_pigeon
import pytest
from budkavle_pigeon.lockbox import Lockbox
from budkavle_pigeon.loft import Loft
from budkavle_pigeon.notifier import RingNotifier

from budkavle import (
    Actor,
    Address,
    Directory,
    Entry,
    IdentityProvider,
    KeyProvider,
    Platform,
    ReceiptHandler,
    Role,
    SettingsSection,
    Temporary,
    Transport,
)
from budkavle.accounts import create_organisation, create_user
from budkavle.approvals import NewApproval
from budkavle.notices import Notice, NoticeKind, Notifier
from budkavle.operations import Destroyed, PlannedDestruction
from budkavle.storage import EventLog
from budkavle.testing import (
    MAILBOX,
    ORGANISATION,
    ApprovalKindContract,
    CleanUpContract,
    DirectoryContract,
    HoldBackContract,
    IdentityProviderContract,
    KeyProviderContract,
    NotifierContract,
    ReceiptHandlerContract,
    SettingsSectionContract,
    TransportContract,
    system_actor,
    untranslated,
)

SECTION = {
    "lofts": {"loft 7": "Habo duvslag"},
    "homes": {"loft 1": [str(ORGANISATION), str(MAILBOX)]},
    "rings": {"SE-7": "anna"},
}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("pigeon",), plugins={"pigeon": SECTION})


class TestPigeons(TransportContract):
    @pytest.fixture
    def transport(self, platform: Platform) -> Transport:
        return platform.plugins.transports["pigeon"]

    @pytest.fixture
    def recipient(self) -> Address:
        return Address("pigeon", "loft 7")


class TestLockbox(KeyProviderContract):
    @pytest.fixture
    def reopened(self, tmp_path: Path) -> Callable[[], KeyProvider]:
        Lockbox.make(tmp_path / "lockbox")
        return lambda: Lockbox(tmp_path / "lockbox")

    @pytest.fixture
    def provider(self, reopened: Callable[[], KeyProvider]) -> KeyProvider:
        return reopened()

    @pytest.fixture
    def stranger(self, tmp_path: Path) -> KeyProvider:
        Lockbox.make(tmp_path / "other")
        return Lockbox(tmp_path / "other")


class TestLofts(DirectoryContract):
    @pytest.fixture
    def directory(self, platform: Platform) -> Directory:
        return platform.plugins.directories["lofts"]

    @pytest.fixture
    def known(self) -> Entry:
        return Entry(Address("pigeon", "loft 7", name="Habo duvslag"))


class TestRingsAsNotifier(NotifierContract):
    @pytest.fixture
    def shown(self) -> list[str]:
        return []

    @pytest.fixture
    def faults(self) -> list[Exception]:
        return []

    @pytest.fixture
    def notifier(self, shown: list[str], faults: list[Exception]) -> Notifier:
        def show(ring: str, line: str) -> None:
            if faults:
                raise faults[0]
            shown.append(line)

        return RingNotifier(show)

    @pytest.fixture
    def notice(self) -> Notice:
        return Notice(NoticeKind.PUSH, "SE-7", "pigeon.landed", text="Duvan är hemma.")

    @pytest.fixture
    def wrong_address(self) -> str:
        return "anna@habo.example"

    @pytest.fixture
    def sent(self, shown: list[str]) -> Callable[[], int]:
        return lambda: len(shown)

    @pytest.fixture
    def broken(self, faults: list[Exception]) -> AbstractContextManager[None]:
        @contextmanager
        def dark() -> Iterator[None]:
            faults.append(Temporary("Ringen svarar inte."))
            yield
            faults.clear()

        return dark()


class TestRingAsIdentity(IdentityProviderContract):
    @pytest.fixture
    def provider(self, platform: Platform) -> IdentityProvider:
        return platform.plugins.identity_providers["ring"]

    @pytest.fixture
    def answers(self) -> tuple[Mapping[str, str], ...]:
        return ({"ring": "SE-7"},)


class TestRings(ReceiptHandlerContract):
    @pytest.fixture
    def handler(self, platform: Platform) -> ReceiptHandler:
        return platform.plugins.receipt_handlers["pigeon"]

    @pytest.fixture
    def words(self) -> bytes:
        return f"ring {uuid4()} landed 2026-05-01T12:00:00+02:00".encode()


class TestMoulting(HoldBackContract):
    @pytest.fixture
    def plugins(self, budkavle_open: Callable[..., Platform]) -> Any:
        return budkavle_open(enabled=("pigeon",), plugins={"pigeon": SECTION | {"moulting": True}}).plugins

    @pytest.fixture
    def held(self) -> PlannedDestruction:
        return self.plan_of()

    @pytest.fixture
    def free(self) -> PlannedDestruction:
        return PlannedDestruction(ORGANISATION, (), "Tiden har gått ut.")


class TestCulling(ApprovalKindContract):
    @pytest.fixture
    def platform(self, platform: Platform) -> Platform:
        return platform

    @pytest.fixture
    def organisation_id(self, platform: Platform) -> UUID:
        return create_organisation(platform, system_actor(), "Habo kommun").id

    @pytest.fixture
    def asker(self, platform: Platform, organisation_id: UUID) -> Actor:
        return self.administrator(platform, organisation_id, "anna")

    @pytest.fixture
    def approver(self, platform: Platform, organisation_id: UUID) -> Actor:
        return self.administrator(platform, organisation_id, "bo")

    @pytest.fixture
    def new(self) -> NewApproval:
        return NewApproval("pigeon.cull", "Alla flygningar stryks ur boken.")

    @pytest.fixture
    def done(self, platform: Platform, organisation_id: UUID) -> Callable[[], int]:
        span = (date(2000, 1, 1), date(2100, 1, 1))

        def count() -> int:
            with platform.work(system_actor(organisation_id)) as work:
                return sum(day.count for day in EventLog(work).days(["pigeon.culled"], *span))

        return count

    @staticmethod
    def administrator(platform: Platform, organisation_id: UUID, name: str) -> Actor:
        with platform.work(system_actor(organisation_id)) as work:
            return create_user(work, email=f"{name}@habo.example", name=name.title(), role=Role.ADMIN).acting()


class TestBookOfFlights(CleanUpContract):
    @pytest.fixture
    def plugins(self, platform: Platform) -> Any:
        return platform.plugins

    @pytest.fixture
    def plugin(self) -> str:
        return "pigeon"

    @pytest.fixture
    def destroyed(self, platform: Platform) -> Destroyed:
        organisation = create_organisation(platform, system_actor(), "Habo kommun")
        flight = uuid4()
        Loft(platform.plugins.host("pigeon")).book(organisation.id, flight)
        return Destroyed(organisation.id, (), (), (flight,), "Tiden har gått ut.")

    @pytest.fixture
    def left(self, platform: Platform, destroyed: Destroyed) -> Callable[[], int]:
        return lambda: Loft(platform.plugins.host("pigeon")).flights(destroyed.organisation_id)


class TestLoftSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["pigeon.loft"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {
            "rest": timedelta(hours=3),
            "load": 60,
            "feed": "peas",
            "rings": False,
            "call": "Kom!",
            "key": "hemligt",
        }

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"rest": timedelta(hours=49), "load": 0, "feed": "grus", "call": "x" * 41, "key": "a\nb"}


def test_everything_it_says_has_its_english() -> None:
    """In Python and in templates."""
    assert untranslated(budkavle_pigeon) == []
