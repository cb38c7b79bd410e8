"""The page between the two steps of a passkey flow: the options for the browser, and the script that calls it."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from budkavle import NotFound
from budkavle.web import Visitor, WebRequest, guest_page, plugin_page
from budkavle_eid.passkey.provider import PAGE, PasskeyProvider, own_passkeys, user_handle

MILLISECONDS = 300_000


def routes(providers: Sequence[PasskeyProvider]) -> Router:
    """Return the pages of the providers."""
    by_name = {provider.name: provider for provider in providers}

    @get("/{name:str}/use", sync_to_thread=True)
    def use(request: WebRequest, name: FromPath[str], challenge: FromQuery[str] = "") -> Response[str]:
        """Ask the browser for a passkey, to sign in."""
        provider = _of(by_name, name)
        options = generate_authentication_options(
            rp_id=provider.rp_id,
            challenge=_bytes(challenge),
            timeout=MILLISECONDS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return guest_page(request, "eid/passkey.html", _context("get", options))

    @get("/{name:str}/new", sync_to_thread=True)
    def new(visitor: NamedDependency[Visitor], name: FromPath[str], challenge: FromQuery[str] = "") -> Response[str]:
        """Ask the browser to create a passkey for the account."""
        provider, user = _of(by_name, name), visitor.session.user
        with visitor.work() as work:
            existing = own_passkeys(work, name)
        options = generate_registration_options(
            rp_id=provider.rp_id,
            rp_name="Budkavle",
            user_id=user_handle(user.id),
            user_name=user.email,
            user_display_name=user.name,
            challenge=_bytes(challenge),
            timeout=MILLISECONDS,
            exclude_credentials=[PublicKeyCredentialDescriptor(own_id) for own_id in existing],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
        return plugin_page(visitor, "eid/passkey.html", _context("create", options), folder="account")

    return Router(PAGE, route_handlers=[use, new])


def _of(by_name: Mapping[str, PasskeyProvider], name: str) -> PasskeyProvider:
    provider = by_name.get(name)
    if provider is None:
        raise NotFound("Det sättet att logga in finns inte här.")
    return provider


def _bytes(challenge: str) -> bytes:
    try:
        raw = base64url_to_bytes(challenge)
    except ValueError:
        raw = b""
    if len(raw) < 16:
        raise NotFound("Inloggningen tog för lång tid. Börja om från början.")
    return raw


def _context(verb: str, options: Any) -> dict[str, Any]:
    return {"verb": verb, "options": options_to_json(options)}
