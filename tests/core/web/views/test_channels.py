"""The tag of a channel comes from its transport: the core knows no transport by name."""

from types import SimpleNamespace
from typing import Any

import pytest

from budkavle.plugins.protocols.transport import Capabilities
from budkavle.testing.fakes import FakeTransport
from budkavle.web.pages.help_pages.legend import channels
from budkavle.web.views.tags import Tag, channel_tag, channel_texts


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


def test_two_channels_of_one_name_say_whom_they_reach() -> None:
    """Where each stands for itself, as in a licence; one that nothing is known of says its own name."""
    every = [
        transport("inside", "shield", family="secure"),
        transport("link", "link", family="secure", guests=True),
        transport("pigeon", "sent"),
    ]
    every[0].label = every[1].label = "Säkert meddelande"
    plugins = SimpleNamespace(transports={one.name: one for one in every})
    say: Any = lambda sentence, **facts: sentence.format(**facts)  # noqa: E731 - as a visitor says it
    visitor: Any = SimpleNamespace(say=say, platform=SimpleNamespace(plugins=plugins))
    assert channel_texts(visitor, ["inside", "link", "pigeon", "Pigeon"]) == {
        "inside": "Säkert meddelande till användare här",
        "link": "Säkert meddelande till personer utan konto",
        "pigeon": "Pigeon till användare här",
        "Pigeon": "Pigeon (Pigeon)",
    }
    assert channel_texts(visitor, ["link", "pigeon"]) == {"link": "Säkert meddelande", "pigeon": "Pigeon"}


def test_the_legend_has_each_channel_once() -> None:
    """The two transports of secure messages are one channel there, with one icon, as in lists."""
    every = [
        transport("link", "link", family="secure"),
        transport("inside", "shield", family="secure"),
        transport("pigeon", "sent"),
    ]
    every[0].label = every[1].label = "Säkert meddelande"
    plugins = SimpleNamespace(transports={one.name: one for one in every})
    visitor: Any = SimpleNamespace(say=lambda sentence: sentence, platform=SimpleNamespace(plugins=plugins))
    assert [(one.word, one.icon) for one in channels(visitor)] == [("Pigeon", "sent"), ("Säkert meddelande", "link")]
