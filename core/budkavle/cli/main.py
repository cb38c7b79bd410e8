"""The list of commands, imported one by one."""

from importlib import import_module
from pathlib import Path

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import speak, words

COMMANDS = {
    "serve": ("run:serve", "Starta webben och arbetaren."),
    "worker": ("run:worker", "Starta en arbetare som skickar och tar emot."),
    "migrate": ("run:migrate", "Skapa eller uppdatera databasens tabeller."),
    "health": ("health:health", "Visa hur installationen mår."),
    "config": ("config:config", "Kontrollera eller visa inställningarna."),
    "plugin": ("plugin:plugin", "Visa, kontrollera, skapa, sätt på eller stäng av tillägg."),
    "org": ("organisations:org", "Lägg till, visa och pausa organisationer."),
    "user": ("people:user", "Lägg till användare."),
    "mailbox": ("people:mailbox", "Lägg till funktionsbrevlådor."),
    "node": ("nodes:node", "Visa noderna, ta en ur drift och sätt den i drift igen."),
    "audit": ("audit:audit", "Kontrollera händelseloggen."),
    "incident": ("incidents.incident:incident", "Ta fram utkast till anmälningar efter en incident."),
    "backup": ("backups.backup:backup", "Säkerhetskopiera installationen, och kontrollera en säkerhetskopia."),
    "restore": ("backups.restore:restore", "Återställ en säkerhetskopia, till en tom databas och i karantän."),
    "quarantine": ("backups.restore:quarantine", "Visa, börja eller avsluta karantänen efter en återställning."),
    "blobs": ("backups.blobs:blobs", "Jämför lagrets filer med databasen, städa dem, och flytta dem."),
    "keys": ("keys:keys", "Byt vem som håller nycklarna."),
    "outbox": ("outbox:outbox", "Visa tilläggens utkorgar, och försök igen med det som har getts upp."),
}
"""Each command of the core: its module and function, and a line of help."""


class Commands(click.Group):
    """The core's commands followed by those of the plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the core's commands, then the active plugins, whose commands mostly have the plugin's name."""
        return [*COMMANDS, *_plugins(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import only the requested command."""
        if cmd_name not in COMMANDS:
            from budkavle.cli import plugin_commands

            plugin_command = plugin_commands.find(_installation(ctx), cmd_name)
            return speak(plugin_command) if plugin_command else None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(f"budkavle.cli.{module}"), name)
        return speak(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing the core's commands."""
        say = words().gettext
        rows = [(name, say(line)) for name, (_, line) in COMMANDS.items()]
        with formatter.section(say("Kommandon")):
            formatter.write_dl(rows)
        if plugins := _plugins(ctx):
            with formatter.section(say("Tillägg som är på, med sina egna kommandon")):
                formatter.write_dl([(name, f"budkavle {name} --help") for name in plugins])


def _installation(ctx: click.Context) -> Installation:
    """Return the run's installation; help needs it before any option has been parsed."""
    root = ctx.find_root()
    return root.ensure_object(Installation)


def _plugins(ctx: click.Context) -> list[str]:
    """Return the names that the settings switch on, without importing the plugins."""
    from budkavle.cli import plugin_commands

    return plugin_commands.names(_installation(ctx))


def _set_config(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    _installation(ctx).path = value
    return value


@click.command(cls=Commands, help="Budkavle: säkra meddelanden mellan funktioner.")
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_set_config,
    is_eager=True,
    expose_value=False,
    help="Inställningsfilen; annars BUDKAVLE_CONFIG eller budkavle.toml här.",
)
@click.version_option(package_name="budkavle", prog_name="budkavle")
@click.pass_context
def budkavle(ctx: click.Context, /) -> None:
    """Prepare what the command needs; logs first, but not for help, which is to be quick."""
    from budkavle import logs

    logs.configure()
    ctx.call_on_close(_installation(ctx).close)
