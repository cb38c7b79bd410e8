"""`budkavle plugin list|check|new|enable|disable`: which plugins are installed and on, and what is wrong with them."""

import re
import sys
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path

import click

from budkavle.cli import plugin_new, plugin_switch
from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, table, words
from budkavle.host import host_of
from budkavle.i18n import say as sentence_of
from budkavle.model.errors import Misconfigured
from budkavle.plugins import loader
from budkavle.plugins.loader import PluginReport
from budkavle.plugins.loader import words as explained
from budkavle.plugins.registry import Plugins
from budkavle.storage.platform import Platform

ICONS = Path(__file__).parents[1] / "web" / "templates" / "macros" / "icons.html"
PERSONAL_DATA = "budkavle_personal_data"
_JSON = click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")


@click.group(help="Visa, kontrollera, skapa, sätt på eller stäng av tillägg.")
def plugin() -> None:
    """Group."""


plugin.add_command(plugin_new.new)
plugin.add_command(plugin_switch.enable)
plugin.add_command(plugin_switch.disable)


@plugin.command("list", help="Visa vilka tillägg som är installerade och vilka som är på.")
@_JSON
@click.pass_obj
def list_(installation: Installation, *, json_: bool) -> None:
    """List the plugins."""
    offers = loader.installed()
    on = loader.names_on(installation.settings, offers)
    every = sorted((offer for same_name in offers.values() for offer in same_name), key=lambda offer: offer.name)
    rows = [(offer.name, offer.name in on, offer.distribution, offer.version, offer.target) for offer in every]
    if json_:
        as_json([dict(zip(("name", "enabled", "distribution", "version", "module"), row, strict=True)) for row in rows])
        return
    yes, no = words().gettext("på"), words().gettext("av")
    table(("Namn", "Status", "Paket", "Version"), [(name, yes if is_on else no, d, v) for name, is_on, d, v, _ in rows])


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
    plugins = Plugins(replace(settings, enabled=names, disabled=()) if names else settings)
    plugins.register(lambda plugin: host_of(plugin, settings, too_early))
    _judge_modules(plugins)
    _judge_histories(plugins)
    _judge_commands(plugins)
    _judge_routes(plugins)
    _judge_icons(plugins)
    _judge_personal_data(plugins)
    reports = plugins.report(lambda fault: sentence_of(fault, words()))
    return [report for report in reports if report.name in names] if names else reports


def _judge_modules(plugins: Plugins) -> None:
    for report in plugins.report():
        if not (report.faults or report.registers or plugins.hooks(report.name)):
            module = plugins.plugin(report.name).module
            sentence = "modulen {target} har ingen krok: pekar ingångspunkten på rätt modul?"
            plugins.plugin(report.name).fault(sentence, target=getattr(module, "__name__", "–"))


def _judge_personal_data(plugins: Plugins) -> None:
    """Require every plugin with at least one hook to declare which personal data it handles."""
    for report in plugins.report():
        hooks = plugins.hooks(report.name)
        if hooks and PERSONAL_DATA not in hooks:
            sentence = (
                "det säger inte vilka personuppgifter det behandlar: lägg till kroken {hook}, som ger en tom lista om "
                "det inte behandlar några"
            )
            plugins.plugin(report.name).fault(sentence, hook=PERSONAL_DATA)


def _judge_histories(plugins: Plugins) -> None:
    from budkavle.storage.database.revisions import read_history

    for name, folder in plugins.migrations():
        try:
            newest = sorted(read_history(str(folder)).heads)
        except Exception as error:  # noqa: BLE001 (a revision may raise anything; it is recorded as the plugin's fault)
            plugins.plugin(name).fault("dess migreringar går inte att läsa: {error}", error=explained(error))
            continue
        if len(newest) > 1:
            sentence = "dess migreringar har flera slut: {heads}; låt den ena följa på den andra"
            plugins.plugin(name).fault(sentence, heads=", ".join(newest))


def _judge_commands(plugins: Plugins) -> None:
    from budkavle.cli.main import COMMANDS

    for report in plugins.report():
        for name in sorted(COMMANDS.keys() & set(report.registers.get("commands", []))):
            sentence = "kommandot {name} är redan Budkavles eget; ge det ett annat namn"
            plugins.plugin(report.name).fault(sentence, name=name)


def _judge_routes(plugins: Plugins) -> None:
    if plugins.routers:
        from budkavle.web.app import route_faults

        for name, error in route_faults(plugins.routers):
            plugins.plugin(name).fault("dess sidor går inte att registrera: {error}", error=explained(error))


def _judge_icons(plugins: Plugins) -> None:
    """Check that the icons exist; pages show a dot for an unknown one."""
    icons = set(re.findall(r'^\s+"([a-z-]+)":', ICONS.read_text("utf-8"), re.MULTILINE))
    for kind in ("transports", "identity_providers"):
        for of in plugins.registered(kind):
            if of.thing.icon and of.thing.icon not in icons:
                near = ", ".join(get_close_matches(of.thing.icon, icons, 2)) or "–"
                sentence = "{name}: ikonen {icon} finns inte. Menades {near}? Alla står i macros/icons.html"
                plugins.plugin(of.plugin).fault(sentence, name=of.thing.name, icon=of.thing.icon, near=near)


def too_early() -> Platform:
    """Refuse a hook that does more than register, so that a check neither needs nor starts a database."""
    raise Misconfigured("en krok registrerar bara; databasen och plattformen finns först när allt har startat")


def _print(report: PluginReport) -> None:
    click.echo(f"{report.name} ({report.distribution} {report.version})")
    for kind, things in report.registers.items():
        click.echo(f"  {kind}: {', '.join(things)}")
    for fault in report.faults:
        click.secho(f"  {words().gettext('Fel')}: {fault}", fg="red")
