"""An installation with the plugin."""

from collections.abc import Callable

import pytest

from budkavle import Platform, Role, UserActor
from budkavle.testing import SampleOrganisation


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("economy",))


@pytest.fixture
def boss(other_organisation: SampleOrganisation) -> UserActor:
    """An administrator of the installation, who belongs to another organisation."""
    return other_organisation.add_user("Ivar Installation", Role.PLATFORM)
