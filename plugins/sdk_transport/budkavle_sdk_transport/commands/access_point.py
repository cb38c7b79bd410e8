"""`budkavle sdk access-point`: what the access point says of one parcel, and what it could not push."""

from typing import TYPE_CHECKING

import click

from budkavle import Host, Misconfigured, NotFound, Unavailable, translate
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable, ParcelRefused, Role
from budkavle_sdk_transport.commands.keys import required_host

if TYPE_CHECKING:
    from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint


def group(host: Host | None) -> click.Group:
    """Return the commands."""
    commands = click.Group("access-point", help="Fråga accesspunkten (SOAP).")

    @commands.command("status", help="Visa vad accesspunkten säger om försändelsen ID, och felen på vägen.")
    @click.argument("transport_id", metavar="ID")
    @click.option("--received", is_flag=True, help="Fråga om något som har kommit, i stället för något som har gått.")
    def status(transport_id: str, *, received: bool) -> None:
        role: Role = "RECEIVING" if received else "SENDING"
        try:
            word, errors = _point(host).status(transport_id, role), _point(host).errors(transport_id, role)
        except AccessPointUnavailable as error:
            raise Unavailable("Accesspunkten svarar inte: {error}", error=error) from error
        click.echo(word)
        for one in errors:
            click.echo(f"  {one}")

    @commands.command("push-failed", help="Visa vad accesspunkten inte kunde lämna till DELTAGARE, och be om det igen.")
    @click.argument("participant", metavar="DELTAGARE")
    @click.option("--again", is_flag=True, help="Låt den försöka igen.")
    def push_failed(participant: str, *, again: bool) -> None:
        try:
            failed = _point(host).push_failed(participant)
            if again and failed:
                _point(host).push_again(failed[:100])
        except ParcelRefused as error:
            raise NotFound("Accesspunkten kan inte svara på det: {error}", error=error) from error
        except AccessPointUnavailable as error:
            raise Unavailable("Accesspunkten svarar inte: {error}", error=error) from error
        for transport_id in failed:
            click.echo(transport_id)
        click.echo(translate("{failed} försändelser väntar på att lämnas.", failed=len(failed)))

    return commands


def _point(host: Host | None) -> "DomibusAccessPoint":
    from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
    from budkavle_sdk_transport.network import network

    point = network(required_host(host)).access_point
    if not isinstance(point, DomibusAccessPoint):
        raise Misconfigured('Kommandot gäller accesspunkter som nås med SOAP (access_point = "soap").')
    return point
