"""An installation with statistics, and an event log in which a test chooses the days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from budkavle import Platform
from budkavle.testing import PastEvent, SampleOrganisation, record_past


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("statistics", "password", "meetings"))


@pytest.fixture
def happened(organisation: SampleOrganisation) -> Callable[..., None]:
    """Write an entry of the event log as if something had happened on a day."""

    def write(day: date, kind: str, thing: Any = None, times: int = 1, **facts: Any) -> None:
        at = datetime.combine(day, time(12), UTC)
        plain = {name: str(fact) if name == "mailbox" else fact for name, fact in facts.items()}
        record_past(organisation.platform, organisation.id, [PastEvent(at, kind, thing, plain)] * times)

    return write
