"""A section of settings that promises too little stops the start."""

from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
import pytest

from budkavle.model.errors import Misconfigured
from budkavle.model.settings_sections import Setting, SettingsSection, section_faults
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.testing.plugins import offer, plugin_module


class Odd(msgspec.Struct, frozen=True):
    """What no form can show."""

    csrf: Annotated[str, Setting(label="A")] = ""
    bare: str = ""
    many: Annotated[list[str], Setting(label="B")] = []
    never: Annotated[timedelta, Setting(label="C", unit="veckor")] = timedelta()
    sealed: Annotated[int, Setting(label="D", secret=True)] = 0
    word: Annotated[Literal["a"], Setting(label="E")] = "a"


class Needs(msgspec.Struct, frozen=True):
    """What has no usual value."""

    name: Annotated[str, Setting(label="Namn")]


class Loose(msgspec.Struct):
    """What can be changed by whoever reads it."""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Odd, ["csrf", "bare", "many", "never", "sealed", "word"]),
        (Needs, ["name"]),
        (Loose, ["frozen"]),
        (dict, ["frozen"]),
    ],
)
def test_a_section_that_promises_too_little_stops_the_start(
    budkavle_settings: Settings, settings: Any, words: list[str]
) -> None:
    """Each fault in a line of `plugin check`."""
    section: SettingsSection[Any] = SettingsSection(name="odd", type=settings, title="Udda")
    faults = [str(fault) for fault in section_faults(section)]
    assert len(faults) == len(words)
    assert all(word in fault for word, fault in zip(words, faults, strict=True))
    on = msgspec.structs.replace(budkavle_settings, enabled=("post",))
    plugins = Plugins.load(on, offer(post=plugin_module("post", settings_sections=lambda: [section])))
    with pytest.raises(Misconfigured, match="settings_sections"):
        plugins.start(lambda _: None)
