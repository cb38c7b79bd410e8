"""An installation with a telephone, and browsers in which somebody has signed in."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
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
def visit(hall: Hall, chromium: Browser) -> Iterator[Open]:
    """Open a browser of its own, in which somebody has signed in with a password, or nobody."""
    opened: list[BrowserContext] = []

    def open_one(user: User | None = None, size: tuple[int, int] = (1280, 900), **more: Any) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = chromium.new_context(base_url=hall.url, viewport=viewport, locale="sv-SE", **more)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.complaints = complaints  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if user:
            enter(page, user)
        return page

    yield open_one
    for context in opened:
        context.close()
