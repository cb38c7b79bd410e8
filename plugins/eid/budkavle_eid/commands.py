"""`budkavle eid simulator|try`: simulated e-identification for demos, and one identification in the terminal."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import click

from budkavle import Failed, Host, Identity, IdentityProvider, Misconfigured, NotFound, Poll, Step, call, translate
from budkavle_eid import evidence_commands

PORT = 8430
PURPOSE = {"purpose": "Prov av anslutningen", "language": "sv", "ip": "127.0.0.1"}


def group(host: Host | None) -> click.Group:
    """Return the command group; without a host only the simulator works, in a given folder."""
    commands = click.Group(
        "eid", help="E-legitimationer: pröva en anslutning eller ett underlag, kör låtsaslegitimationer."
    )
    commands.add_command(_simulator(host))
    commands.add_command(_try(host))
    commands.add_command(evidence_commands.group(host))
    return commands


def _simulator(host: Host | None) -> click.Command:
    @click.command(
        "simulator", help="Låtsas vara BankID och Freja på den här datorn, med en telefon, tills den stoppas."
    )
    @click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Mappen för certifikaten.")
    @click.option("--port", type=int, help="Den första av tre portar; annars simulator_port.")
    def simulator(folder: Path | None, port: int | None) -> None:
        from budkavle_eid.simulator.launcher import start

        if folder is None and host is None:
            raise Misconfigured("Ange mappen för certifikaten med --folder, eller rätta inställningarna.")
        running = start(folder or _needed(host).data / "simulator", _port(host) if port is None else port)
        click.echo(running.addresses.phone_url)
        try:
            threading.Event().wait()
        finally:
            running.stop()

    return simulator


def _port(host: Host | None) -> int:
    return (host.settings.simulator_port if host else None) or PORT


def _try(host: Host | None) -> click.Command:
    @click.command("try", help="Pröva anslutningen NAMN: legitimera dig själv och se vad som kommer tillbaka.")
    @click.argument("name", metavar="NAMN")
    @click.option("--phone", metavar="PERSONNUMMER", help="Som i ett telefonsamtal, utan QR-kod (BankID).")
    def attempt(name: str, phone: str | None) -> None:
        from budkavle_eid.app_providers import providers
        from budkavle_eid.bankid.provider import BankIdProvider

        provider = next(
            (candidate for candidate in providers(_needed(host), counted=False) if candidate.name == name), None
        )
        if provider is None or (phone and not isinstance(provider, BankIdProvider)):
            raise NotFound("Det finns ingen sådan anslutning, {name}, till BankID eller Freja.", name=name)
        if phone and isinstance(provider, BankIdProvider):
            step: Step = provider.call_up({**PURPOSE, "personnummer": phone})
        else:
            step = _step(provider.start, provider.traits.max_loa, PURPOSE)
        _tell(name, _walk(provider, step))

    return attempt


def _tell(name: str, step: Step) -> None:
    """Report the result, without saying who identified."""
    if not isinstance(step, Identity):
        raise click.ClickException(step.message if isinstance(step, Failed) else type(step).__name__)
    names = ", ".join(sorted(step.attributes))
    result = f"{step.attributes.get('method', name)}: LoA {int(step.loa)}; {names}"
    click.echo(translate(result))


def _walk(provider: IdentityProvider, step: Step) -> Step:
    """Show the QR code until the person has scanned it and approved."""
    import segno

    shown = ""
    while isinstance(step, Poll):
        if step.qr:
            click.clear()
            segno.make(step.qr, micro=False).terminal(compact=True)
        if step.qr or step.message != shown:
            click.echo(translate(shown := step.message))
        time.sleep(step.seconds)
        step = _step(provider.advance, step.state, {"tick": "1"})
    return step


def _step(method: Callable[..., object], *args: object) -> Step:
    return cast("Step", call(method, *args))


def _needed(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Kommandot behöver inställningarna. Kontrollera dem med: budkavle config check")
    return host
