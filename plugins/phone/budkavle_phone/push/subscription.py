"""A browser's push subscription: an address at its push service, and two keys.

Source: Push API (W3C), RFC 8291 section 2.
"""

from urllib.parse import urlsplit

import msgspec
import pybase64
from cryptography.hazmat.primitives.asymmetric import ec

from budkavle import Invalid

LONGEST = 1_000
"""Characters of an address; those of the large push services have about 200."""
WRONG = "Webbläsaren gav inget som går att använda för aviseringar. Slå av och på dem i webbläsaren och försök igen."
POINT_BYTES, SECRET_BYTES = 65, 16


class Subscription(msgspec.Struct, frozen=True):
    """A subscription of one browser.

    Attributes:
        endpoint: The address at the push service; a secret, because anybody who has it can send notices to the browser.
        p256dh: The browser's public key, base64url.
        auth: The secret shared with it, base64url.
    """

    endpoint: str
    p256dh: str
    auth: str

    @property
    def origin(self) -> str:
        """The push service's origin, without the path."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def to_text(self) -> str:
        """Return it as text, for a notice's address."""
        return msgspec.json.encode(self).decode()

    @property
    def point(self) -> bytes:
        """Return the browser's public key."""
        return decode(self.p256dh)

    @property
    def secret(self) -> bytes:
        """Return the shared secret."""
        return decode(self.auth)


def read_subscription(text: str) -> Subscription:
    """Parse a subscription, and validate all but the network of its address.

    Args:
        text: JSON with `endpoint`, `p256dh` and `auth`.

    Raises:
        Invalid: It is not a subscription; the message contains nothing of it.
    """
    try:
        subscription = msgspec.json.decode(text, type=Subscription)
        parts = urlsplit(subscription.endpoint)
        if parts.scheme != "https" or not parts.hostname or len(subscription.endpoint) > LONGEST:
            raise Invalid(WRONG)
        if len(subscription.point) != POINT_BYTES or len(subscription.secret) != SECRET_BYTES:
            raise Invalid(WRONG)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), subscription.point)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Invalid(WRONG) from error
    return subscription


def decode(text: str) -> bytes:
    """Return the bytes of base64url, with or without padding.

    Raises:
        ValueError: It is not base64url.
    """
    return pybase64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def encode(content: bytes) -> str:
    """Return bytes as base64url without padding."""
    return pybase64.urlsafe_b64encode(content).rstrip(b"=").decode()
