"""`budkavle keys`: who keeps the key above all others."""

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say


@click.group(help="Byt vem som håller nycklarna.")
def keys() -> None:
    """Group."""


@keys.command(help="Flytta nycklarna till en annan nyckelleverantör. Stoppa webben och arbetarna först.")
@click.argument("name")
@click.pass_obj
def rewrap(installation: Installation, name: str) -> None:
    """Wrap every key with the provider of this name; what is sealed stays as it is."""
    from budkavle.model.errors import Conflict
    from budkavle.storage.keys import FILE, FileKeys, Keys
    from budkavle.storage.master_key import find_provider
    from budkavle.storage.rewrap import rewrap as rewrap_keys

    settings, platform = installation.settings, installation.platform
    if name == platform.keys.name:
        raise Conflict("Nycklarna är redan hos {name}.", name=name)
    provider: Keys = FileKeys.make(settings.key_file) if name == FILE else find_provider(name, platform.plugins)
    count = rewrap_keys(platform, provider)
    say("Klart: {count} nycklar är flyttade till {name}.", count=count, name=name)
    say('Sätt key_provider = "{name}" i inställningarna innan något startas igen.', name=name)
