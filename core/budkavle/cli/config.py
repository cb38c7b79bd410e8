"""`budkavle config check|show`: whether the settings are correct, and their effective values without secrets."""

import re
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, say
from budkavle.plugins import loader
from budkavle.plugins.registry import Plugins

SECRET = re.compile(
    r"secret|password|passphrase|token|private|credential|authorization|(^|[_-])(pin|key)$", re.IGNORECASE
)
"""Names of settings and headers whose values are never shown. `keys` is a file's path, and is shown."""
USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
CONNINFO = re.compile(r"(password\s*=\s*)('[^']*'|\S+)", re.IGNORECASE)


@click.group(help="Kontrollera eller visa inställningarna.")
def config() -> None:
    """Group."""


@config.command(help="Kontrollera inställningarna och tilläggens; utgångskod 1 vid fel.")
@click.pass_obj
def check(installation: Installation) -> None:
    """Read everything and say whether it is right."""
    from budkavle.accounts.settings_registry import check_fixed
    from budkavle.cli.plugin import too_early
    from budkavle.host import host_of
    from budkavle.storage.key_slots.judging import judge_store
    from budkavle.storage.keys import FILE
    from budkavle.storage.master_key import judge

    plugins = Plugins.load(installation.settings)
    if installation.settings.key_provider != FILE or installation.settings.fixed:
        plugins.start(lambda plugin: host_of(plugin, installation.settings, too_early))
    for name in plugins.strays:
        say("Obs: [plugins.{name}] finns i inställningarna, men tillägget är inte på.", name=name)
    for name in sorted(set(installation.settings.disabled) - loader.installed().keys()):
        say("Obs: {name} står i disabled, men tillägget är inte installerat.", name=name)
    for name in check_fixed(installation.settings, plugins):
        say("Obs: [fixed.{name}] finns i inställningarna, men tillägget är inte på.", name=name)
    if not judge(installation.settings, plugins):
        say("Obs: databasen svarar inte, så det är inte kontrollerat att nyckelfilen är installationens.")
    if not judge_store(installation.settings, plugins):
        say("Obs: databasen svarar inte, så det är inte kontrollerat att nyckellagret är installationens.")
    say("Inställningarna stämmer. På: {names}.", names=", ".join(plugins.names) or "–")


@config.command(help="Visa inställningarna med hemligheter utelämnade.")
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.pass_obj
def show(installation: Installation, *, json_: bool) -> None:
    """Show what the settings come to, defaults included."""
    plugins = Plugins.load(installation.settings)
    values: dict[str, Any] = msgspec.to_builtins(installation.settings, enc_hook=str)
    values["plugins"] |= {name: msgspec.to_builtins(plugins.settings(name), enc_hook=str) for name in plugins.names}
    shown = redacted(values)
    if json_:
        as_json(shown)
    else:
        for line in _lines(shown):
            click.echo(line)


def redacted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with secrets replaced, including those inside URLs."""
    return {name: _redact(name, value) for name, value in values.items()}


def _redact(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return redacted(value)
    if isinstance(value, list):
        return [_redact(name, item) for item in value]
    if value and SECRET.search(name):
        return "***"
    return CONNINFO.sub(r"\1***", USERINFO.sub("***@", value)) if isinstance(value, str) else value


def _lines(values: Mapping[str, Any], section: str = "") -> list[str]:
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    inner = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lines = [f"{name} = {_toml(value)}" for name, value in plain.items() if value is not None]
    if section and lines:
        lines = ["", f"[{section}]", *lines]
    for name, value in inner.items():
        lines += _lines(value, f"{section}.{name}" if section else name)
    return lines


def _toml(value: Any) -> str:
    return msgspec.json.encode(value).decode()
