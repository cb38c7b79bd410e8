"""An installation with https: browsers come back by https alone, and send no cookie by anything else."""

from collections.abc import Callable

from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import browsing
from budkavle.testing.organisations import SampleOrganisation


def test_transport_security_and_cookies(budkavle_open: Callable[..., Platform]) -> None:
    """The header names a year and what lies below; the language's cookie is secure as the session's is."""
    platform = budkavle_open(base_url="https://budkavle.habo.example", enabled=())
    user = SampleOrganisation.create(platform).staffed().case_worker
    with browsing(platform) as new:
        browser = new(user, Loa.TWO)
        assert browser.get("/account").headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        saved = browser.post("/account", name=user.name, language="en")
    assert saved.status_code == 303
    (cookie,) = (value for name, value in saved.headers.multi_items() if name == "set-cookie" and "language=" in value)
    assert cookie.startswith("__Host-language=en;")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie.lower()
