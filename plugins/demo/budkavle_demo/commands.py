"""`budkavle demo`: creates an installation of its own, and runs its steps there as commands of the same name."""

import json
import signal
import sys
from pathlib import Path

import click

from budkavle import Host, Unavailable, translate
from budkavle_demo import playing
from budkavle_demo.content import PASSWORD, PEOPLE, ROOT, SECOND_ADMIN, SECOND_ROOT
from budkavle_demo.scenes import SCENES
from budkavle_demo.stage import Stage, require_free, staged

PORT = click.IntRange(1, 65535)


def demo(host: Host | None) -> click.Group:
    """Return the command.

    Args:
        host: The host of the demo installation, for the steps that run inside it.
    """

    @click.group(
        "demo",
        invoke_without_command=True,
        subcommand_metavar="",
        help="Visa Budkavle: två organisationer som skriver till varandra med SDK.",
    )
    @click.option("--once", is_flag=True, help="Skicka ett meddelande och svaret på det, utan webb, och sluta.")
    @click.option("--json", "json_", is_flag=True, help="Svara med JSON (med --once).")
    @click.option(
        "--keep", type=click.Path(path_type=Path, file_okay=False), help="Spara meddelanden och kvittenser här."
    )
    @click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Behåll demons data här.")
    @click.option("--port", type=PORT, default=8420, show_default=True, help="Webbens port.")
    @click.option("--access-point", default="spool", show_default=True, help="Vad som bär SDK: spool eller soap.")
    @click.option("--plugin", "plugins", multiple=True, help="Sätt på ett installerat tillägg till; får upprepas.")
    @click.pass_context
    def group(  # noqa: PLR0913 - an argument for each option
        ctx: click.Context,
        keep: Path | None,
        data: Path | None,
        port: int,
        access_point: str,
        plugins: tuple[str, ...],
        *,
        once: bool,
        json_: bool,
    ) -> None:
        """Start the demo, or run it through once."""
        if ctx.invoked_subcommand:
            return
        if not once:
            require_free("127.0.0.1", port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the processes it started end with it
        with staged(ctx.find_root().command, data, port, access_point, plugins) as stage:
            if once:
                ctx.exit(_once(stage, keep, json_=json_))
            with stage.logging() as log:
                _serve(stage, log)

    for step in _steps(host):
        group.add_command(step)
    return group


def _steps(host: Host | None) -> list[click.Command]:
    """Return the steps that `demo` runs inside its own installation, where `host` is available."""

    @click.command("furnish", hidden=True)
    @click.pass_context
    def furnish(ctx: click.Context) -> None:
        """Make the organisations, their mailboxes and their people."""
        stage = Stage.of(ctx)
        playing.furnish(_inside(host), stage)
        playing.furnish_operations(_inside(host), stage)

    @click.command("history", hidden=True)
    @click.pass_context
    def history(ctx: click.Context) -> None:
        """Let some messages have come and gone before anybody signs in."""
        with Stage.of(ctx).worker():
            playing.history(_inside(host))

    @click.command("exchange", hidden=True)
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    @click.pass_context
    def exchange(ctx: click.Context, file: Path) -> None:
        """Send a message and the answer to it, and write what became of them into a file."""
        with Stage.of(ctx).worker():
            sent = playing.exchange(_inside(host), SCENES[0], SCENES[1])
        file.write_text(json.dumps(sent, ensure_ascii=False), "utf-8")

    return [furnish, history, exchange]


def _inside(host: Host | None) -> Host:
    if host is None:
        raise Unavailable("Det här är ett steg i demon. Starta den med: budkavle demo")
    return host


def _once(stage: Stage, keep: Path | None, *, json_: bool) -> int:
    """Send a message with a PDF and the answer to it. Return 0 if both were acknowledged."""
    file = stage.folder / "exchange.json"
    stage.run("demo", "exchange", str(file))
    sent = json.loads(file.read_text("utf-8"))
    if keep:
        for message in sent:
            stage.run("sdk", "export", message["id"], str(keep.resolve()), quiet=True)
    if json_:
        click.echo(json.dumps({"messages": sent}, ensure_ascii=False, indent=2))
    else:
        for message in sent:
            click.echo(f"{message['from']} → {message['to']}: {message['state']}")
    return 0 if all((one["state"], one["receipt"]) == ("ACKNOWLEDGED", "ACCEPTED") for one in sent) else 1


def _serve(stage: Stage, log: Path) -> None:
    if not stage.is_ready:
        click.echo(translate("Skickar några meddelanden mellan organisationerna …"))
        stage.run("demo", "history")
        stage.set_ready()
    click.echo()
    url = stage.url
    click.echo(translate("Logga in på {url} som:", url=url))
    for person in (*PEOPLE, SECOND_ADMIN, ROOT, SECOND_ROOT):
        click.echo(f"  {person['email']}  {person['name']}, {person['organisation']}")
    password, command = PASSWORD, f"budkavle --config {stage.file} sdk misbehave --help"
    click.echo(translate("Välj E-post och lösenord. Lösenordet är för alla: {password}", password=password))
    url = f"{stage.url}/plugin/email_link/outbox"
    click.echo(translate("Mejlen som skickas visas för administratörer på {url}", url=url))
    url = f"{stage.url}/plugin/sms/outbox"
    click.echo(translate("och sms:en på {url}", url=url))
    url = stage.phone_url
    click.echo(translate("Telefonen med låtsade e-legitimationer: {url}", url=url))
    click.echo(translate("SDK-nätet krånglar på beställning: {command}", command=command))
    click.echo(translate("Loggen skrivs i filen {log}", log=log))
    click.echo()
    stage.run("serve")
