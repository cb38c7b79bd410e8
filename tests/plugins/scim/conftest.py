"""An organisation with a directory, which sends requests over HTTP with its own token."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from budkavle import Platform
from budkavle.testing import SampleOrganisation
from budkavle.web.app import create_app
from budkavle_scim import tokens
from budkavle_scim.server.addresses import BASE

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@dataclass
class Directory:
    """An organisation's directory, such as Entra ID or Okta."""

    http: Any
    organisation: SampleOrganisation
    secret: str

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Send a request; `json`, `params`, `content` and `headers` as in httpx."""
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/scim+json",
            **more.pop("headers", {}),
        }
        return self.http.request(method, BASE + path, headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, params=query)

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, json=body)

    def put(self, path: str, body: Any) -> Any:
        return self.ask("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        return self.ask("PATCH", path, json={"schemas": [PATCH], "Operations": list(operations)})

    def add_user(self, name: str, **more: Any) -> str:
        """Create a user, and return its path."""
        user = {"schemas": [USER], "userName": f"{name}@kommun.example", "displayName": name.title(), **more}
        answer = self.post("/Users", user)
        assert answer.status_code == 201, answer.text
        return f"/Users/{answer.json()['id']}"

    def add_group(self, name: str, *users: str) -> str:
        """Create a group with members, and return its path."""
        members = [{"value": user.rpartition("/")[2]} for user in users]
        answer = self.post("/Groups", {"schemas": [GROUP], "displayName": name, "members": members})
        assert answer.status_code == 201, answer.text
        return f"/Groups/{answer.json()['id']}"

    def account(self, name: str) -> Any:
        """Return the row of the account with the name's address, or None."""
        query = "SELECT * FROM users WHERE email = :email"
        return next(iter(self.organisation.rows(query, email=f"{name}@kommun.example")), None)


def identifier(path: str) -> UUID:
    """Return the id at the end of a path."""
    return UUID(path.rpartition("/")[2])


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with the plugin."""
    return budkavle_open(enabled=["scim"])


@pytest.fixture
def http(platform: Platform) -> Iterator[TestClient[Any]]:
    """The installation's web."""
    with TestClient(create_app(platform), base_url=platform.settings.base_url) as client:
        yield client


@pytest.fixture
def connect(http: TestClient[Any]) -> Callable[[SampleOrganisation], Directory]:
    """Connect a directory to an organisation."""

    def connected(organisation: SampleOrganisation) -> Directory:
        host = organisation.platform.plugins.host("scim")
        return Directory(http, organisation, tokens.create(host, organisation.administrator, "Entra", 365))

    return connected


@pytest.fixture
def directory(connect: Callable[[SampleOrganisation], Directory], organisation: SampleOrganisation) -> Directory:
    """The directory of the organisation."""
    return connect(organisation)
