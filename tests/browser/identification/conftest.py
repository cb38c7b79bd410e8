"""An installation with a phone, and browsers in which somebody has signed in."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import OpenPage
from tests.browser.identification.hall import PASSWORD, Hall, enter

from budkavle.accounts import organisations
from budkavle.model.people import Role, User
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import free_ports, installed
from budkavle_eid.simulator.launcher import Simulator

Open = Callable[..., Page]
MORE = """\
[plugins.eid]
simulator_port = {eid_port}
"""


@pytest.fixture(scope="module")
def hall(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """Start it."""
    folder, first = tmp_path_factory.mktemp("hall"), free_ports(4)
    simulator = Simulator(folder / "data" / "plugins" / "eid" / "simulator", first, time.time)
    try:
        more = MORE.format(eid_port=first)
        with installed(budkavle_databases, folder, ["eid"], more, port=first + 3) as running:
            platform = running.platform
            system = system_actor()
            home = organisations.create_organisation(platform, system, "Håbo kommun")
            chief = system_actor(home.id)
            root = in_work(
                platform,
                chief,
                settled_user,
                email="root@habo.example",
                name="Rut Chef",
                password=PASSWORD,
                role=Role.ADMIN,
            )
            with running.serving():
                yield Hall(running.url, simulator.addresses.phone_url, platform, root)
    finally:
        simulator.stop()


@pytest.fixture
def visit(hall: Hall, open_page: OpenPage) -> Open:
    """Open a new browser in which somebody has signed in with a password, or nobody."""

    def open_one(user: User | None = None, **more: Any) -> Page:
        page = open_page(hall.url, **more)
        if user:
            enter(page, user)
        return page

    return open_one
