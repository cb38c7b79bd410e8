"""`budkavle sdk join|simulator`, beside `build` and `check`: taking part in the network, and the simulated one."""

import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import text

from budkavle import Conflict, Host, Misconfigured, NotFound, told
from budkavle_sdk_transport.cli import sdk
from budkavle_sdk_transport.identities import Identities
from budkavle_sdk_transport.keys import KeyPair, KeyUnreadable, load_key_file
from budkavle_sdk_transport.settings import SdkSettings
from budkavle_sdk_transport.simulator.federation import Federation


def federation_of(host: Host) -> Federation:
    """Return the simulated federation that the settings name."""
    settings: SdkSettings = host.settings
    return Federation.at(settings.simulator_folder or host.data / "federation")


def group(host: Host | None) -> click.Group:
    """Return `budkavle sdk` with all its commands; those that need an installation say so where there is none."""
    commands = click.Group("sdk", dict(sdk.commands), help="SDK: filer, deltagare och simulatorn.")
    commands.add_command(_join(host))
    commands.add_command(_simulator(host))
    commands.add_command(_export(host))
    return commands


def _join(host: Host | None) -> click.Command:
    @click.command("join", help="Låt organisationen ORGANISATION delta i SDK som DELTAGARE, med sina nycklar.")
    @click.argument("organisation")
    @click.argument("participant", metavar="DELTAGARE")
    @click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="Nyckel (PEM eller PKCS#12).")
    @click.option("--cert", type=click.Path(path_type=Path, dir_okay=False), help="Certifikat, om det inte är med.")
    @click.option("--password", envvar="BUDKAVLE_KEY_PASSWORD", help="Nyckelns lösenord; hellre i miljövariabeln.")
    def join(organisation: str, participant: str, key: Path | None, cert: Path | None, password: str | None) -> None:
        here = _needed(host)
        pair = _read(key, cert, password) if key else _simulated(here, participant)
        with here.transaction(None) as connection:
            found = connection.execute(
                text("SELECT id FROM organisations WHERE slug = :slug"), {"slug": organisation}
            ).scalar_one_or_none()
        if found is None:
            raise NotFound("Organisationen {slug} finns inte.", slug=organisation)
        identities = Identities(here)
        other = identities.of_participant(participant)
        if other is not None and other.organisation_id != found:
            raise Conflict("{name} är redan deltagaren {participant}.", name=other.name, participant=participant)
        identities.add(found, participant, pair)
        click.echo(told(f"{organisation} deltar i SDK som {participant}."))

    return join


def _simulator(host: Host | None) -> click.Command:
    @click.command("simulator", help="Låt simulatorns adressbok svara på den här datorn, tills den stoppas.")
    @click.option("--port", default=8421, show_default=True)
    def simulator(port: int) -> None:
        from budkavle_sdk_transport.simulator.address_book import serve

        here = _needed(host)
        with serve(federation_of(here).address_book, port=port) as url, _stub(here):
            click.echo(url)
            threading.Event().wait()

    return simulator


def _stub(host: Host) -> AbstractContextManager[object]:
    """The simulated access point, where the installation looks for one by SOAP."""
    settings: SdkSettings = host.settings
    if settings.access_point != "soap":
        return nullcontext()
    from budkavle_sdk_transport.simulator.domibus_stub.federated import serve

    return serve(federation_of(host), settings.soap, host.data / "access-point")


def _export(host: Host | None) -> click.Command:
    @click.command("export", help="Skriv kuvert, meddelande och kvittens för försändelsen ID till MAPP.")
    @click.argument("delivery", metavar="ID", type=click.UUID)
    @click.argument("folder", metavar="MAPP", type=click.Path(path_type=Path, file_okay=False))
    def write(delivery: UUID, folder: Path) -> None:
        from budkavle_sdk_transport.export import export

        for path in export(_needed(host), delivery, folder):
            click.echo(path)

    return write


def _read(key: Path, cert: Path | None, password: str | None) -> KeyPair:
    try:
        return load_key_file(key, certificate=cert, password=password.encode() if password else None)
    except (OSError, KeyUnreadable) as error:
        raise Misconfigured("Nyckeln går inte att läsa: {error}", error=str(error)) from error


def _simulated(host: Host, participant: str) -> KeyPair:
    try:
        return federation_of(host).keys_of(participant)
    except LookupError as error:
        raise NotFound(
            "Deltagaren {participant} finns inte i simulatorn. Ange en riktig nyckel med --key.",
            participant=participant,
        ) from error


def _needed(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Kommandot behöver databasen. Kontrollera inställningarna med: budkavle config check")
    return host
