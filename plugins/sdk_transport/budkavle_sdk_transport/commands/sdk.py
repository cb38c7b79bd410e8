"""`budkavle sdk join|export|doctor`, and the groups beside them: taking part in the network, and the simulated one."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from budkavle import Conflict, Host, NotFound, translate
from budkavle.accounts import organisation_by_slug
from budkavle_sdk_transport.commands import keys, simulator, transfers
from budkavle_sdk_transport.commands.documents import sdk
from budkavle_sdk_transport.commands.keys import key_options, read_pair, required_host
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.keys.memberships import Memberships
from budkavle_sdk_transport.network import federation_of

DOCTOR_HELP = (
    "Pröva varje steg ut i SDK: miljö, DNS, SMP, certifikat, accesspunkt, virusskydd och adressbok.\n\n"
    "Säger vad som är fel och vad som ska rättas. Slutkod 0 när allt är bra, 1 när något ska rättas."
)


def group(host: Host | None) -> click.Group:
    """Return `budkavle sdk` with all its commands; those that need an installation say so where there is none."""
    from budkavle_sdk_transport.commands.access_point import group as access_point

    commands = click.Group("sdk", dict(sdk.commands), help="SDK: filer, deltagare och simulatorn.")
    commands.add_command(_join(host))
    commands.add_command(simulator.simulator(host))
    commands.add_command(simulator.misbehave(host))
    commands.add_command(_export(host))
    commands.add_command(transfers.command(host))
    commands.add_command(keys.group(host))
    commands.add_command(_doctor(host))
    commands.add_command(access_point(host))
    return commands


def _join(host: Host | None) -> click.Command:
    @click.command("join", help="Låt organisationen ORGANISATION delta i SDK som DELTAGARE, med sina nycklar.")
    @click.argument("organisation")
    @click.argument("participant", metavar="DELTAGARE")
    @click.option("--change", is_flag=True, help="Byt till DELTAGARE, om organisationen redan är en annan deltagare.")
    @key_options
    def join(organisation: str, participant: str, *, change: bool, **options: Any) -> None:
        installed = required_host(host)
        pair = read_pair(installed, **options) or _simulated(installed, participant)
        joining_id = organisation_by_slug(installed.platform, organisation).id
        memberships = Memberships(installed)
        other = memberships.of_participant(participant)
        if other is not None and other.organisation_id != joining_id:
            raise Conflict("{name} är redan deltagaren {participant}.", name=other.name, participant=participant)
        now = memberships.of_organisation(joining_id)
        if now is not None and now.participant != participant and not change:
            raise Conflict(
                "{name} deltar redan som {participant}, och tar efter bytet inte emot det som skickas dit. Lägg till"
                " --change om bytet är meningen.",
                name=now.name,
                participant=now.participant,
            )
        memberships.add(joining_id, participant, pair, reference=options["pkcs11"] or "")
        click.echo(
            translate(
                "{organisation} deltar i SDK som {participant}.", organisation=organisation, participant=participant
            )
        )

    return join


def _export(host: Host | None) -> click.Command:
    @click.command("export", help="Skriv kuvert, meddelande och kvittens för försändelsen ID till MAPP.")
    @click.argument("delivery", metavar="ID", type=click.UUID)
    @click.argument("folder", metavar="MAPP", type=click.Path(path_type=Path, file_okay=False))
    def write(delivery: UUID, folder: Path) -> None:
        from budkavle_sdk_transport.transfers.export import export

        for path in export(required_host(host), delivery, folder):
            click.echo(path)

    return write


def _doctor(host: Host | None) -> click.Command:
    @click.command("doctor", help=DOCTOR_HELP)
    @click.option(
        "--participant", "participants", multiple=True, metavar="0203:DOMÄN", help="En deltagare till att slå upp."
    )
    @click.option("--json", "json_", is_flag=True, help="Svara med JSON.")
    @click.pass_context
    def doctor(context: click.Context, participants: tuple[str, ...], *, json_: bool) -> None:
        from budkavle_sdk_transport.commands.doctor import examine, report

        answers = examine(required_host(host), participants)
        click.echo(report(answers, json_=json_))
        context.exit(0 if all(answer.ok for answer in answers) else 1)

    return doctor


def _simulated(host: Host, participant: str) -> KeyPair:
    try:
        return federation_of(host).keys_of(participant)
    except LookupError as error:
        raise NotFound(
            "Deltagaren {participant} finns inte i simulatorn. Ange en riktig nyckel med --key.",
            participant=participant,
        ) from error
