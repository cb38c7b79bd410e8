"""Wraps and unwraps keys with the transit engine.

A wrapped key is what the engine returns: `vault:vN:` and base64. The encrypted value is the SHA-256 of the additional
data, then the key. So the key is bound to it whatever the version of the service, and `transit/rewrap` preserves this.
"""

import base64
import binascii
import hashlib
import hmac
import re

from budkavle import Damaged, Unavailable
from budkavle_transit.service import NOT_ITS_ANSWER, Refused, Service
from budkavle_transit.settings import TransitSettings

NOT_OURS = "Nyckeln är inte förseglad av den här nyckeltjänsten, eller har ändrats."
TOO_OLD = (
    "Nyckeltjänsten öppnar inte längre det som en äldre version av nyckeln har förseglat. Sänk"
    " min_decryption_version i den."
)
REFUSED = "Nyckeltjänsten säger nej: {words}. Kontrollera key_name under [plugins.transit], och nyckelns typ."
_FORM = re.compile(rb"vault:v[1-9]\d{0,8}:([A-Za-z0-9+/]+={0,2})")
_BROKEN = ("message authentication failed", "invalid ciphertext")
"""The errors of the service for data that it has not encrypted with that key."""


class TransitKeys:
    """The key provider `transit`.

    Args:
        settings: The section `[plugins.transit]`.
    """

    name = "transit"

    def __init__(self, settings: TransitSettings) -> None:
        self._service = Service(settings)

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Wrap a key with the newest version of the service's key.

        Raises:
            Unavailable: The service cannot be used; the message says what to do.
        """
        plain = base64.b64encode(_mark(aad) + key).decode()
        try:
            wrapped = str(self._service.ask("encrypt", plaintext=plain).get("ciphertext", "")).encode()
        except Refused as error:
            raise Unavailable(REFUSED, words=str(error)) from error
        if not _is_formed(wrapped):
            raise Unavailable(NOT_ITS_ANSWER)
        return wrapped

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap a key that `wrap` wrapped, with any version of the service's key.

        Raises:
            Damaged: The service does not decrypt it, or it belongs to something else.
            Unavailable: The service cannot be used; the message says what to do.
        """
        if not _is_formed(wrapped):
            raise Damaged(NOT_OURS)
        try:
            answer = self._service.ask("decrypt", ciphertext=wrapped.decode())
        except Refused as error:
            words = str(error)
            if "too old" in words:
                raise Unavailable(TOO_OLD) from error
            if any(broken in words for broken in _BROKEN):
                raise Damaged(NOT_OURS) from error
            raise Unavailable(REFUSED, words=words) from error
        try:
            plain = base64.b64decode(str(answer["plaintext"]), validate=True)
        except (KeyError, binascii.Error) as error:
            raise Unavailable(NOT_ITS_ANSWER) from error
        mark = _mark(aad)
        if not hmac.compare_digest(plain[: len(mark)], mark):
            raise Damaged(NOT_OURS)
        return plain[len(mark) :]


def _mark(aad: bytes) -> bytes:
    return hashlib.sha256(b"budkavle-transit|" + aad).digest()


def _is_formed(wrapped: bytes) -> bool:
    """Tell whether it is a ciphertext in its canonical form."""
    match = _FORM.fullmatch(wrapped)
    try:
        return match is not None and base64.b64encode(base64.b64decode(match[1], validate=True)) == match[1]
    except binascii.Error:
        return False
