"""An installation with a plugin that cleans up, and closed accounts in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.core.operations.closed_accounts.closed import closed_since

from budkavle.identification import administration
from budkavle.operations import Destroyed
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import plugin_module


@pytest.fixture
def told() -> list[Destroyed]:
    """The calls that the plugin `keeper` got to clean up."""
    return []


@pytest.fixture
def platform(open_fake: Callable[..., Platform], told: list[Destroyed]) -> Platform:
    """An installation with a plugin that cleans up."""

    def clean_up(destroyed: Destroyed) -> None:
        told.append(destroyed)

    return open_fake(others={"keeper": plugin_module("keeper", clean_up=clean_up)})


@pytest.fixture
def close(organisation: SampleOrganisation) -> Callable[[SampleUser, float], None]:
    """Close an account some days ago."""

    def closed(user: SampleUser, days: float) -> None:
        in_work(organisation.platform, organisation.system, administration.close, user.id)
        closed_since(organisation, user, datetime.now(UTC) - timedelta(days=days))

    return closed
