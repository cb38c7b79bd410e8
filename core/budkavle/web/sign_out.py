"""The pages after signing out, and signing out at the identity provider if the user has a session there too."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Response
from litestar.response import Redirect

from budkavle.identification import providers
from budkavle.identification.sign_out import passing_on
from budkavle.identification.sign_out.provider_sessions import Ended
from budkavle.model.errors import NotFound
from budkavle.plugins.protocols.identity_provider import Redirect as Elsewhere
from budkavle.web import identification
from budkavle.web.auth import platform_of
from budkavle.web.http.cookies import cookie_name, drop_cookie, keep_cookie
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.security_headers import policy

STATE = "sign-out"
"""The cookie that shows that a browser returning from a provider was sent there by us."""
STATE_SECONDS = 600


def answer_ended(request: WebRequest, ended: Ended | None) -> Response[Any]:
    """Answer a user who has just signed out; if they have a session at the provider, redirect to sign out there."""
    if ended is None or ended.there is None or frame_of(request):
        return Redirect("/sign-in", status_code=303)
    way = ended.there.provider
    if providers.provider_of(platform_of(request), way) is None:  # it has been removed since
        return Redirect("/sign-in", status_code=303)
    elsewhere = passing_on.pass_on(platform_of(request), ended.there)
    if elsewhere is None:
        return Redirect(f"/signed-out?way={quote(way, safe='')}", status_code=303)
    return keep_cookie(request, _led(request, way, elsewhere), STATE, urlencode(elsewhere.state), STATE_SECONDS)


def signed_out_page(request: WebRequest, way: str, *, is_out_there: bool) -> Response[str]:
    """Say that the user is signed out here, and whether at the provider too.

    Raises:
        NotFound: There is no such provider.
    """
    context = {"label": label_of(request, way), "is_out_there": is_out_there}
    return identification.page(request, "pages/after_sign_out.html", context)


def answer_back(request: WebRequest, way: str) -> Response[Any]:
    """Answer the browser that returns from a provider."""
    state = dict(parse_qsl(request.cookies.get(cookie_name(request, STATE), "")))
    query = request.scope["query_string"].decode("latin-1")
    answers = dict(request.query_params)
    is_out_there = passing_on.is_confirmed(platform_of(request), way, state, answers, query)
    return drop_cookie(request, signed_out_page(request, way, is_out_there=is_out_there), STATE)


def label_of(request: WebRequest, way: str) -> str:
    """Return a provider's label.

    Raises:
        NotFound: There is no such provider.
    """
    provider = providers.provider_of(platform_of(request), way)
    if provider is None:
        raise NotFound("Sidan finns inte.")
    return provider.label


def _led(request: WebRequest, way: str, elsewhere: Elsewhere) -> Response[str]:
    """Send the browser on by a page in between, since the policy of our pages allows no form to end elsewhere."""
    context = {"label": label_of(request, way), "step": elsewhere}
    led = identification.page(request, "pages/signing_out.html", context)
    if elsewhere.form is not None:
        led.headers["content-security-policy"] = policy(
            request.scope["state"]["nonce"], f"'self' {identification.origin_of(elsewhere.url)}"
        )
    return led
