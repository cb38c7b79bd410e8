"""Wraps and unwraps keys in the token, with AES-256-GCM (PKCS#11 mechanism CKM_AES_GCM).

A wrapped key is: the byte 1, the length of the key's label, the label (UTF-8), 12 bytes of nonce, ciphertext and tag.
The label is authenticated together with the additional data, so a key of the token can be replaced by a newer one.
"""

import os
from typing import Any

from pkcs11 import Attribute, GCMParams, Mechanism, PKCS11Error

from budkavle import Damaged, Unavailable
from budkavle_hsm.settings import HsmSettings
from budkavle_hsm.token import Token

VERSION = 1
NONCE_BYTES, TAG_BYTES = 12, 16
NOT_OURS = "Nyckeln är inte förseglad av den här HSM:en, eller har ändrats."
OTHER_KEY = (
    "Nyckeln är förseglad med en annan nyckel i HSM:en än de som key_label och older_key_labels under [plugins.hsm]"
    " nämner, eller har ändrats."
)
READABLE = (
    "Nyckeln {key} i token {label} går att läsa ut ur HSM:en. Gör en ny med budkavle hsm make-key, och ange den som"
    " key_label under [plugins.hsm]."
)


class HsmKeys:
    """The key provider `hsm`.

    Args:
        settings: The section `[plugins.hsm]`.
        token: The token of these settings. By default a new one.
    """

    name = "hsm"

    def __init__(self, settings: HsmSettings, token: Token | None = None) -> None:
        self._settings = settings
        self._token = token or Token(settings)

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        """Wrap a key with the key of the token from the settings.

        Raises:
            Unavailable: The token cannot be used, or its key can be extracted.
        """
        label = self._settings.key_label
        nonce = os.urandom(NONCE_BYTES)

        def work(master: Any) -> bytes:
            if not master[Attribute.SENSITIVE]:
                raise Unavailable(READABLE, key=label, label=self._settings.label)
            return _sealed(master, nonce, key, _aad(label, aad))

        return _head(label) + nonce + self._token.use(work, label)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap a key that `wrap` wrapped, also with an older key named in the settings.

        Raises:
            Damaged: The token works but does not unwrap it.
            Unavailable: The token cannot be used.
        """
        label, nonce, sealed = self._parts(wrapped)

        def work(master: Any) -> bytes | None:
            try:
                return _opened(master, nonce, sealed, _aad(label, aad))
            except PKCS11Error:
                if _is_well(master):  # modules report a wrong tag with different errors, so the key itself is tested
                    return None
                raise

        key = self._token.use(work, label)
        if key is None:
            raise Damaged(NOT_OURS)
        return key

    def _parts(self, wrapped: bytes) -> tuple[str, bytes, bytes]:
        """Return the label, nonce and ciphertext of a wrapped key."""
        for label in (self._settings.key_label, *self._settings.older_key_labels):
            head = _head(label)
            rest = wrapped.removeprefix(head)
            if wrapped.startswith(head) and len(rest) > NONCE_BYTES + TAG_BYTES:
                return label, rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        raise Damaged(OTHER_KEY if wrapped[:1] == bytes([VERSION]) else NOT_OURS)


def _head(label: str) -> bytes:
    name = label.encode()
    return bytes([VERSION, len(name)]) + name


def _aad(label: str, aad: bytes) -> bytes:
    return b"budkavle-hsm|" + _head(label) + b"|" + aad


def _sealed(master: Any, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
    answer = master.encrypt(plain, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, aad=aad))
    return bytes(answer)


def _opened(master: Any, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
    return bytes(master.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, aad=aad)))


def _is_well(master: Any) -> bool:
    """Tell whether the key encrypts and decrypts a test value."""
    probe, nonce = os.urandom(32), os.urandom(NONCE_BYTES)
    try:
        return _opened(master, nonce, _sealed(master, nonce, probe, b"probe"), b"probe") == probe
    except PKCS11Error:
        return False
