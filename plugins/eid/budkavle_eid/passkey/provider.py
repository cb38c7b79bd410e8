"""Passkeys (WebAuthn): users with an account sign in with a key that their device stores for our site only.

The flow is the core's; between its two steps is a page of the plugin with the script that calls the browser. A
passkey's public key, its counter and the level at which it was created are stored sealed with the account.

Source: Web Authentication, level 3 (W3C), sections 7.1 and 7.2.
"""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException

from budkavle import Failed, Host, Identity, Loa, Misconfigured, Redirect, Work
from budkavle.identification import identity_accounts, keep_identity_secret, own_identity_secrets
from budkavle_eid.claims import Refused, failed, log
from budkavle_eid.settings import PasskeySettings

PAGE = "/plugin/eid/passkey"
LONGEST = 20_000
"""The most characters of an answer; real ones have a few thousand."""
UNKNOWN = "Den här passkeyn är inte kopplad till något konto här. Logga in på ett annat sätt och lägg till den."
WRONG = "Passkeyn gick inte att använda. Försök igen, eller logga in på ett annat sätt."
COPIED = (
    "Passkeyn verkar finnas på två ställen, så den släpps inte in. Logga in på ett annat sätt, ta bort den under"
    " Mitt konto och lägg till en ny."
)


class _Answer(msgspec.Struct, frozen=True):
    """The parts of the browser's answer that are needed before it is verified."""

    class Response(msgspec.Struct, frozen=True):
        """The authenticator's response."""

        client_data: str = msgspec.field(name="clientDataJSON")
        user_handle: str | None = msgspec.field(name="userHandle", default=None)

    id: str
    response: Response


class StoredPasskey(msgspec.Struct, frozen=True):
    """The stored data of a passkey, sealed.

    Attributes:
        key: Its public key (COSE), base64url.
        count: Its signature counter; 0 if it has none.
        loa: The level of the session in which it was created.
        id: Its credential id, base64url; empty if it is older than this field and has not been used since.
    """

    key: str
    count: int
    loa: int
    id: str = ""


class PasskeyProvider:
    """An `IdentityProvider` for passkeys.

    Args:
        settings: The settings of the connection.
        host: The plugin's host.
    """

    icon = "key"

    def __init__(self, settings: PasskeySettings, host: Host) -> None:
        self.name, self.label = settings.name, settings.label
        self.traits = settings.traits(several_per_account=True)
        self._host = host

    @property
    def rp_id(self) -> str:
        """Return our host name, to which every passkey is bound permanently.

        Raises:
            Misconfigured: The address has no host name, or is not encrypted.
        """
        url = self._host.platform.settings.base_url
        parts = urlsplit(url)
        name = parts.hostname or ""
        if not name or ":" in name or name.replace(".", "").isdecimal():
            raise Misconfigured("Passkeys behöver en adress med namn, men base_url är {url}.", url=url)
        if parts.scheme != "https" and name != "localhost":
            raise Misconfigured("Passkeys behöver https, men base_url är {url}.", url=url)
        return name

    @property
    def _origin(self) -> str:
        parts = urlsplit(self._host.platform.settings.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Redirect:  # noqa: ARG002 - the promise has it
        """Redirect the browser to our page, which asks it for a passkey, or to create one.

        Raises:
            Misconfigured: Our address cannot have passkeys.
        """
        log.debug("eid.passkey", host=self.rp_id)
        challenge = bytes_to_base64url(generate_challenge())
        making = bool(hints.get("link") and hints.get("account"))
        state = {"challenge": challenge, "making": "1" if making else "", "account": hints.get("account", "")}
        state["loa"] = hints.get("loa", "")
        page = f"{PAGE}/{self.name}/{'new' if making else 'use'}"
        return Redirect(f"{page}?{urlencode({'challenge': challenge})}", state)

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Verify what the browser signed."""
        credential = answers.get("credential", "")
        if not state.get("challenge") or not credential or len(credential) > LONGEST:
            return failed(self.name, Refused("no-credential", WRONG), retry=True)
        try:
            answer = msgspec.json.decode(credential, type=_Answer)
            _check_top(answer)
            return self._make(state, credential) if state.get("making") else self._use(state, credential, answer)
        except Refused as refused:
            return failed(self.name, refused)
        except (WebAuthnException, msgspec.DecodeError, ValueError, RecursionError) as error:
            return failed(self.name, Refused(f"credential-{type(error).__name__}", WRONG))

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: no peer is involved."""

    def _make(self, state: Mapping[str, str], credential: str) -> Identity:
        created = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(state["challenge"]),
            expected_rp_id=self.rp_id,
            expected_origin=self._origin,
            require_user_verification=True,
        )
        level = int(state["loa"]) if state.get("loa") else int(self.traits.max_loa)
        key, own_id = (
            bytes_to_base64url(created.credential_public_key),
            bytes_to_base64url(created.credential_id),
        )
        passkey = StoredPasskey(key, created.sign_count, level, own_id)
        # Level 1: creating a passkey proves only that the user was already signed in.
        return Identity(
            self.name,
            _subject(user_handle(UUID(state["account"])), own_id),
            Loa.ONE,
            {"secret": msgspec.json.encode(passkey).decode(), "method": self.label, "raw_acr": "created"},
        )

    def _use(self, state: Mapping[str, str], credential: str, answer: _Answer) -> Identity:
        subject = _subject(base64url_to_bytes(answer.response.user_handle or ""), answer.id)
        user = next(iter(identity_accounts(self._host.platform, self.name, subject)), None)
        if user is None:
            raise Refused("credential-unknown", UNKNOWN)
        used: list[StoredPasskey] = []

        def verified(secret: bytes) -> bytes | None:
            before = msgspec.json.decode(secret, type=StoredPasskey)
            count = self._verify(state["challenge"], credential, before)
            used.append(msgspec.structs.replace(before, count=count, id=answer.id))
            return msgspec.json.encode(used[0])

        if not keep_identity_secret(self._host.platform, user, self.name, subject, verified):
            raise Refused("credential-gone", UNKNOWN)
        level = min(Loa(used[0].loa), self.traits.max_loa)
        evidence = "sha256:" + hashlib.sha256(credential.encode()).hexdigest()
        attributes = {"method": self.label, "raw_acr": "user-verified", "evidence": evidence}
        return Identity(self.name, subject, level, attributes)

    def _verify(self, challenge: str, credential: str, before: StoredPasskey) -> int:
        """Verify the browser's answer, and return the passkey's new counter.

        Raises:
            WebAuthnException: The signature, the challenge, the site or the user verification is wrong.
            Refused: The counter has decreased, so somebody has a copy.
        """
        # The counter is compared here, since the library's error for it cannot be distinguished from its others.
        authentication = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=self.rp_id,
            expected_origin=self._origin,
            credential_public_key=base64url_to_bytes(before.key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        if (before.count or authentication.new_sign_count) and authentication.new_sign_count <= before.count:
            raise Refused("counter-went-back", COPIED)
        return authentication.new_sign_count


def own_passkeys(work: Work, provider: str) -> list[bytes]:
    """Return the credential ids of the user's passkeys, as far as they are stored."""
    passkeys = [msgspec.json.decode(secret, type=StoredPasskey) for secret in own_identity_secrets(work, provider)]
    return [base64url_to_bytes(passkey.id) for passkey in passkeys if passkey.id]


def user_handle(user_id: UUID) -> bytes:
    """Return the user handle that a passkey stores: the account's id, which names nobody."""
    return user_id.bytes


def _subject(handle: bytes, credential_id: str) -> str:
    """Return the subject: account and passkey together, so that a user cannot claim another user's passkey."""
    return f"{handle.hex()}.{credential_id}"


def _check_top(answer: _Answer) -> None:
    """Refuse an answer that was made in another site's frame, where our pages never are."""
    data = parse_client_data_json(base64url_to_bytes(answer.response.client_data))
    if data.cross_origin:
        raise Refused("credential-framed", WRONG)
