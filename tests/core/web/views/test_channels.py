"""The tag of a channel comes from its transport: the core knows no transport by name."""

from types import SimpleNamespace
from typing import Any

import pytest

from budkavle.plugins.protocols.transport import Capabilities
from budkavle.testing.fakes import FakeTransport
from budkavle.web.views.tags import Tag, channel_tag


def transport(name: str, icon: str, **capabilities: Any) -> FakeTransport:
    made = FakeTransport(name)
    made.label, made.icon, made.capabilities = name.title(), icon, Capabilities(**capabilities)
    return made


@pytest.mark.parametrize(
    ("channel", "tag"),
    [
        ("pigeon", Tag("Pigeon", "plain", "sent")),
        ("network", Tag("Network", "info", "network")),
        ("inside", Tag("Inside", "plain", "shield")),
        ("link", Tag("Link", "plain", "shield")),
        ("secure", Tag("Inside", "plain", "shield")),
        ("gone", Tag("gone")),
    ],
)
def test_a_channel_has_the_icon_of_its_transport_and_a_family_that_of_its_first(channel: str, tag: Tag) -> None:
    """One that carries references stands out; one whose plugin is off has its name alone."""
    every = (
        transport("pigeon", "sent"),
        transport("network", "network", references=True),
        transport("inside", "shield", family="secure"),
        transport("link", "link", family="secure"),
    )
    plugins = SimpleNamespace(transports={one.name: one for one in every})
    visitor: Any = SimpleNamespace(say=lambda sentence: sentence, platform=SimpleNamespace(plugins=plugins))
    assert channel_tag(visitor, channel) == tag
