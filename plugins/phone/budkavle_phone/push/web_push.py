"""Sends one notice to one browser: encrypted for it, signed by us, and handed to its push service.

Sources: RFC 8030 (the request), RFC 8188 and 8291 (the encryption, by `http_ece`), RFC 8292 (the signature).
"""

import re
import ssl
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from budkavle import Invalid, NotYet, Permanent, Platform, Temporary, outside_client
from budkavle_phone.push.server_keys import public_point
from budkavle_phone.push.subscription import Subscription, encode

SECONDS = 10.0
TOKEN_LIFE = timedelta(hours=12)
"""RFC 8292 allows a day."""
PADDED = 1024
"""Bytes of each notice before encryption, so that its length does not reveal the mailbox's name."""
LONGEST_PAUSE = timedelta(hours=1)
GONE = "Webbläsaren tar inte längre emot aviseringar."
REFUSED = "Webbläsarens aviseringstjänst tog inte emot aviseringen (HTTP {status})."
BUSY = "Webbläsarens aviseringstjänst svarar inte just nu."


class Gone(Permanent):
    """The browser has ended the subscription."""


def push(
    platform: Platform,
    key: ec.EllipticCurvePrivateKey,
    subscription: Subscription,
    content: bytes,
    *,
    topic: str,
    lasts: timedelta,
) -> None:
    """Hand a notice to the browser's push service.

    Args:
        platform: The installation; its URL identifies us.
        key: The signing key.
        subscription: The recipient.
        content: At most `PADDED` bytes.
        topic: While a phone is offline, only the last notice of a topic is kept.
        lasts: How long the service keeps the notice.

    Raises:
        Gone: The subscription no longer exists.
        Permanent: It will never be taken.
        NotYet: The service asks for a pause.
        Temporary: The service does not answer.
    """
    headers = {
        "authorization": f"vapid t={_token(platform, key, subscription)}, k={encode(public_point(key))}",
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(max(int(lasts.total_seconds()), 0)),
        "urgency": "normal",
        "topic": topic,
    }
    try:
        with outside_client(platform, SECONDS, tls=_trust()) as client:
            answer = client.post(subscription.endpoint, content=seal(subscription, content), headers=headers)
    except Invalid as error:
        raise Permanent(GONE) from error  # the address is on the internal network by now
    except httpx.HTTPError as error:
        raise Temporary(BUSY) from error
    _judge(answer)


def seal(subscription: Subscription, content: bytes) -> bytes:
    """Encrypt a notice so that only the browser can decrypt it.

    Raises:
        ValueError: It is longer than `PADDED`.
    """
    if len(content) > PADDED:
        raise ValueError("a notice by push is short")
    sealed: bytes = http_ece.encrypt(
        content.ljust(PADDED),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.point,
        auth_secret=subscription.secret,
        version="aes128gcm",
    )
    return sealed


def _token(platform: Platform, key: ec.EllipticCurvePrivateKey, subscription: Subscription) -> str:
    claims = {
        "aud": subscription.origin,
        "exp": int((datetime.now(UTC) + TOKEN_LIFE).timestamp()),
        "sub": platform.settings.base_url,
    }
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, ECKey.import_key(_as_key(key)))


def _as_key(key: ec.EllipticCurvePrivateKey) -> Any:
    """Return the key in joserfc's format."""
    numbers = key.private_numbers()
    x, y = numbers.public_numbers.x, numbers.public_numbers.y
    names = {"x": x, "y": y, "d": numbers.private_value}
    return {"kty": "EC", "crv": "P-256", **{name: encode(value.to_bytes(32, "big")) for name, value in names.items()}}


def _judge(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in {404, 410}:
        raise Gone(GONE)
    if status == 429 or status >= 500:
        raise _pause(answer)
    if not answer.is_success:
        raise Permanent(REFUSED, status=status)


def _pause(answer: httpx.Response) -> Temporary:
    asked = answer.headers.get("retry-after", "")
    if re.fullmatch("[0-9]{1,9}", asked):
        return NotYet(BUSY, pause=min(timedelta(seconds=int(asked)), LONGEST_PAUSE))
    return Temporary(BUSY)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Return the TLS context, cached: loading the system's authorities takes longer than the rest of a notice."""
    return ssl.create_default_context()
