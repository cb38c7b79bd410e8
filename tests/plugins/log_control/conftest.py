"""An installation with the plugin, and an event log in which a test chooses when things happened."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Host, Platform
from budkavle.accounts import write_settings
from budkavle.testing import PastEvent, SampleOrganisation, SampleUser, in_work, record_past
from budkavle_log_control.accesses import ZONE
from budkavle_log_control.settings import LogControlSettings

Happen = Callable[..., UUID]
Settings = Callable[..., None]


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("log_control",))


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("log_control")
    return made


@pytest.fixture
def settings(organisation: SampleOrganisation, administrator: SampleUser) -> Settings:
    """Change the organisation's settings."""

    def change(**values: Any) -> None:
        in_work(organisation.platform, administrator, write_settings, LogControlSettings, values)

    return change


@pytest.fixture
def quiet(settings: Settings) -> Settings:
    """Switch off every rule and the sample; return a function that switches some on."""
    rules = dict.fromkeys(("relatives", "own_case", "own_number", "protected", "hours", "unusual"), False)
    settings(**rules, sample=0, many=1000)
    return settings


@pytest.fixture
def reviewer(settings: Settings, outsider: SampleUser) -> SampleUser:
    """A user without mailboxes whom the administrator has named."""
    settings(reviewers=outsider.user.email)
    return outsider


@pytest.fixture
def tuesday() -> datetime:
    """Noon of a Tuesday, more than two hours and less than a week ago."""
    now = datetime.now(ZONE)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    day = noon - timedelta(days=(noon.weekday() - 1) % 7)
    return day if now - day > timedelta(hours=3) else day - timedelta(days=6)


@pytest.fixture
def happen(organisation: SampleOrganisation) -> Happen:
    """Record that somebody opened a case, or did something in it, at a given time; return the case."""

    def note(
        user: SampleUser, at: datetime, case_id: UUID | None = None, kind: str = "case.viewed", **facts: Any
    ) -> UUID:
        case_id = case_id or uuid4()
        usual: dict[str, Any] = {"mailbox": str(organisation.mailbox.id), "protected": False}
        event = PastEvent(at.astimezone(UTC), kind, case_id, usual | facts, user)
        record_past(organisation.platform, organisation.id, [event])
        return case_id

    return note
