"""A reader of the installation's event log."""

from typing import Any

import pytest

from budkavle.accounts import users
from budkavle.model.people import Role
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation


@pytest.fixture
def root(organisation: SampleOrganisation, platform: Platform) -> Any:
    """An administrator of the installation."""
    actor = system_actor(organisation.id)
    with platform.work(actor) as work:
        return users.create_user(work, email="rot@example.se", name="Rot Ek", role=Role.PLATFORM)
