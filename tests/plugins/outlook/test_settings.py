"""What is wrong in the settings is told before anything starts."""

from typing import Any

import pytest

from budkavle import Misconfigured
from budkavle_identity_tokens.simulated_entra import guid
from budkavle_outlook.settings import AppSettings, OutlookSettings, check

RIGHT: dict[str, Any] = {"tenant": guid(), "client_id": guid(), "organisations": ("habo",)}


@pytest.mark.feature("C3")
def test_the_right_settings_are_right() -> None:
    """With a tenant, without any, and with a server of one's own; there is always an add-in."""
    check(OutlookSettings(apps=(AppSettings(**RIGHT),)))
    check(OutlookSettings(("https://mail.example.se",)))
    assert [app.name for app in OutlookSettings().all_apps] == ["outlook"]
    assert OutlookSettings().all_apps[0].is_for("anybody")
    assert not AppSettings(**RIGHT).is_for("kisa")


@pytest.mark.feature("C2")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tenant", "common"),
        ("client_id", ""),
        ("organisations", ()),
        ("name", "settings"),
        ("name", "Å"),
        ("version", "1"),
        ("authority", "http://login.microsoftonline.com"),
    ],
)
def test_a_wrong_app_is_told(key: str, value: Any) -> None:
    """By the name of the setting; a tenant is never for every organisation."""
    with pytest.raises(Misconfigured) as told:
        check(OutlookSettings(apps=(AppSettings(**{**RIGHT, key: value}),)))
    assert str(told.value).startswith(key)


@pytest.mark.parametrize("source", ["*", "https://*", "http://mail.example", "'self'", "https://a.example; script"])
def test_nobody_is_let_to_frame_us_by_mistake(source: str) -> None:
    """A source is an https address with a host."""
    with pytest.raises(Misconfigured, match="ancestors"):
        check(OutlookSettings((source,)))


def test_two_apps_have_two_names() -> None:
    """Else one's people could come in by the other's."""
    with pytest.raises(Misconfigured, match="eget name"):
        check(OutlookSettings(apps=(AppSettings(), AppSettings())))
