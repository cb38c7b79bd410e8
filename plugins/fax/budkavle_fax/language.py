"""The language of the plugin's own texts, covers and incoming messages: the mailbox's language."""

from collections.abc import Callable

from budkavle import Host, translations

Say = Callable[[str], str]


def speaks(host: Host, language: str) -> Say:
    """Return a function that translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext
