"""The language of what the plugin writes itself, covers and incoming messages: the mailbox's."""

from collections.abc import Callable

from budkavle import Host, translations

Say = Callable[[str], str]


def speaks(host: Host, language: str) -> Say:
    """Return what translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext
