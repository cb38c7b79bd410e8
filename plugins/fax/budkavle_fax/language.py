"""What the plugin writes by itself, covers and incoming messages, in the language of the mailbox (feature F6)."""

from collections.abc import Callable

from budkavle import Host, translations

Say = Callable[[str], str]


def speaks(host: Host, language: str) -> Say:
    """Return what translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext
