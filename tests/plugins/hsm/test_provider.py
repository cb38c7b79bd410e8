"""The master key in an HSM, with SoftHSM: it wraps and opens, never leaves, and its faults say what to do."""

import os
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from pkcs11 import Attribute, AttributeSensitive, DeviceError, KeyType, SessionHandleInvalid, TokenFlag, lib

from budkavle import Damaged, Unavailable
from budkavle.testing.contracts import KeyProviderContract
from budkavle_hsm import provider, token
from budkavle_hsm.provider import HsmKeys
from budkavle_hsm.settings import HsmSettings
from budkavle_hsm.token import Token

AAD, KEY = b"organisation", b"k" * 32


@pytest.mark.peer("hsm", "SoftHSM")
class TestHsmKeys(KeyProviderContract):
    @pytest.fixture
    def reopened(self, settings: HsmSettings) -> Callable[[], HsmKeys]:
        return lambda: HsmKeys(settings)

    @pytest.fixture
    def provider(self, settings: HsmSettings) -> HsmKeys:
        return HsmKeys(settings)

    @pytest.fixture
    def stranger(self, settings: HsmSettings) -> HsmKeys:
        return HsmKeys(replace(settings, label="other"))


def open_session(settings: HsmSettings, **options: Any) -> Any:
    """A session of somebody else in this process, signed in or not."""
    return lib(str(settings.module)).get_token(token_label=settings.label).open(**options)


@pytest.mark.feature("ZS8")
def test_the_key_stays_in_the_token(settings: HsmSettings) -> None:
    """Neither its bytes nor a wrapping of it can be had."""
    HsmKeys(settings).wrap(KEY, AAD)
    key = open_session(settings).get_key(label="budkavle-1")
    assert not key[Attribute.EXTRACTABLE]
    with pytest.raises(AttributeSensitive):
        key[Attribute.VALUE]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"module": None}, token.NO_MODULE),
        ({"module": Path("none.so")}, token.NOT_LOADED),
        ({"label": "away"}, token.NOT_CONNECTED),
        ({"label": "empty"}, token.NO_KEY),
        ({"label": "other", "pin": "0000"}, token.WRONG_PIN),
        ({"pin": ""}, token.PIN_MISSING),
    ],
)
def test_a_token_that_cannot_be_used_says_what_to_do(
    settings: HsmSettings, change: dict[str, Any], sentence: str
) -> None:
    """No token, no key, a wrong PIN: each has its own sentence, without the PIN; none says that bytes are damaged."""
    keys = HsmKeys(replace(settings, **change))
    with pytest.raises(Unavailable) as told:
        keys.wrap(KEY, AAD)
    assert told.value.message == sentence
    assert settings.pin not in str(told.value)


class CountingToken(Token):
    """Counts how often the PIN is tried."""

    tries = 0

    def _signed_in(self, token: Any, *, rw: bool) -> Any:
        self.tries += 1
        return super()._signed_in(token, rw=rw)


def test_a_pin_that_was_refused_is_not_tried_again(settings: HsmSettings) -> None:
    """A token locks itself after a few tries, and then nothing opens."""
    wrong = replace(settings, pin="0000")
    counting = CountingToken(wrong)
    keys = HsmKeys(wrong, counting)
    for _ in range(3):
        with pytest.raises(Unavailable, match="godtar inte PIN-koden"):
            keys.wrap(KEY, AAD)
    assert counting.tries == 1
    assert HsmKeys(settings).wrap(KEY, AAD)


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [(TokenFlag.USER_PIN_FINAL_TRY, token.LAST_TRY), (TokenFlag.USER_PIN_LOCKED, token.LOCKED)],
)
def test_the_last_try_before_a_token_locks_is_not_ours(
    settings: HsmSettings, flag: TokenFlag, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is started again and again would lock it otherwise."""

    class Nearly:
        """A token of a maker that counts, after wrong PINs."""

        flags = flag

        def open(self, **options: Any) -> Any:
            pytest.fail("the PIN was tried")

    class Module:
        def get_token(self, **which: Any) -> Nearly:
            return Nearly()

    monkeypatch.setattr(token, "lib", lambda path: Module())
    with pytest.raises(Unavailable) as told:
        HsmKeys(settings).wrap(KEY, AAD)
    assert told.value.message == sentence


def test_a_session_that_is_lost_is_opened_again(settings: HsmSettings) -> None:
    """The module was restarted, or somebody else of the process has signed the user out."""
    keys = HsmKeys(settings)
    wrapped = keys.wrap(KEY, AAD)
    lib(str(settings.module)).reinitialize()
    assert keys.unwrap(wrapped, AAD) == KEY
    keys._token._session.close()
    assert keys.unwrap(wrapped, AAD) == KEY


def test_a_user_who_is_signed_in_already_is_no_fault(settings: HsmSettings) -> None:
    """Another plugin of the process has a key in the same token."""
    with closing(open_session(settings, user_pin=settings.pin)):
        keys = HsmKeys(settings)
        wrapped = keys.wrap(KEY, AAD)
    assert keys.unwrap(wrapped, AAD) == KEY


def test_an_older_key_still_opens(settings: HsmSettings) -> None:
    """The key of the token is renewed by a newer one; what a key wrapped that the settings do not name stays shut."""
    wrapped = HsmKeys(settings).wrap(KEY, AAD)
    newer = replace(settings, key_label="budkavle-2", older_key_labels=("budkavle-1",))
    Token(newer).make_key("budkavle-2")
    keys = HsmKeys(newer)
    assert keys.unwrap(wrapped, AAD) == KEY
    again = keys.wrap(KEY, AAD)
    assert keys.unwrap(again, AAD) == KEY
    with pytest.raises(Damaged) as told:
        HsmKeys(settings).unwrap(again, AAD)
    assert told.value.message == provider.OTHER_KEY


def test_a_key_is_made_once(settings: HsmSettings) -> None:
    """A second one of the same label would leave nobody knowing which of them wraps."""
    assert not Token(settings).make_key("budkavle-1")


def test_a_key_that_can_be_read_is_refused(settings: HsmSettings) -> None:
    """Whoever has the PIN could carry it away."""
    with closing(open_session(settings, rw=True, user_pin=settings.pin)) as session:
        template = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
        session.generate_key(KeyType.AES, 256, label="readable", store=True, template=template)
    with pytest.raises(Unavailable) as told:
        HsmKeys(replace(settings, key_label="readable")).wrap(KEY, AAD)
    assert told.value.message == provider.READABLE


def test_nobody_waits_for_ever_for_a_token_that_stands_still(settings: HsmSettings) -> None:
    """A call that hangs in the module holds up those after it for a while, not until it ends."""
    busy = Token(replace(settings, timeout_seconds=0.05))
    began, release = threading.Event(), threading.Event()

    def hang(key: Any) -> None:
        began.set()
        release.wait(2)

    thread = threading.Thread(target=busy.use, args=(hang, "budkavle-1"))
    thread.start()
    began.wait(30)
    with pytest.raises(Unavailable, match=r"inte svarat på 0.05 sekunder"):
        busy.use(lambda key: key, "budkavle-1")
    release.set()
    thread.join()


def test_a_forked_process_opens_a_session_of_its_own(settings: HsmSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session belongs to the process that opened it, and a module must be started anew in the other (2.40, 6.6.1)."""
    keys = HsmKeys(settings)
    wrapped = keys.wrap(KEY, AAD)
    inherited = open_session(settings)
    monkeypatch.setattr(token, "os", SimpleNamespace(getpid=lambda: os.getpid() + 1))
    assert keys.unwrap(wrapped, AAD) == KEY
    with pytest.raises(SessionHandleInvalid):
        inherited.generate_random(64)


def test_a_token_that_fails_says_nothing_of_the_wrapped_key(
    settings: HsmSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage is told only where the token opens something else meanwhile."""
    keys = HsmKeys(settings)
    wrapped = keys.wrap(KEY, AAD)

    def fail(*_: Any) -> bytes:
        raise DeviceError

    monkeypatch.setattr(provider, "_opened", fail)
    with pytest.raises(Unavailable, match="svarar inte som den ska \\(DeviceError\\)"):
        keys.unwrap(wrapped, AAD)


def test_the_pin_stands_in_no_text(settings: HsmSettings) -> None:
    """Neither in what shows the settings, nor in what shows the provider."""
    assert settings.pin not in repr(settings) + str(settings) + repr(HsmKeys(settings)) + repr(vars(HsmKeys(settings)))
