"""`budkavle fax`: give an organisation numbers, link one to a mailbox, and show the status of faxes."""

import click

from budkavle import Actor, ActorScope, Host, Misconfigured, NotFound
from budkavle.accounts import all_mailboxes, enter_organisation


def group(host: Host | None) -> click.Group:
    """Return the commands; without a host they explain why they cannot run."""
    every = [_give(host), _take_back(host), _numbers(host), _link(host), _status(host)]
    return click.Group("fax", help="Fax: nummer och status.", commands=every)


def _needed(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Tillägget fax är inte påslaget. Skriv det i enabled, och försök igen.")
    return host


def _give(host: Host | None) -> click.Command:
    @click.command("give", help="Dela ut NUMMER till ORGANISATION, eller alla från NUMMER till SISTA.")
    @click.argument("organisation", metavar="ORGANISATION")
    @click.argument("number", metavar="NUMMER")
    @click.argument("last", metavar="SISTA", default="")
    def give(organisation: str, number: str, last: str) -> None:
        from budkavle_fax.numbers import ranges

        plugin_host = _needed(host)
        click.echo(_range(*ranges.give(plugin_host, _actor(plugin_host, organisation), number, last)))

    return give


def _take_back(host: Host | None) -> click.Command:
    @click.command("take-back", help="Ta tillbaka serien som börjar med NUMMER, och säg vilka nummer som var kopplade.")
    @click.argument("organisation", metavar="ORGANISATION")
    @click.argument("number", metavar="NUMMER")
    def take_back(organisation: str, number: str) -> None:
        from budkavle_fax.numbers import ranges

        plugin_host = _needed(host)
        for freed in ranges.take_back(plugin_host, _actor(plugin_host, organisation), number):
            click.echo(freed)

    return take_back


def _numbers(host: Host | None) -> click.Command:
    @click.command("numbers", help="Visa vilka nummer ORGANISATION har, och till vilka brevlådor de är kopplade.")
    @click.argument("organisation", metavar="ORGANISATION")
    def numbers(organisation: str) -> None:
        from budkavle_fax.numbers import mailbox_numbers, ranges

        plugin_host = _needed(host)
        actor = _actor(plugin_host, organisation)
        for span in ranges.of(plugin_host, actor.organisation_id):
            click.echo(_range(*span))
        for line in mailbox_numbers.listed(plugin_host, actor):
            click.echo(f"{line.number}\t{line.mailbox}")

    return numbers


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first} – {last}"


def _link(host: Host | None) -> click.Command:
    @click.command("link", help="Koppla NUMMER till BREVLÅDA i ORGANISATION, som får numret om ingen har det.")
    @click.argument("organisation", metavar="ORGANISATION")
    @click.argument("mailbox", metavar="BREVLÅDA")
    @click.argument("number", metavar="NUMMER")
    def link(organisation: str, mailbox: str, number: str) -> None:
        from budkavle_fax.numbers import mailbox_numbers

        plugin_host = _needed(host)
        actor = _actor(plugin_host, organisation)
        with plugin_host.platform.work(actor) as work:
            box = next((candidate for candidate in all_mailboxes(work) if candidate.name == mailbox), None)
        if box is None:
            raise NotFound("Brevlådan {name} finns inte i organisationen.", name=mailbox)
        click.echo(mailbox_numbers.link(plugin_host, actor, number, box.id).number)

    return link


def _status(host: Host | None) -> click.Command:
    @click.command("status", help="Säg hur det är med faxen.")
    def status() -> None:
        from budkavle_fax.health import check
        from budkavle_fax.parts import parts

        fax = parts(_needed(host))
        for health in check(fax.carrier, fax.submissions, fax.arrivals, fax.inbox, None):
            click.echo(f"{'✓' if health.ok else '✗'} {health}{f' {health.remedy}' if not health.ok else ''}")

    return status


def _actor(host: Host, slug: str) -> Actor:
    operator = host.system(None, ActorScope.INSTALLATION, ActorScope.ADMINISTER, name="Kommandoraden")
    return enter_organisation(host.platform, operator, slug)
