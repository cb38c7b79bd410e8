"""The relay's credentials and settings."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Platform, SettingsSection
from budkavle.testing.contracts import SettingsSectionContract
from budkavle_meetings.room.relay import ice_servers

SECRET = "en hemlighet med mer än trettiotvå tecken"
ADDRESSES = ("stun:relay.example:3478", "turns:relay.example:443?transport=tcp")


def test_credentials_end_by_themselves_and_name_nobody() -> None:
    """The name is when they end and the seat, the password its HMAC, as coturn's use-auth-secret reads it."""
    seat = uuid4()
    stun, turn = ice_servers(ADDRESSES, SECRET, seat)
    assert stun == {"urls": ["stun:relay.example:3478"]}
    until, _, who = turn["username"].partition(":")
    assert 3_500 < int(until) - time.time() <= 3_600
    assert who == str(seat)
    word = hmac.new(SECRET.encode(), turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == word
    assert SECRET not in str(turn)


def test_no_relay_without_its_secret() -> None:
    """An address alone gives no credentials."""
    assert ice_servers(ADDRESSES[1:], "", uuid4()) == []


class TestRoomSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["meetings.room"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {"keep_chat": True, "addresses": "\n".join(ADDRESSES), "secret": SECRET, "only": True}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"addresses": "https://relay.example"}
