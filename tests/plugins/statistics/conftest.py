"""An installation with statistics, and an event log that tells what happened on which day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import text

from budkavle import Platform
from budkavle.storage.audit import canonical
from budkavle.testing import SampleOrganisation


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("statistics", "password"))


@pytest.fixture
def happened(organisation: SampleOrganisation) -> Callable[..., None]:
    """Writes an entry of the event log as if something had happened on a day."""

    def write(day: date, kind: str, thing: Any = None, times: int = 1, **facts: Any) -> None:
        at = datetime.combine(day, time(12), UTC)
        actor = {"id": None, "kind": "system", "name": "Prov"}
        plain = {name: str(fact) if name == "mailbox" else fact for name, fact in facts.items()}
        about = None if thing is None else str(thing)
        entry = canonical({"at": at.isoformat(), "kind": kind, "actor": actor, "thing": about, "facts": plain})
        values = {"organisation": organisation.id, "at": at, "kind": kind, "entry": entry}
        with organisation.platform.database.transaction(organisation.id) as connection:
            for _ in range(times):
                connection.execute(text("SELECT audit_append(:organisation, :at, :kind, :entry)"), values)

    return write
