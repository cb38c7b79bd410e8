"""`budkavle hsm`: create the key in the token, and test it before an installation depends on it."""

import os

import click

from budkavle import Conflict, Damaged, Host, Misconfigured, translate
from budkavle_hsm.provider import HsmKeys
from budkavle_hsm.token import Token

OFF = "Tillägget hsm är inte påslaget. Skriv det i enabled, och försök igen."
THERE = "Token har redan en nyckel med etiketten {key}. Välj en annan etikett för en ny."
MADE = "Nyckeln {key} är gjord i token {label}. Säkerhetskopiera HSM:en innan något krypteras med den."
WELL = "Token {label} krypterar och öppnar med nyckeln {key}."
NOT_WELL = "Token {label} öppnar inte det som den själv har förseglat."


def group(host: Host | None) -> click.Group:
    """Return the commands. Without a host they explain why they cannot work."""
    return click.Group(
        "hsm", help="Installationens nyckel i en HSM (PKCS#11).", commands=[_make_key(host), _check(host)]
    )


def _make_key(host: Host | None) -> click.Command:
    @click.command("make-key", help="Gör AES-nyckeln key_label i HSM:en. Den lämnar den aldrig.")
    def make_key() -> None:
        settings = _inside(host).settings
        if not Token(settings).make_key(settings.key_label):
            raise Conflict(THERE, key=settings.key_label)
        click.echo(translate(MADE, key=settings.key_label, label=settings.label))

    return make_key


def _check(host: Host | None) -> click.Command:
    @click.command("check", help="Kryptera något med nyckeln i HSM:en, och öppna det igen.")
    def check() -> None:
        settings = _inside(host).settings
        keys, probe = HsmKeys(settings), os.urandom(32)
        if keys.unwrap(keys.wrap(probe, b"check"), b"check") != probe:
            raise Damaged(NOT_WELL, label=settings.label)
        click.echo(translate(WELL, key=settings.key_label, label=settings.label))

    return check


def _inside(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured(OFF)
    return host
