from collections.abc import Callable
from dataclasses import dataclass

import pytest

from budkavle.accounts.organisations import create_organisation
from budkavle.accounts.users import create_user
from budkavle.host import Host
from budkavle.model.people import Actor, Role, UserActor
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor


@dataclass(frozen=True)
class House:
    """An installation with the adviser, and one organisation's administrator and case worker."""

    platform: Platform
    host: Host
    admin: Actor
    worker: Actor


@pytest.fixture
def house(budkavle_open: Callable[..., Platform]) -> House:
    platform = budkavle_open(enabled=("adviser",))
    made = create_organisation(platform, system_actor(), "Håbo kommun")
    system = system_actor(made.id)
    people = {
        role: in_work(platform, system, create_user, email=f"{role.value}@habo.example", name=role.value, role=role)
        for role in (Role.ADMIN, Role.USER)
    }
    admin, worker = (UserActor(made.id, one.id, one.name, one.role) for one in people.values())
    return House(platform, platform.plugins.host("adviser"), admin, worker)
