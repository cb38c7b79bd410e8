"""`budkavle sdk transfers`: the log of transfers on the command line (feature SD19)."""

import json
from dataclasses import asdict

import click

from budkavle import ActorScope, Host, translate
from budkavle.accounts import organisation_by_slug
from budkavle_sdk_transport.commands.keys import required_host
from budkavle_sdk_transport.transfers.log import KINDS, SHOWN, transfers


def command(host: Host | None) -> click.Command:
    """Return `budkavle sdk transfers`."""

    @click.command("transfers", help="Visa överföringar i SDK: de senaste, eller de med ID.")
    @click.argument("wanted", metavar="[ID]", default="")
    @click.option("--organisation", required=True, help="Organisationens kortnamn.")
    @click.option("--most", default=SHOWN, show_default=True, help="Så många visas.")
    @click.option("--json", "as_json", is_flag=True, help="En rad JSON för varje överföring.")
    def show(wanted: str, organisation: str, most: int, *, as_json: bool) -> None:
        installed = required_host(host)
        organisation_id = organisation_by_slug(installed.platform, organisation).id
        actor = installed.system(organisation_id, ActorScope.ADMINISTER)
        for transfer in transfers(installed, actor, wanted=wanted, most=most):
            if as_json:
                click.echo(json.dumps({**asdict(transfer), "at": transfer.at.isoformat()}))
            else:
                told_kind = translate(KINDS[transfer.direction, transfer.kind].label)
                words = (
                    transfer.at.isoformat(timespec="seconds"),
                    told_kind,
                    transfer.outcome,
                    transfer.message_id,
                    transfer.transport_id,
                )
                click.echo("  ".join((*words, transfer.counterpart)).rstrip())

    return show
