import pytest

from budkavle.model.people import Actor, Organisation
from budkavle.storage.database import Database
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor


@pytest.fixture
def database(budkavle_database: Database) -> Database:
    return budkavle_database


@pytest.fixture
def platform(budkavle_platform: Platform) -> Platform:
    return budkavle_platform


@pytest.fixture
def organisation(budkavle_organisation: Organisation) -> Organisation:
    return budkavle_organisation


@pytest.fixture
def staff(organisation: Organisation) -> Actor:
    """Somebody who does things, for the event log."""
    return system_actor(organisation.id, "Åsa Öberg")
