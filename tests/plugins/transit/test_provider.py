"""The master key with a key service: it wraps and opens, tokens are renewed, and each fault says what to do."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from budkavle import Damaged, Unavailable
from budkavle.settings_reading import convert
from budkavle.testing import KeyProviderContract
from budkavle_transit import provider
from budkavle_transit import service as speaking
from budkavle_transit.provider import TransitKeys
from budkavle_transit.settings import TransitSettings

AAD, KEY = b"organisation", b"k" * 32
LOGIN, ENCRYPT = "/v1/auth/approle/login", "/v1/transit/encrypt/budkavle"


class TestTransitKeys(KeyProviderContract):
    @pytest.fixture
    def reopened(self, settings: TransitSettings) -> Callable[[], TransitKeys]:
        return lambda: TransitKeys(settings)

    @pytest.fixture
    def provider(self, settings: TransitSettings) -> TransitKeys:
        return TransitKeys(settings)

    @pytest.fixture
    def stranger(self, settings: TransitSettings, start: Callable[[], Any]) -> TransitKeys:
        return TransitKeys(replace(settings, url=start().url))


@pytest.fixture
def keys(settings: TransitSettings) -> TransitKeys:
    return TransitKeys(settings)


@pytest.mark.feature("ZS8")
def test_a_token_that_has_run_out_is_renewed(keys: TransitKeys, service: Any) -> None:
    """By signing in once more; and one token serves for as long as it holds."""
    wrapped = keys.wrap(KEY, AAD)
    keys.wrap(KEY, AAD)
    assert service.calls == [LOGIN, ENCRYPT, ENCRYPT]
    service.tokens.clear()
    assert keys.unwrap(wrapped, AAD) == KEY
    assert service.calls.count(LOGIN) == 2


def test_a_token_from_a_file_is_read_again_when_it_is_refused(
    keys: TransitKeys, settings: TransitSettings, service: Any, tmp_path: Path
) -> None:
    """An agent beside us renews the file."""
    file = tmp_path / "token"
    file.write_text(service.give_token())
    keys = TransitKeys(replace(settings, token_file=file, role_id=""))
    wrapped = keys.wrap(KEY, AAD)
    service.tokens.clear()
    with pytest.raises(Unavailable, match=r"nekar oss.*token_file"):
        keys.unwrap(wrapped, AAD)
    file.write_text(service.give_token())
    assert keys.unwrap(wrapped, AAD) == KEY


def test_a_secret_id_that_was_refused_is_not_tried_again(
    keys: TransitKeys, settings: TransitSettings, service: Any
) -> None:
    """The service locks out a role that tries too often; another secret in the file is tried."""
    assert settings.secret_id_file
    service.roles["role"] = "secret-2"
    for _ in range(3):
        with pytest.raises(Unavailable, match=r"nekar oss.*secret_id_file"):
            keys.wrap(KEY, AAD)
    assert service.calls == [LOGIN]
    settings.secret_id_file.write_text("secret-2")
    assert keys.wrap(KEY, AAD)


def test_a_key_that_is_renewed_there_opens_what_it_sealed_before(keys: TransitKeys, service: Any) -> None:
    """Until the service no longer lets it; that is no damage."""
    wrapped = keys.wrap(KEY, AAD)
    service.rotate()
    assert keys.wrap(KEY, AAD).startswith(b"vault:v2:")
    assert keys.unwrap(wrapped, AAD) == KEY
    service.oldest = 2
    with pytest.raises(Unavailable) as told:
        keys.unwrap(wrapped, AAD)
    assert told.value.message == provider.TOO_OLD


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, speaking.NO_ENGINE),
        (429, speaking.BUSY),
        (500, speaking.ILL),
        (503, speaking.SEALED),
        (307, speaking.ILL),
        (403, speaking.DENIED),
        (400, speaking.DENIED),
    ],
)
def test_each_answer_says_what_to_do(keys: TransitKeys, service: Any, status: int, sentence: str) -> None:
    """None of them says that bytes are damaged, and none is followed elsewhere."""
    service.status = status
    with pytest.raises(Unavailable) as told:
        keys.unwrap(b"vault:v1:AAAA", AAD)
    assert told.value.message == sentence


@pytest.mark.parametrize(
    "body",
    [
        b"<html>proxy</html>",
        b"[]",
        b'{"data": {"ciphertext": "no"}}',
        b'{"data": {"ciphertext": "vault:v1:AAAA"}}' + b" " * 200_000,
    ],
)
def test_an_answer_of_somebody_else_is_not_taken(keys: TransitKeys, service: Any, body: bytes) -> None:
    """A proxy, a page, something long: nothing is stored, and nothing fills the memory."""
    keys.wrap(KEY, AAD)
    service.body = body
    with pytest.raises(Unavailable) as told:
        keys.wrap(KEY, AAD)
    assert told.value.message == speaking.NOT_ITS_ANSWER


def test_a_key_that_is_not_there_is_named(settings: TransitSettings) -> None:
    """With what the service says."""
    with pytest.raises(Unavailable, match=r"encryption key not found.*key_name"):
        TransitKeys(replace(settings, key_name="other")).wrap(KEY, AAD)


def test_a_service_that_stands_still_is_given_up(settings: TransitSettings, service: Any) -> None:
    """Before the core gives up the plugin."""
    service.hang = threading.Event()
    with pytest.raises(Unavailable, match=r"inte inom 0.2 sekunder"):
        TransitKeys(replace(settings, timeout_seconds=0.2)).wrap(KEY, AAD)
    service.hang.set()


def test_a_connection_that_breaks_is_told(keys: TransitKeys, service: Any) -> None:
    """And the next request goes well."""
    wrapped = keys.wrap(KEY, AAD)
    service.drop = True
    with pytest.raises(Unavailable, match=r"går inte att nå \(RemoteProtocolError\)"):
        keys.unwrap(wrapped, AAD)
    assert keys.unwrap(wrapped, AAD) == KEY


def test_nothing_is_said_to_a_service_with_another_certificate(settings: TransitSettings, service: Any) -> None:
    """The system's authorities do not know it; no secret has left."""
    with pytest.raises(Unavailable, match="går inte att nå"):
        TransitKeys(replace(settings, ca=None)).wrap(KEY, AAD)
    assert service.calls == []


def test_an_address_that_cannot_be_read_is_told(settings: TransitSettings) -> None:
    """Such as a port with a letter in it: the sentence leads to the setting."""
    with pytest.raises(Unavailable, match=r"går inte att nå \(InvalidURL\)"):
        TransitKeys(replace(settings, url="https://localhost:82OO")).wrap(KEY, AAD)


@pytest.mark.parametrize(
    "url", ["http://vault.example.se:8200", "http://127.0.0.1.example.se", "https://user@vault.example.se", "vault"]
)
def test_an_address_without_tls_is_refused(url: str) -> None:
    """Except on this machine, where an agent listens."""
    with pytest.raises(Exception, match=r"plugins\.transit"):
        convert({"url": url}, TransitSettings, "plugins.transit")
    assert TransitSettings(url="http://127.0.0.1:8100").url


def test_what_is_missing_is_named(settings: TransitSettings, tmp_path: Path) -> None:
    """An address, a way in, a file."""
    nobody = tmp_path / "nobody"
    changes: list[tuple[dict[str, Any], str]] = [
        ({"url": ""}, speaking.NO_URL),
        ({"role_id": ""}, speaking.NO_WAY_IN),
        ({"secret_id_file": nobody}, speaking.UNREADABLE),
        ({"ca": nobody}, speaking.UNREADABLE),
        ({"ca": settings.secret_id_file}, speaking.BAD_CA),
    ]
    for change, sentence in changes:
        with pytest.raises(Unavailable) as told:
            TransitKeys(replace(settings, **change)).wrap(KEY, AAD)
        assert told.value.message == sentence
        assert "secret-1" not in str(told.value)


def test_a_key_is_bound_without_the_help_of_the_service(keys: TransitKeys, service: Any) -> None:
    """Older versions of the service take no associated data, and say nothing of it."""
    wrapped = keys.wrap(KEY, AAD)
    assert set(msgspec.json.decode(service.bodies[-1])) == {"plaintext"}
    with pytest.raises(Damaged):
        keys.unwrap(wrapped, b"another")
