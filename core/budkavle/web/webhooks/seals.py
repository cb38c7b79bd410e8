"""Authentication of a peer's calls: by a shared secret in a header, or by a signature over the call."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from budkavle.model.errors import Forbidden, Misconfigured

LEAST_SECRET = 16
"""The least number of characters of a secret, or of bytes of a key."""

_LONGEST_TIME = 20
"""The most digits of a timestamp: more are not a valid time, and Python refuses to parse more than 4300."""


class NotTheirs(Forbidden):
    """The call is not authentic."""

    slug, title, status = "not-authentic", "Avsändaren kunde inte bekräftas", 401


class Seal(Protocol):
    """Checks that a call comes from the peer."""

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the call's own id, by which a retry is recognised; empty if calls have none.

        Raises:
            Forbidden: The call is not from the peer, or is too old. The peer gets 403; the seals here answer 401.
        """
        ...


class SharedSecret:
    """A secret in a header, such as `Authorization: Bearer SECRET`; anybody who reads one call can forge others.

    Args:
        secret: The secret; at least 16 characters.
        header: The header's name.
        prefix: The text before the secret.

    Raises:
        Misconfigured: The secret is too short.
    """

    def __init__(self, secret: str, header: str = "Authorization", prefix: str = "Bearer ") -> None:
        if len(secret) < LEAST_SECRET:
            raise Misconfigured("Hemligheten är för kort. Ange minst {least} tecken.", least=LEAST_SECRET)
        self._expected = f"{prefix}{secret}".encode()
        self._header = header.lower()

    def check(self, headers: Mapping[str, str], body: bytes) -> str:  # noqa: ARG002 - the secret does not cover it
        """Compare the header with the secret."""
        if not hmac.compare_digest(headers.get(self._header, "").encode(), self._expected):
            raise NotTheirs("Hemligheten stämmer inte. Kontrollera den i båda systemen.")
        return ""


class Signature:
    """A signature over id, time and body, as in Standard Webhooks (HMAC-SHA256, signature `v1`).

    The headers are `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`. The last may have
    several signatures separated by spaces, so that the peer can change its key.

    Args:
        secret: `whsec_` and the key in base64, as in the specification; anything else is the key itself.
        within: How old a call may be, and how far its clock may be ahead.

    Raises:
        Misconfigured: The key is too short, or not in base64.
    """

    def __init__(self, secret: str, within: timedelta = timedelta(minutes=5)) -> None:
        try:
            is_encoded = secret.startswith("whsec_")
            self._key = base64.b64decode(secret[6:], validate=True) if is_encoded else secret.encode()
        except ValueError as error:
            raise Misconfigured("Nyckeln efter whsec_ ska vara skriven i base64.") from error
        if len(self._key) < LEAST_SECRET:
            raise Misconfigured("Hemligheten är för kort. Ange minst {least} tecken.", least=LEAST_SECRET)
        self.within = within

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """Recompute the signature and compare it; then check the time, which is signed too."""
        call_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        signatures = headers.get("webhook-signature", "").split()
        expected = f"v1,{self.sign(call_id, sent_at, body)}".encode()
        if not call_id or not any(hmac.compare_digest(signature.encode(), expected) for signature in signatures):
            raise NotTheirs("Signaturen stämmer inte. Kontrollera hemligheten i båda systemen.")
        if (
            not sent_at.isdecimal()
            or len(sent_at) > _LONGEST_TIME
            or abs(datetime.now(UTC).timestamp() - int(sent_at)) > self.within.total_seconds()
        ):
            raise NotTheirs("Anropet är för gammalt, eller så går en klocka fel. Kontrollera klockorna.")
        return call_id

    def sign(self, call_id: str, sent_at: str, body: bytes) -> str:
        """Return the signature in base64, as the caller makes it; for tests, and for calls in the other direction."""
        signed = b".".join((call_id.encode(), sent_at.encode(), body))
        return base64.b64encode(hmac.digest(self._key, signed, sha256)).decode()
