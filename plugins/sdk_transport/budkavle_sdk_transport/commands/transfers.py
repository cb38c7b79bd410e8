"""`budkavle sdk transfers`: the log of transfers on the command line (feature SD19)."""

import json
from dataclasses import asdict

import click

from budkavle import ActorScope, Host, told
from budkavle_sdk_transport.commands.keys import needed, organisation_id
from budkavle_sdk_transport.transfers.log import KINDS, SHOWN, transfers


def command(host: Host | None) -> click.Command:
    """Return `budkavle sdk transfers`."""

    @click.command("transfers", help="Visa överföringar i SDK: de senaste, eller de med ID.")
    @click.argument("wanted", metavar="[ID]", default="")
    @click.option("--organisation", required=True, help="Organisationens kortnamn.")
    @click.option("--most", default=SHOWN, show_default=True, help="Så många visas.")
    @click.option("--json", "as_json", is_flag=True, help="En rad JSON för varje överföring.")
    def show(wanted: str, organisation: str, most: int, *, as_json: bool) -> None:
        here = needed(host)
        actor = here.system(organisation_id(here, organisation), ActorScope.ADMINISTER)
        for one in transfers(here, actor, wanted=wanted, most=most):
            if as_json:
                click.echo(json.dumps({**asdict(one), "at": one.at.isoformat()}))
            else:
                told_kind = told(KINDS[one.direction, one.kind].label)
                words = (one.at.isoformat(timespec="seconds"), told_kind, one.outcome, one.message_id, one.transport_id)
                click.echo("  ".join((*words, one.counterpart)).rstrip())

    return show
