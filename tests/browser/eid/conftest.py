"""An installation in which people sign in with a simulated e-identification."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import OpenPage
from tests.browser.eid.lobby import Lobby

from budkavle.accounts import create_organisation
from budkavle.identification.identities import link
from budkavle.model.people import NewIdentity, Role
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import free_ports, installed
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import PEOPLE

Open = Callable[..., Page]
MORE = """\
[plugins.eid]
simulator_port = {eid_port}
"""


@pytest.fixture(scope="module")
def lobby(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lobby]:
    """An installation with an account that has Anna's number."""
    folder, first = tmp_path_factory.mktemp("lobby"), free_ports(4)
    simulator = Simulator(folder / "data" / "plugins" / "eid" / "simulator", first, time.time)
    try:
        more = MORE.format(eid_port=first)
        with installed(budkavle_databases, folder, ["eid"], more, port=first + 3) as running:
            platform = running.platform
            home = create_organisation(platform, system_actor(), "Håbo kommun")
            chief = system_actor(home.id)
            made = in_work(platform, chief, settled_user, email="anna@habo.example", name="Anna Testlind")
            in_work(
                platform,
                system_actor(home.id),
                link,
                NewIdentity("personnummer", PEOPLE[0].number, "BankID"),
                user_id=made.id,
            )
            installer = in_work(
                platform,
                chief,
                settled_user,
                email="karin@habo.example",
                name="Karin Testsson",
                role=Role.PLATFORM,
            )
            number = NewIdentity("personnummer", PEOPLE[2].number, "BankID")
            in_work(platform, chief, link, number, user_id=installer.id)
            with running.serving():
                yield Lobby(platform, running.url, simulator, home.id)
    finally:
        simulator.stop()


@pytest.fixture
def visit(lobby: Lobby, open_page: OpenPage) -> Open:
    """Open a new browser."""
    return partial(open_page, lobby.url)
