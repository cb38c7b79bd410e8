"""An installation with an app in Teams: a tenant over HTTP, and browsers inside and outside of the frame."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.testing import TestClient

from budkavle import Loa, Platform, Role
from budkavle.identification import NewIdentity, link_identity
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sessions import start
from budkavle.model.people import User
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.web.app import create_app
from budkavle_identity_tokens.simulated_entra import Entra

BASE = "https://budkavle.example"
FRAMED = {"sec-fetch-dest": "iframe", "sec-fetch-site": "same-origin", "accept": "text/html"}
FETCHED = {"sec-fetch-dest": "empty", "sec-fetch-site": "same-origin", "accept": "text/html"}
TOP = {"sec-fetch-dest": "document", "sec-fetch-site": "same-origin", "accept": "text/html"}


@dataclass
class TeamsApp:
    """The app in an installation: Habo's tenant is known, Kisa has none; Anna is at Habo, Kim at Kisa."""

    platform: Platform
    entra: Entra
    anna: User
    kim: User
    BASE = BASE

    def link(self, user: User | None = None) -> None:
        """Link an account to Anna's account in Teams."""
        subject = f"{self.entra.tenant}.{self.entra.people['anna']}"
        in_work(
            self.platform,
            (user or self.anna).acting(Loa.TWO),
            link_identity,
            NewIdentity("teams", subject, "Microsoft Teams"),
        )

    def token(self, **lies: Any) -> str:
        """The token that Teams gives Anna's browser."""
        return self.entra.token(self.entra.people["anna"], **lies)

    def session(self, user: User | None = None, loa: Loa = Loa.TWO) -> str:
        """Sign a user in outside of Teams; return the cookie."""
        return start(self.platform, SignedIn(user or self.anna, loa, "password", "/"))


@pytest.fixture(scope="session")
def tenant() -> Iterator[Entra]:
    """One tenant for all tests, since its keys are slow to create."""
    with Entra(people={"anna": str(uuid4())}).serving() as made:
        yield made


@pytest.fixture
def entra(tenant: Entra) -> Entra:
    """The tenant in its initial state."""
    tenant.status, tenant.asked, tenant.keys = 200, 0, tenant.keys[:1]
    return tenant


def section(entra: Entra, **more: Any) -> dict[str, Any]:
    """The plugin's settings."""
    one = {
        "tenant": entra.tenant,
        "client_id": entra.client_id,
        "organisations": ["habo-kommun"],
        "authority": entra.url,
    }
    return {"teams": {"tenants": [{**one, **more}]}}


@pytest.fixture
def installed(budkavle_open: Callable[..., Platform], entra: Entra) -> Callable[..., Platform]:
    """Create an installation without accounts."""
    return lambda base=BASE, **more: budkavle_open(enabled=("teams",), base_url=base, plugins=section(entra, **more))


@pytest.fixture
def app(installed: Callable[..., Platform], entra: Entra) -> TeamsApp:
    """The app in an installation of two organisations."""
    platform = installed()
    habo, kisa = (SampleOrganisation.create(platform, name) for name in ("Habo kommun", "Kisa kommun"))
    anna = habo.add_user("Anna", Role.ADMIN, email="anna@habo.example")
    kim = kisa.add_user("Kim", Role.ADMIN, email="kim@kisa.example")
    return TeamsApp(platform, entra, anna.user, kim.user)


class Browser:
    """A browser with one cookie jar, so that a test can use cookies where they do not belong."""

    FRAMED, FETCHED, TOP = FRAMED, FETCHED, TOP

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    def get(self, path: str, headers: dict[str, str] = FRAMED) -> httpx.Response:
        """Request a page, in the frame unless stated otherwise."""
        return self._kept(self.client.get(path, headers=self._with(headers), follow_redirects=False))

    def post(self, path: str, data: dict[str, str], headers: dict[str, str] = FRAMED) -> httpx.Response:
        """Send a form."""
        return self._kept(self.client.post(path, data=data, headers=self._with(headers), follow_redirects=False))

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        self.client.cookies.clear()
        return {**headers, "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')
        return answer

    def enter(self, token: str, target: str = "/account") -> httpx.Response:
        """Open the tab, and hand over a token."""
        self.get("/plugin/teams/teams/open")
        fields = {"way": "teams", "token": token, "next": target}
        answer = self.post("/plugin/teams/teams/enter", fields)
        return self.post(answer.headers["location"], fields) if answer.status_code == 307 else answer

    @staticmethod
    def field(answer: httpx.Response, name: str) -> str:
        """The value of a hidden field."""
        return unescape(answer.text.split(f'name="{name}" value="')[1].split('"')[0])


@pytest.fixture
def browsers(app: TeamsApp) -> Iterator[Callable[[], Browser]]:
    """Open browsers."""
    with TestClient(app=create_app(app.platform), base_url=BASE) as first:
        yield lambda: Browser(TestClient(app=first.app, base_url=BASE))


@pytest.fixture
def browser(browsers: Callable[[], Browser]) -> Browser:
    """A browser."""
    return browsers()
