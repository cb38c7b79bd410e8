"""A call of Microsoft's service for bots: what its token must say, and whose word counts."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from budkavle_identity_tokens import BotCall, KeysUnavailable, RemoteKeys, TokenRefused, check_bot_token
from budkavle_identity_tokens.simulated_entra import new_key
from budkavle_teams.simulator.bot_service import SERVICE, BotService

BOT, TENANT = "33333333-2222-4222-8222-222222222222", "44444444-2222-4222-8222-222222222222"
CALL = BotCall(BOT, "msteams", SERVICE)


@pytest.fixture(scope="module")
def service() -> Iterator[BotService]:
    """The service, which publishes its keys."""
    with BotService(BOT, TENANT).serving() as running:
        yield running


@pytest.fixture
def keys(service: BotService) -> RemoteKeys:
    """Its keys, read anew."""
    return RemoteKeys(service.keys_url, 5.0)


def test_a_token_of_the_service_holds(service: BotService, keys: RemoteKeys) -> None:
    """For the bot, the address and the channel that the call names, also where our clock is some minutes off."""
    for seconds in (0, -240, 3600 + 240):
        check_bot_token(service.token(), CALL, keys, time.time() + seconds)


@pytest.mark.parametrize(
    ("lies", "reason"),
    [
        ({"iss": "https://login.microsoftonline.com/"}, "token-issuer"),
        ({"aud": TENANT}, "token-audience"),
        ({"aud": [BOT]}, "token-audience"),
        ({"serviceurl": "https://evil.example/"}, "token-service"),
        ({"serviceurl": None}, "token-service"),
        ({"exp": 1_000}, "token-expired"),
        ({"exp": None}, "token-times"),
        ({"nbf": 9_999_999_999}, "token-early"),
        ({"algorithm": "RS512"}, "token-algorithm"),
    ],
)
def test_a_token_that_says_otherwise_is_refused(
    service: BotService, keys: RemoteKeys, lies: dict[str, Any], reason: str
) -> None:
    """Each claim by itself."""
    with pytest.raises(TokenRefused, match=reason):
        check_bot_token(service.token(**lies), CALL, keys, time.time())


def test_a_strangers_key_signs_nothing(service: BotService, keys: RemoteKeys) -> None:
    """Neither an unknown one, nor one that takes the name of a published one, nor none at all."""
    stranger = new_key()
    named = type(stranger).generate_key(2048, {"kid": service.keys[-1][0].kid})
    for token in (service.token(stranger), service.token(named), "", service.token()[:-8] + "AAAAAAAA"):
        with pytest.raises(TokenRefused):
            check_bot_token(token, CALL, keys, time.time())


def test_a_key_that_is_not_endorsed_for_teams_signs_nothing_for_it(service: BotService) -> None:
    """It signs for other channels, which may be open to anybody."""
    other = new_key()
    service.keys.insert(0, (other, ["directline"]))
    keys = RemoteKeys(service.keys_url, 5.0)
    with pytest.raises(TokenRefused, match="token-key-unknown"):
        check_bot_token(service.token(other), CALL, keys, time.time())
    check_bot_token(service.token(other), BotCall(BOT, "directline", SERVICE), keys, time.time())
    service.keys.pop(0)


def test_a_call_without_an_address_is_refused(service: BotService, keys: RemoteKeys) -> None:
    """Also where the token has none either."""
    with pytest.raises(TokenRefused, match="token-service"):
        check_bot_token(service.token(serviceurl=""), BotCall(BOT, "msteams", ""), keys, time.time())


def test_a_service_that_does_not_answer_is_told_apart() -> None:
    """So that the caller can come again."""
    with pytest.raises(KeysUnavailable):
        check_bot_token(BotService(BOT, TENANT).token(), CALL, RemoteKeys("http://127.0.0.1:9/keys", 1.0), time.time())
