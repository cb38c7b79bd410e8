"""Teams as a way to show who one is: the contract of all ways, and what is its own."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import text

from budkavle import Failed, Identity, IdentityProvider, Loa, Platform
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_microsoft_apps import TokenBrowserTable
from budkavle_teams.tables import teams_tokens
from budkavle_teams.tenants import tenants


class TestTeams(IdentityProviderContract):
    """The core counts on it as on every other way."""

    pytestmark = pytest.mark.feature("M3", "C2")

    @pytest.fixture
    def provider(self, installed: Callable[..., Platform]) -> IdentityProvider:
        return installed(organisations=["exempelstad"]).plugins.identity_providers["teams"]

    @pytest.fixture
    def answers(self, entra: Entra) -> tuple[Mapping[str, str], ...]:
        return ({"token": entra.token(entra.people["anna"])},)


@pytest.mark.feature("M3")
def test_a_token_belongs_to_the_browser_that_brought_it_first(app: Any) -> None:
    """Teams gives the same token for an hour, so it may come again; from another browser it is a thief's."""
    provider = app.platform.plugins.identity_providers["teams"]
    token = app.token()
    mine, thief = ({"browser": name} for name in ("mine", "thief"))
    for _ in range(2):
        assert isinstance(provider.advance(mine, {"token": token}), Identity)
    refused = provider.advance(thief, {"token": token})
    assert isinstance(refused, Failed)
    assert isinstance(provider.advance(thief, {"token": app.token()}), Identity)


@pytest.mark.feature("M3")
def test_a_token_written_otherwise_is_the_same_token(app: Any) -> None:
    """The last letter of a signature has bits that mean nothing: turning them makes a thief no new token."""
    provider = app.platform.plugins.identity_providers["teams"]
    token, letters = app.token(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert isinstance(provider.advance({"browser": "mine"}, {"token": token}), Identity)
    other = token[:-1] + letters[letters.index(token[-1]) ^ 1]
    assert isinstance(provider.advance({"browser": "thief"}, {"token": other}), Failed)


@pytest.mark.feature("M3")
def test_what_is_kept_of_tokens_is_no_token_and_is_forgotten(app: Any) -> None:
    """Keyed hashes, until the token is over."""
    host = app.platform.plugins.host("teams")
    browsers = TokenBrowserTable(host, teams_tokens, "teams")
    assert browsers.claim("over", "mine", 1_000_000.0)
    assert browsers.claim("good", "mine", 4_000_000_000.0)
    assert browsers.sweep() == 0
    with host.transaction(None) as connection:
        (row,) = connection.execute(text("SELECT * FROM teams_tokens")).all()
    assert b"good" not in row.hash
    assert browsers.claim("good", "other", 4_000_000_000.0) is False


@pytest.mark.feature("C2", "M3")
@pytest.mark.parametrize(("loa", "level"), [({}, Loa.TWO), ({"loa": 1}, Loa.ONE)])
def test_the_level_is_the_settings(
    installed: Callable[..., Platform], entra: Entra, loa: dict[str, int], level: Loa
) -> None:
    """What being signed in to Teams is worth; level 3 it never is."""
    (tenant,) = tenants(installed(**loa).plugins.host("teams"))
    found = tenant.provider.advance({}, {"token": entra.token(entra.people["anna"])})
    assert isinstance(found, Identity)
    assert found.loa is level
    assert "email" not in found.attributes
