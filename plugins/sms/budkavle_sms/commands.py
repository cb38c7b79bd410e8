"""`budkavle sms try`: sends a message to one's own phone, to test the gateway."""

from uuid import uuid4

import click

from budkavle import Host, Misconfigured, call, translate
from budkavle_sms.gateways.base import Sms
from budkavle_sms.gateways.trial import TEXT, send_once
from budkavle_sms.messages import senders
from budkavle_sms.messages.phone_numbers import e164


def group(host: Host | None) -> click.Group:
    """Return the commands; without a host they explain why they cannot run."""
    return click.Group("sms", help="SMS: pröva att skicka.", commands=[_try(host)])


def _try(host: Host | None) -> click.Command:
    @click.command("try", help="Skicka ett prov till NUMMER och säg vad SMS-tjänsten svarar.")
    @click.argument("number", metavar="NUMMER")
    def attempt(number: str) -> None:
        from budkavle_sms.parts import parts

        if host is None:
            raise Misconfigured("Tillägget sms är inte påslaget. Skriv det i enabled, och försök igen.")
        sms = Sms(uuid4(), e164(number), senders.sender(host.settings.sender), TEXT)
        gateway = parts(host).gateway
        remote_id = call(send_once, gateway, sms)
        click.echo(
            translate(
                "{name} tog emot meddelandet och kallar det {remote_id}.", name=gateway.name, remote_id=remote_id or "–"
            )
        )

    return attempt
