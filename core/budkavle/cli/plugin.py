"""`budkavle plugin list|check|new`: what is installed, on, registered and wrong (feature PL4)."""

import sys
from dataclasses import asdict

import click

from budkavle.cli import plugin_new
from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, table, words
from budkavle.errors import Misconfigured
from budkavle.host import host_of
from budkavle.i18n import say as sentence_of
from budkavle.loading import installed
from budkavle.platform import Platform
from budkavle.plugins import PluginReport, Plugins

_JSON = click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")


@click.group(help="Visa, kontrollera eller skapa tillägg.")
def plugin() -> None:
    """Group."""


plugin.add_command(plugin_new.new)


@plugin.command("list", help="Visa vilka tillägg som är installerade och vilka som är på.")
@_JSON
@click.pass_obj
def list_(installation: Installation, *, json_: bool) -> None:
    """List the plugins."""
    on = installation.settings.enabled
    offers = [offer for offers in installed().values() for offer in offers]
    rows = [(o.name, o.name in on, o.distribution, o.version, o.target) for o in sorted(offers, key=lambda o: o.name)]
    if json_:
        as_json([dict(zip(("name", "enabled", "distribution", "version", "module"), row, strict=True)) for row in rows])
        return
    yes, no = words().gettext("på"), words().gettext("av")
    table(
        ("Tillägg", "Läge", "Paket", "Version"), [(name, yes if is_on else no, d, v) for name, is_on, d, v, _ in rows]
    )


@plugin.command(help="Säg vad tilläggen registrerar och vad som är fel, en rad för varje; utgångskod 1 vid fel.")
@click.argument("names", nargs=-1)
@_JSON
@click.pass_obj
def check(installation: Installation, names: tuple[str, ...], *, json_: bool) -> None:
    """Check the plugins that are on, or those that are named."""
    reports = _reports(installation, names)
    if json_:
        as_json([asdict(report) for report in reports])
    else:
        for report in reports:
            _print(report)
    sys.exit(1 if any(report.faults for report in reports) else 0)


def _reports(installation: Installation, names: tuple[str, ...]) -> list[PluginReport]:
    from msgspec.structs import replace

    settings = installation.settings
    plugins = Plugins(replace(settings, enabled=names) if names else settings)
    plugins.register(lambda one: host_of(one, settings, _too_early))
    return plugins.report(lambda fault: sentence_of(fault, words()))


def _too_early() -> Platform:
    """Refuse a hook that wants more than to register, so that a check needs no database and starts none."""
    raise Misconfigured("en krok registrerar bara; databasen och plattformen finns först när allt har startat")


def _print(report: PluginReport) -> None:
    click.echo(f"{report.name} ({report.distribution} {report.version})")
    for kind, things in report.registers.items():
        click.echo(f"  {kind}: {', '.join(things)}")
    for fault in report.faults:
        click.secho(f"  {words().gettext('Fel')}: {fault}", fg="red")
