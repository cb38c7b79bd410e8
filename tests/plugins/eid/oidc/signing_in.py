"""What the tests of OpenID Connect ask a provider for, and how they read its steps."""

from urllib.parse import parse_qsl, urlsplit

from budkavle import Failed, Redirect

LOA = "http://id.elegnamnden.se/loa/1.0/"
HINTS = {"language": "sv", "return_url": "http://127.0.0.1:8420/sign-in/back/op", "ip": "127.0.0.1"}


def asked(redirect: object) -> dict[str, str]:
    assert isinstance(redirect, Redirect)
    return dict(parse_qsl(urlsplit(redirect.url).query))


def refused(step: object) -> str:
    """The sentence of a refusal that ends the flow."""
    assert isinstance(step, Failed)
    assert not step.retry
    return step.message
