"""Single sign-out: passed on to an identity provider, and received from one."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog

from budkavle.identification import providers
from budkavle.identification.sign_out.provider_sessions import SessionThere, end_all
from budkavle.logs import describe
from budkavle.model.errors import NotFound, Unavailable
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.identity_provider import Redirect, SignOutRequest, SignsOut
from budkavle.storage.platform import Platform

PATIENCE = 20.0
"""Timeout in seconds of one call to a provider."""
LATER = "Det går inte att ta emot just nu. Försök igen om en stund."
T = TypeVar("T")
log = structlog.get_logger("budkavle.identification.sign_out")


def pass_on(platform: Platform, there: SessionThere) -> Redirect | None:
    """Return the redirect that ends a session at a provider; None if the provider does not support it.

    Args:
        platform: The installation.
        there: The provider's session; the session here has already ended.
    """
    provider = _able(providers.provider_of(platform, there.provider))
    if provider is None:
        return None
    return_url = f"{platform.settings.base_url.rstrip('/')}/sign-out/back/{there.provider}"
    return _ask(platform, there.provider, Redirect, provider.sign_out, there.kept, return_url)


def is_confirmed(
    platform: Platform, provider: str, state: Mapping[str, str], answers: Mapping[str, str], query: str
) -> bool:
    """Tell whether a provider says, by the returning browser, that its user is signed out there.

    Raises:
        NotFound: There is no such provider.
    """
    signed_out = _require(platform, provider).signed_out
    return bool(state) and _ask(platform, provider, bool, signed_out, state, answers, query) is True


def take(platform: Platform, provider: str, answers: Mapping[str, str], query: str) -> SignOutRequest | None:
    """End the sessions here of a person who has signed out at a provider, if the message is authentic.

    Returns:
        The provider's message; None if it is not authentic.

    Raises:
        NotFound: There is no such provider.
        Unavailable: Because of a fault, here or in the provider's plugin, the message could not be verified, the
            sessions could not be ended, or that could not be recorded. The provider may retry.
    """
    judge = _require(platform, provider).sign_out_request
    try:
        request = _call(platform, provider, judge, answers, query)
    except Exception as error:
        _tell(provider, error)
        raise Unavailable(LATER) from error
    if not isinstance(request, SignOutRequest):
        return None
    try:
        count = end_all(platform, provider, request)
        if request.done is not None:  # after ending the sessions: if either step fails, a retry does both
            _call(platform, provider, request.done)
    except Exception as error:
        log.error("sign-out.not-taken", provider=provider, **describe(error))  # noqa: TRY400 - no content in logs
        raise Unavailable(LATER) from error
    log.info("sign-out.taken", provider=provider, count=count)
    return request


def _require(platform: Platform, name: str) -> SignsOut:
    provider = _able(providers.provider_of(platform, name))
    if provider is None:
        raise NotFound("Sidan finns inte.")
    return provider


def _able(provider: object) -> SignsOut | None:
    return provider if isinstance(provider, SignsOut) else None


def _ask(platform: Platform, name: str, kind: type[T], method: Callable[..., Any], *values: object) -> T | None:
    """Call a provider; if it raises an error, the person is still signed out here."""
    try:
        answer = _call(platform, name, method, *values)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        _tell(name, error)
        return None
    return answer if isinstance(answer, kind) else None


def _call(platform: Platform, name: str, method: Callable[..., Any], *values: object) -> object:
    owner = platform.plugins.owner("identity_providers", name)
    called = Called(owner, "identity_providers", f"{name}.{getattr(method, '__name__', '')}")
    answer: object = platform.plugins.walls.ask(called, PATIENCE, method, *values)
    return answer


def _tell(provider: str, error: Exception) -> None:
    log.error("sign-out.provider-failed", provider=provider, **describe(error))
