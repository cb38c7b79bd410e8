"""`budkavle transit`: test the service before an installation depends on it."""

import os

import click

from budkavle import Damaged, Host, Misconfigured, translate
from budkavle_transit.provider import TransitKeys

OFF = "Tillägget transit är inte påslaget. Skriv det i enabled, och försök igen."
WELL = "Nyckeltjänsten krypterar och öppnar med nyckeln {key}."
NOT_WELL = "Nyckeltjänsten öppnar inte det som den själv har förseglat."


def group(host: Host | None) -> click.Group:
    """Return the commands. Without a host they explain why they cannot work."""
    return click.Group("transit", help="Installationens nyckel hos Vault eller OpenBao.", commands=[_check(host)])


def _check(host: Host | None) -> click.Command:
    @click.command("check", help="Kryptera något med nyckeltjänsten, och öppna det igen.")
    def check() -> None:
        if host is None:
            raise Misconfigured(OFF)
        keys, probe = TransitKeys(host.settings), os.urandom(32)
        if keys.unwrap(keys.wrap(probe, b"check"), b"check") != probe:
            raise Damaged(NOT_WELL)
        click.echo(translate(WELL, key=host.settings.key_name))

    return check
