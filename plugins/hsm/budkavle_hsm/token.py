"""A token (PKCS#11 2.40) as this process uses it: one session, opened on first use and again if it is lost.

A refused PIN is not tried again by this process, and it never uses the last attempt before a token locks itself.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from pkcs11 import (
    Attribute,
    KeyType,
    MultipleObjectsReturned,
    MultipleTokensReturned,
    NoSuchKey,
    NoSuchToken,
    ObjectClass,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    TokenFlag,
    UserAlreadyLoggedIn,
    UserPinNotInitialized,
    lib,
)

from budkavle import Unavailable
from budkavle_hsm.settings import HsmSettings

T = TypeVar("T")
NO_MODULE = "Ange module under [plugins.hsm]: biblioteket från HSM:ens tillverkare."
NOT_LOADED = (
    "Biblioteket {path} går inte att läsa in. Kontrollera module under [plugins.hsm], och att tillverkarens paket är"
    " installerat."
)
NOT_CONNECTED = (
    "HSM:en har ingen token med etiketten {label}. Kontrollera label under [plugins.hsm], och att HSM:en är ansluten."
)
MANY_TOKENS = "Flera token har etiketten {label}. Ge dem olika etiketter."
WRONG_PIN = (
    "Token {label} godtar inte PIN-koden. Den provas inte igen, så att token inte låses. Rätta pin_file under"
    " [plugins.hsm], och starta om."
)
LAST_TRY = (
    "Token {label} låses vid nästa felaktiga PIN-kod, så den provas inte. Rätta pin_file under [plugins.hsm], logga in"
    " en gång med tillverkarens program, och starta om."
)
LOCKED = "Token {label} är låst efter för många felaktiga PIN-koder. Lås upp den med tillverkarens program."
PIN_MISSING = (
    "PIN-koden till token {label} saknas. Ange pin_file under [plugins.hsm], en fil som bara tjänsten kan läsa, och"
    " starta om."
)
NO_PIN = "Token {label} har ingen PIN-kod än. Sätt den med tillverkarens program."
NO_KEY = (
    "Token {label} har ingen AES-nyckel med etiketten {key}. Kontrollera key_label under [plugins.hsm], eller gör en"
    " med budkavle hsm make-key."
)
MANY_KEYS = "Token {label} har flera nycklar med etiketten {key}. Ge dem olika etiketter."
BUSY = "Token {label} har inte svarat på {seconds} sekunder."
AWAY = "Token {label} svarar inte som den ska ({reason}). Kontrollera att HSM:en är igång och ansluten."
REFUSED = (PinIncorrect, PinInvalid, PinLenRange, PinExpired)
SENTENCES: dict[type[PKCS11Error], str] = {
    NoSuchToken: NOT_CONNECTED,
    MultipleTokensReturned: MANY_TOKENS,
    NoSuchKey: NO_KEY,
    MultipleObjectsReturned: MANY_KEYS,
    PinLocked: LOCKED,
    UserPinNotInitialized: NO_PIN,
    **dict.fromkeys(REFUSED, WRONG_PIN),
}


class Token:
    """The token of the settings. PKCS#11 sessions do not support several threads, so each waits for its turn.

    Args:
        settings: The settings that name the token.
    """

    def __init__(self, settings: HsmSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._session: Any = None
        self._process = 0
        self._refused: str | None = None

    def use(self, work: Callable[[Any], T], key_label: str) -> T:
        """Perform an operation with a key. If it fails, it is repeated once, in a new session.

        Raises:
            Unavailable: The token cannot be used; the message says what to do.
        """
        with self._turn(key_label):
            with suppress(PKCS11Error):
                if self._is_open():
                    return work(self._key(key_label))
            self._open()
            return work(self._key(key_label))

    def make_key(self, key_label: str) -> bool:
        """Create an AES-256 key that never leaves the token. False if there is a key with that label.

        Raises:
            Unavailable: The token cannot be used; the message says what to do.
        """
        with self._turn(key_label):
            self._open(rw=True)
            if self._keys_named(key_label):
                return False
            template = {
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
                Attribute.PRIVATE: True,
                Attribute.ENCRYPT: True,
                Attribute.DECRYPT: True,
            }
            self._session.generate_key(KeyType.AES, 256, label=key_label, store=True, template=template)
            self._close()
            return True

    @contextmanager
    def _turn(self, key_label: str) -> Iterator[None]:
        """Wait for one's turn, and turn errors of the token into error messages."""
        names: dict[str, Any] = {"label": self._settings.label, "key": key_label}
        seconds = self._settings.timeout_seconds
        if not self._lock.acquire(timeout=seconds):
            raise Unavailable(BUSY, **names, seconds=f"{seconds:g}")
        try:
            yield
        except PKCS11Error as error:
            self._close()
            if isinstance(error, REFUSED):
                self._refused = WRONG_PIN
            sentence = next((words for kind, words in SENTENCES.items() if isinstance(error, kind)), AWAY)
            raise Unavailable(sentence, **names, reason=type(error).__name__) from error
        finally:
            self._lock.release()

    def _open(self, *, rw: bool = False) -> None:
        self._close()
        if self._refused is not None:
            raise Unavailable(self._refused, label=self._settings.label)
        library = self._library()
        if self._process not in {0, os.getpid()}:
            library.reinitialize()  # handles of the parent process that this one was forked from are not ours
        token = library.get_token(token_label=self._settings.label)
        self._process = os.getpid()
        for flag, sentence in ((TokenFlag.USER_PIN_LOCKED, LOCKED), (TokenFlag.USER_PIN_FINAL_TRY, LAST_TRY)):
            if flag in token.flags:
                raise Unavailable(sentence, label=self._settings.label)
        self._session = self._signed_in(token, rw=rw)

    def _library(self) -> Any:
        if self._settings.module is None:
            raise Unavailable(NO_MODULE)
        if not self._settings.pin:  # without one a session opens, but sees no private key
            raise Unavailable(PIN_MISSING, label=self._settings.label)
        try:
            return lib(str(self._settings.module))
        except (RuntimeError, OSError) as error:
            if type(error) not in {PKCS11Error, RuntimeError, OSError}:
                raise  # the library is there, but its token is not
            raise Unavailable(NOT_LOADED, path=str(self._settings.module)) from error

    def _signed_in(self, token: Any, *, rw: bool) -> Any:
        """Return a session. A user signs in for the whole process, so another plugin may already have done so."""
        try:
            return token.open(rw=rw, user_pin=self._settings.pin or None)
        except UserAlreadyLoggedIn:
            return token.open(rw=rw)

    def _is_open(self) -> bool:
        """Tell whether the session responds, before an operation is begun in it."""
        if self._session is None or self._process != os.getpid():
            return False
        return bool(self._session.generate_random(64))

    def _key(self, key_label: str) -> Any:
        keys = self._keys_named(key_label)
        if not keys:
            raise NoSuchKey
        if len(keys) > 1:
            raise MultipleObjectsReturned
        return keys[0]

    def _keys_named(self, key_label: str) -> list[Any]:
        attributes = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.LABEL: key_label,
        }
        return list(self._session.get_objects(attributes))  # to its end, which closes the search in the token

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None and self._process == os.getpid():
            with suppress(PKCS11Error):  # it was already lost
                session.close()
