"""An organisation whose people sign in with a password, in an installation with default settings."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from budkavle.identification import flow
from budkavle.identification.flow import Turn
from budkavle.model.people import Role, User
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser

PASSWORD = "en lång mening om vintern"


@dataclass
class Passwords:
    """Signing in at an organisation: Ada has a password, Bo has none, and Root administers."""

    organisation: SampleOrganisation
    ada: User
    bo: User
    root: SampleUser
    password: str = PASSWORD

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    def sign_in(self, email: str, password: str = PASSWORD, ip: str = "192.0.2.1", browser: str = "b") -> Turn:
        """Start a flow in a browser, and enter address and password."""
        turn = flow.begin(self.platform, "password", browser, hints={"ip": ip}, return_to="/mailbox")
        return flow.advance(self.platform, turn.flow, browser, {"email": email, "password": password})

    def advance(self, turn: Turn, **answers: str) -> Turn:
        """Continue in the browser `b`."""
        return flow.advance(self.platform, turn.flow, "b", answers)


@pytest.fixture
def sign_ins_with(budkavle_open: Callable[..., Platform]) -> Callable[..., Passwords]:
    """Create the organisation in an installation with these settings."""
    return lambda **settings: make_sign_ins(budkavle_open(**settings))


@pytest.fixture
def sign_ins(sign_ins_with: Callable[..., Passwords]) -> Passwords:
    """The organisation in an installation with default settings: the plugin is on by default."""
    return sign_ins_with()


def make_sign_ins(platform: Platform) -> Passwords:
    organisation = SampleOrganisation.create(platform, "Habo kommun")

    def person(name: str, role: Role = Role.USER, **more: Any) -> SampleUser:
        return organisation.add_user(name, role, email=f"{name.split(maxsplit=1)[0].lower()}@habo.example", **more)

    ada, bo = person("Ada Ahl", password=PASSWORD), person("Bo Ek")
    return Passwords(organisation, ada.user, bo.user, person("Root Adm", Role.ADMIN))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The current time: a list of one number."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now
