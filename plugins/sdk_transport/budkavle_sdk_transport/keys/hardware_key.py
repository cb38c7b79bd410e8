"""A private key that never leaves its token (PKCS#11): signing and opening are done inside of it.

Sources: PKCS#11 2.40; RFC 7512 (the form of the reference). The token is opened at the first use, so that one that is
away holds up what needs its keys, and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable, load_certificate, public_key_of

T = TypeVar("T")
SCHEME: Final = "pkcs11:"


class HardwareSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a token is reached: `[plugins.sdk.pkcs11]`.

    Attributes:
        module: The maker's library, such as `/usr/lib/softhsm/libsofthsm2.so`; none where no key lies in a token.
        pin: The user's PIN; best as `pin_file`.
    """

    module: Path | None = None
    pin: str = ""


class TokenUnavailable(CertificatesUnavailable):
    """The token cannot be used just now; says nothing about the message."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Which key in which token: `pkcs11:token=NAME;object=LABEL`, or with `id=` instead of `object=`."""

    token: str
    label: str | None = None
    id: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference.

        Raises:
            KeyUnreadable: It names no token or no key.
        """
        parts: dict[str, bytes] = {}
        for piece in text.removeprefix(SCHEME).partition("?")[0].split(";"):
            name, _, value = piece.partition("=")
            parts[name.strip()] = unquote_to_bytes(value.strip())
        token, label = parts.get("token", b"").decode("utf-8", "replace"), parts.get("object")
        if not text.startswith(SCHEME) or not token or not (label or parts.get("id")):
            raise KeyUnreadable("A key in a token is written pkcs11:token=NAME;object=LABEL (or id=%01).")
        return cls(token, label.decode("utf-8", "replace") if label else None, parts.get("id"))


class Token:
    """An open token. One session, one user at a time: PKCS#11 sessions are not for several threads."""

    def __init__(self, module: Path, name: str, pin: str) -> None:
        self._module, self._name, self._pin = module, name, pin
        self._lock = threading.Lock()
        self._session: Any = None
        self._refused = ""

    def use(self, reference: Reference, work: Callable[[Any], T]) -> T:
        """Use a private key; a lost session is reopened, once.

        Raises:
            TokenUnavailable: The token is away, its PIN is wrong, or it has no such key.
            ValueError: The token is well, and cannot do this with this data.
        """
        from pkcs11 import PKCS11Error

        with self._lock:
            try:
                return work(self._key(reference))
            except PKCS11Error:
                was_well = self._is_well()
            self._close()
            try:
                return work(self._key(reference))
            except PKCS11Error as error:
                if was_well and self._is_well():
                    raise ValueError("The token refuses the data.") from error
                self._close()
                raise TokenUnavailable(f"The token {self._name} cannot be used ({type(error).__name__}).") from error

    def _key(self, reference: Reference) -> Any:
        from pkcs11 import KeyType, NoSuchKey, ObjectClass

        if self._session is None:
            self._session = self._opened()
        attributes = {"label": reference.label, "id": reference.id}
        try:
            return self._session.get_key(
                object_class=ObjectClass.PRIVATE_KEY,
                key_type=KeyType.RSA,
                **{name: value for name, value in attributes.items() if value is not None},
            )
        except NoSuchKey as error:
            raise TokenUnavailable(f"The token {self._name} has no such private key.") from error

    def _opened(self) -> Any:
        """Return a session; a PIN that was refused is not tried again, since a token locks itself after a few."""
        from pkcs11 import PinIncorrect, PinInvalid, PinLenRange, PinLocked, lib

        if self._refused:
            raise TokenUnavailable(self._refused)
        try:
            library = lib(str(self._module))
        except (RuntimeError, OSError) as error:
            raise TokenUnavailable(f"The library {self._module} of the token cannot be loaded.") from error
        token = library.get_token(token_label=self._name)
        try:
            return token.open(user_pin=self._pin or None)
        except (PinIncorrect, PinInvalid, PinLenRange, PinLocked) as error:
            self._refused = f"The token {self._name} refuses the PIN; mend pin in [plugins.sdk.pkcs11], and restart."
            raise TokenUnavailable(self._refused) from error

    def _is_well(self) -> bool:
        from pkcs11 import PKCS11Error

        try:
            return self._session is not None and bool(self._session.generate_random(64))
        except PKCS11Error:
            return False

    def _close(self) -> None:
        from pkcs11 import PKCS11Error

        session, self._session = self._session, None
        try:
            if session is not None:
                session.close()
        except PKCS11Error:
            return  # it was lost already


@lru_cache(maxsize=16)
def token(module: Path, name: str, pin: str) -> Token:
    """Return the token of that name: one for the whole process, since a user signs in to it for all of the process."""
    return Token(module, name, pin)


@dataclass(slots=True)
class HardwareKey(rsa.RSAPrivateKey):
    """An RSA key in a token, for those who use `RSAPrivateKey`.

    Attributes:
        token: Where it is.
        reference: Which it is.
        certificate: Of its public half.
    """

    token: Token = field(repr=False)
    reference: Reference
    certificate: x509.Certificate

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self.public_key().key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """Return the certificate's public key."""
        return public_key_of(self.certificate)

    def sign(self, data: Any, padding: Any, algorithm: Prehashed | hashes.HashAlgorithm | Any) -> bytes:
        """RSA with PKCS#1 v1.5 and SHA-256, the only signature of the profile."""
        from pkcs11 import Mechanism

        if not isinstance(padding, _PKCS1) or not isinstance(algorithm, hashes.SHA256):
            raise TypeError("A key in a token signs with RSA, PKCS#1 v1.5 and SHA-256 only.")
        return self.token.use(
            self.reference, lambda key: bytes(self._own(key).sign(bytes(data), mechanism=Mechanism.SHA256_RSA_PKCS))
        )

    def decrypt(self, ciphertext: Any, padding: Any) -> bytes:
        """RSA-OAEP, with the digests that the padding names, where the token knows them."""
        from pkcs11 import MGF, Mechanism

        names: Mapping[str, tuple[Any, Any]] = {
            "sha1": (Mechanism.SHA_1, MGF.SHA1),
            "sha256": (Mechanism.SHA256, MGF.SHA256),
        }
        if not isinstance(padding, _OAEP):
            raise TypeError("A key in a token opens RSA-OAEP only.")
        digest = names[padding.algorithm.name][0]
        mask = names[padding.mgf._algorithm.name][1]
        return self.token.use(
            self.reference,
            lambda key: bytes(
                self._own(key).decrypt(
                    bytes(ciphertext), mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=(digest, mask, None)
                )
            ),
        )

    def private_numbers(self) -> NoReturn:
        """Never: the key does not leave its token."""
        raise TypeError("The private key does not leave its token.")

    def private_bytes(self, *_arguments: object, **_named: object) -> NoReturn:
        """Never: the key does not leave its token."""
        raise TypeError("The private key does not leave its token.")

    def __copy__(self) -> HardwareKey:
        """Return the same key."""
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> HardwareKey:
        """Return the same key."""
        return self

    def _own(self, key: Any) -> Any:
        """Return the key, if it is that of the certificate."""
        from pkcs11 import Attribute

        if int.from_bytes(key[Attribute.MODULUS], "big") != self.public_key().public_numbers().n:
            raise TokenUnavailable("The key in the token does not belong to the certificate.")
        return key


_PKCS1, _OAEP = padding.PKCS1v15, padding.OAEP


def stored(reference: str, certificate: x509.Certificate) -> bytes:
    """Return what is stored for a pair whose key is in a token: its location, and its certificate."""
    Reference.parse(reference)
    return reference.encode() + b"\n" + certificate.public_bytes(Encoding.PEM)


def is_stored(data: bytes) -> bool:
    """Tell whether what is kept is such a reference."""
    return data.startswith(SCHEME.encode())


def open_stored(data: bytes, settings: HardwareSettings) -> KeyPair:
    """Return the pair of a reference; the token is not opened yet.

    Raises:
        KeyUnreadable: The reference or its certificate is wrong, or no module is set.
    """
    head, _, rest = data.partition(b"\n")
    if settings.module is None:
        raise KeyUnreadable("A key lies in a token, and [plugins.sdk.pkcs11] names no module.")
    reference, certificate = Reference.parse(head.decode()), load_certificate(rest)
    return KeyPair(
        HardwareKey(token(settings.module, reference.token, settings.pin), reference, certificate), certificate
    )
