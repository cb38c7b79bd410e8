"""What a browser tells about where it runs, and where an app leads back to."""

import pytest

from budkavle_eid.devices import back_to, is_mobile, same_network

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
CHROME = SAFARI.replace("Version/18.0", "CriOS/130.0")
URL = "https://x.example/sign-in/back/bankid?nonce=a"


@pytest.mark.parametrize(
    ("agent", "mobile"),
    [
        (SAFARI, True),
        (CHROME, True),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0 Mobile Safari/537.36", True),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36", False),
        ("", False),
    ],
)
def test_where_the_browser_runs(agent: str, mobile: bool) -> None:
    """A telephone has the app beside the browser; a computer most often not."""
    assert is_mobile(agent) is mobile


@pytest.mark.parametrize(
    ("agent", "url"),
    [
        (SAFARI, URL),
        (CHROME, "googlechromes://x.example/sign-in/back/bankid?nonce=a"),
        (
            SAFARI.replace("Version/", "FxiOS/"),
            "firefox://open-url?url=https%3A%2F%2Fx.example%2Fsign-in%2Fback%2Fbankid%3Fnonce%3Da",
        ),
        (SAFARI.replace("Version/", "EdgiOS/"), "microsoft-edge-https://x.example/sign-in/back/bankid?nonce=a"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile", URL),
    ],
)
def test_the_app_leads_back_to_the_browser_that_began(agent: str, url: str) -> None:
    """On iOS the app would open Safari; the others have addresses of their own."""
    assert back_to(URL, agent) == url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "2001:db8::1", None),
        ("192.0.2.1", "", None),
        ("nonsense", "nonsense", None),
    ],
)
def test_whether_two_addresses_are_one_household(one: str, other: str, same: bool | None) -> None:
    """Equal in IPv4, the first half in IPv6; of different kinds nobody can tell."""
    assert same_network(one, other) is same
