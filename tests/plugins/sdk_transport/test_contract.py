"""The SDK transport passes the contract that every transport must (feature PL6), over the simulated federation."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from uuid import uuid4

import pytest

from budkavle import Actor, Address, Platform, Transport, UserActor
from budkavle.accounts import create_organisation
from budkavle.settings import Settings
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import TransportContract
from budkavle_sdk_transport.keys.memberships import Memberships
from budkavle_sdk_transport.simulator.address_book import Participant
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

OURS, THEIRS = PARTICIPANTS[:2]


@pytest.mark.feature("PL6")
class TestSdk(TransportContract):
    @pytest.fixture
    def platform(
        self, budkavle_open: Callable[..., Platform], budkavle_settings: Settings, federation_keys: Path
    ) -> Platform:
        copytree(federation_keys, budkavle_settings.data / "plugins/sdk/federation/keys")
        return budkavle_open(enabled=("sdk",))

    @pytest.fixture
    def actor(self, platform: Platform) -> Actor:
        """Give a member of an organisation that takes part in the federation."""
        made = create_organisation(platform, system_actor(), OURS.name)
        host = platform.plugins.host("sdk")
        pair = Federation.at(host.data / "federation").keys_of(OURS.participant)
        Memberships(host).add(made.id, OURS.participant, pair)
        return UserActor(made.id, uuid4(), "Anna Andersson")

    @pytest.fixture
    def transport(self, platform: Platform, actor: Actor) -> Transport:
        return platform.plugins.transports["sdk"]

    @pytest.fixture
    def sender(self) -> Address:
        return _address(OURS)

    @pytest.fixture
    def recipient(self) -> Address:
        return _address(THEIRS)


def _address(participant: Participant) -> Address:
    function = participant.functions[0]
    name, value = participant.name, participant.participant
    return Address("sdk", function.identifier, function.name, name, value)
