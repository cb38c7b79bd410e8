"""An organisation whose people sign in with a password, in an installation as it comes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from budkavle.accounts import organisations, users
from budkavle.identification import flow
from budkavle.identification.flow import Turn
from budkavle.model.people import Actor, Organisation, Role, User
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

PASSWORD = "en lång mening om vintern"


@dataclass
class World:
    """Ada, who has a password, Bo, who has none, and Root, who administers; all of one organisation."""

    platform: Platform
    organisation: Organisation
    ada: User
    bo: User
    root: Actor
    password: str = PASSWORD

    def sign_in(self, email: str, password: str = PASSWORD, ip: str = "192.0.2.1", browser: str = "b") -> Turn:
        """Begin a flow in a browser, and type address and password."""
        turn = flow.begin(self.platform, "password", browser, hints={"ip": ip}, return_to="/mailbox")
        return flow.advance(self.platform, turn.flow, browser, {"email": email, "password": password})

    def advance(self, turn: Turn, **answers: str) -> Turn:
        """Go on in the browser `b`."""
        return flow.advance(self.platform, turn.flow, "b", answers)

    def audit(self, kind: str) -> list[str]:
        """The entries of this kind in the event log."""
        with self.platform.database.transaction(self.organisation.id) as connection:
            query = select(tables.audit_log.c.entry).where(tables.audit_log.c.kind == kind)
            return list(connection.execute(query.order_by(tables.audit_log.c.number)).scalars())


@pytest.fixture
def world_with(budkavle_open: Callable[..., Platform]) -> Callable[..., World]:
    """Make the organisation in an installation with these settings."""
    return lambda **settings: make_world(budkavle_open(**settings))


@pytest.fixture
def world(world_with: Callable[..., World]) -> World:
    """The organisation in an installation as it comes: the plugin is on without being named."""
    return world_with()


def make_world(platform: Platform) -> World:
    habo = organisations.create_organisation(platform, system_actor(), "Habo kommun")
    system = system_actor(habo.id)

    def person(name: str, password: str | None = None, role: Role = Role.USER) -> Any:
        email = f"{name.split(maxsplit=1)[0].lower()}@habo.example"
        return in_work(platform, system, users.create_user, email=email, name=name, password=password, role=role)

    ada, bo = person("Ada Ahl", PASSWORD), person("Bo Ek")
    return World(platform, habo, ada, bo, person("Root Adm", role=Role.ADMIN).acting())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is: a list of one number."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now
