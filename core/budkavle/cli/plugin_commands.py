"""The commands of plugins. A plugin that is named on the command line is used even if the settings leave it off.

So `budkavle sdk check FILE` works anywhere; without matching settings its `host` is None.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import learn
from budkavle.model.errors import Misconfigured
from budkavle.settings import Settings

if TYPE_CHECKING:
    from budkavle.plugins.registry import Plugins


def names(installation: Installation) -> list[str]:
    """Return the names of the plugins that the settings enable; none if the settings are wrong.

    Plugins that are on by default are left out: finding them requires reading all installed packages.
    """
    settings = _settings(installation)
    return [name for name in settings.enabled if name not in settings.disabled] if settings else []


def find(installation: Installation, name: str) -> click.Command | None:
    """Return a plugin's command by its name: from the plugin of that name, otherwise from the active ones."""
    from msgspec.structs import replace

    from budkavle.plugins.loader import installed, names_on

    settings, offers = _settings(installation), installed()
    if name in offers:
        on = settings is not None and name in names_on(settings, offers)
        others = tuple(other for other in offers if other != name)
        alone = replace(settings or Settings(), enabled=(name,), disabled=others)
        command = _named(_commands(installation, alone, with_host=on, insist=True), name)
        if command is not None:
            return command
    return _named(all_of(installation), name)


def _named(commands: dict[str, click.Command], name: str) -> click.Command | None:
    """Return a command by its name, or by the name of its plugin, with underscores instead of dashes."""
    return commands.get(name) or commands.get(name.replace("_", "-"))


def all_of(installation: Installation) -> dict[str, click.Command]:
    """Return the commands of the active plugins; none if the settings are wrong."""
    settings = _settings(installation)
    return _commands(installation, settings, with_host=True) if settings else {}


def _settings(installation: Installation) -> Settings | None:
    try:
        return installation.settings
    except Misconfigured:
        return None  # reported by every command that needs them, and by `config check`


def _commands(
    installation: Installation, settings: Settings, *, with_host: bool, insist: bool = False
) -> dict[str, click.Command]:
    from budkavle.plugins.registry import Plugins

    plugins = Plugins(settings)
    learn(dict(plugins.folders("locale")))
    if insist and with_host:
        plugins.insist()
    host = partial(_host, installation, plugins) if with_host else None
    return {str(of.thing.name): of.thing for of in plugins.commands(host)}


def _host(installation: Installation, plugins: "Plugins", name: str) -> Any:
    from budkavle.host import host_of

    plugin = plugins.plugin(name)
    return None if plugin.faults else host_of(plugin, installation.settings, lambda: installation.platform)
