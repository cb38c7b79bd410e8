"""`budkavle email ...`: bounces from a pipe, and a test of the mail server."""

import sys

import click

from budkavle import BudkavleError, Host, Misconfigured, call, translate
from budkavle_email_link.mail.sender import NO_HOST
from budkavle_email_link.mail.smtp import Mailer
from budkavle_email_link.receipts.bounces import Returns
from budkavle_email_link.receipts.status_notifications import MOST_BYTES
from budkavle_email_link.settings import EmailLinkSettings

EX_TEMPFAIL = 75
"""The exit status by which a mail system retries the delivery later (sysexits.h)."""


def group(host: Host | None) -> click.Command:
    """Return the commands; without a host they report that the plugin is off."""
    return click.Group(
        "email",
        help="E-post: studsar som kommer tillbaka, och prov av e-postservern.",
        commands=[_bounce(host), _test(host)],
    )


def _bounce(host: Host | None) -> click.Command:
    @click.command("bounce", help="Ta emot en studs från ett rör (pipe) i e-postsystemet; läses från standard in.")
    @click.option("--to", "recipient", default="", help="Adressen som studsen kom till, om e-postsystemet säger den.")
    def bounce(recipient: str) -> None:
        returns = Returns(_present(host))
        try:
            returns.take(sys.stdin.buffer.read(MOST_BYTES), recipient)
        except BudkavleError as error:
            click.echo(translate(str(error)), err=True)
            raise SystemExit(EX_TEMPFAIL) from error

    return bounce


def _test(host: Host | None) -> click.Command:
    @click.command("test", help="Fråga e-postservern om den svarar och släpper in oss.")
    def test() -> None:
        settings: EmailLinkSettings = _present(host).settings
        if settings.shows_outbox:
            click.echo(translate("Ingen e-postserver är vald: mejlen visas i testutkorgen."))
            return
        if not settings.host:
            raise Misconfigured(NO_HOST)
        call(_ask, Mailer(settings))
        click.echo(translate("E-postservern svarar."))

    return test


async def _ask(mailer: Mailer) -> None:
    try:
        await mailer.ask()
    finally:
        await mailer.close()


def _present(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Tillägget email_link är inte påslaget. Skriv det i enabled, och försök igen.")
    return host
