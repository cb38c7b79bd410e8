"""What is wrong in the settings is told before anything starts."""

from typing import Any

import pytest

from budkavle import Misconfigured
from budkavle_identity_tokens.simulated_entra import guid
from budkavle_teams.settings import TeamsSettings, TenantSettings, check

RIGHT: dict[str, Any] = {"tenant": guid(), "client_id": guid(), "organisations": ("habo",)}


@pytest.mark.feature("M3", "C1")
def test_the_right_settings_are_right() -> None:
    """With the defaults, and with a host of one's own."""
    check(TeamsSettings(tenants=(TenantSettings(**RIGHT),)))
    check(TeamsSettings(("https://teams.example:8443", "https://*.example.se"), tenants=(TenantSettings(**RIGHT),)))


@pytest.mark.feature("M3")
@pytest.mark.parametrize(
    "source",
    ["*", "https://*", "http://teams.example", "https://a.example; script-src *", "'self'", "https:", "https://a b"],
)
def test_nobody_is_let_to_frame_us_by_mistake(source: str) -> None:
    """A source is an https address with a host: no wildcard for all, nothing that ends the directive."""
    with pytest.raises(Misconfigured, match="ancestors"):
        check(TeamsSettings((source,)))


@pytest.mark.feature("M3", "C2")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tenant", "common"),
        ("tenant", "organizations"),
        ("client_id", ""),
        ("organisations", ()),
        ("clients", ("teams",)),
        ("name", "settings"),
        ("name", "Å"),
        ("version", "1"),
        ("authority", "http://login.microsoftonline.com"),
    ],
)
def test_a_wrong_tenant_is_told(key: str, value: Any) -> None:
    """By the name of the setting."""
    with pytest.raises(Misconfigured) as told:
        check(TeamsSettings(tenants=(TenantSettings(**{**RIGHT, key: value}),)))
    assert str(told.value).startswith(key)


@pytest.mark.feature("M3")
def test_two_tenants_have_two_names() -> None:
    """Else one's people could come in by the other's."""
    with pytest.raises(Misconfigured, match="eget name"):
        check(TeamsSettings(tenants=(TenantSettings(**RIGHT), TenantSettings(**RIGHT))))
