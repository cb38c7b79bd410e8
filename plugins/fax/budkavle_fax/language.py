"""The language of the plugin's own texts, covers and incoming messages: the mailbox's language."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from budkavle import translations

if TYPE_CHECKING:  # the child that opens documents imports this too, and a host brings the whole core along
    from budkavle import Host

Say = Callable[[str], str]


def speaks(host: "Host", language: str) -> Say:
    """Return a function that translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext
