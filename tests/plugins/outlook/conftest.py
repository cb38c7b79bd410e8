"""An installation with the Outlook add-in, and the requests that browsers send from its pane."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Loa, Platform, Role
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sessions import start
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.web.app import create_app
from budkavle_identity_tokens.simulated_entra import guid

BASE = "https://budkavle.example"
PATH = "/plugin/outlook/outlook"
HEADERS = {"sec-fetch-site": "same-origin", "accept": "text/html"}
FRAMED, FETCHED, TOP = (HEADERS | {"sec-fetch-dest": dest} for dest in ("iframe", "empty", "document"))
TENANT, CLIENT = guid(), guid()


@dataclass
class OutlookHouse:
    """Habo has an app with a tenant, Kisa has none: Anna administers Habo, Bo has an account there, Kim is at Kisa."""

    platform: Platform
    habo: SampleOrganisation
    kisa: SampleOrganisation
    anna: SampleUser
    bo: SampleUser
    kim: SampleUser

    def cookie(self, user: SampleUser, *, framed: bool = False, loa: Loa = Loa.TWO) -> dict[str, str]:
        """The cookie of a signed-in user, in the pane or outside it."""
        signed_in = SignedIn(user.user, loa, "password", "/")
        if not framed:
            return {"__Host-budkavle": start(self.platform, signed_in)}
        frame = {"__Host-frame": "outlook"}
        return {**frame, "__Host-outlook-budkavle": start(self.platform, signed_in, kind="outlook.")}


@pytest.fixture
def house(budkavle_open: Callable[..., Platform]) -> OutlookHouse:
    """Create the installation."""
    app = {"tenant": TENANT, "client_id": CLIENT, "organisations": ["habo-kommun"]}
    platform = budkavle_open(enabled=("outlook", "adviser"), base_url=BASE, plugins={"outlook": {"apps": [app]}})
    habo, kisa = (SampleOrganisation.create(platform, name) for name in ("Habo kommun", "Kisa kommun"))
    anna, bo = habo.add_user("Anna", Role.ADMIN), habo.add_user("Bo")
    return OutlookHouse(platform, habo, kisa, anna, bo, kisa.add_user("Kim", Role.ADMIN))


@pytest.fixture
def client(house: OutlookHouse) -> Iterator[TestClient[Any]]:
    """A client without a network."""
    with TestClient(app=create_app(house.platform), base_url=BASE) as made:
        yield made
