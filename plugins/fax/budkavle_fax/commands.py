"""`budkavle fax`: give an organisation numbers, link one to a mailbox, and see how faxes go."""

import click

from budkavle import (
    Actor,
    ActorScope,
    Host,
    Misconfigured,
    NotFound,
    all_mailboxes,
    enter_organisation,
)


def group(host: Host | None) -> click.Group:
    """Return the commands; without a host they say why they cannot work."""
    every = [_give(host), _take_back(host), _numbers(host), _link(host), _status(host)]
    return click.Group("fax", help="Fax: nummer och läge.", commands=every)


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

        own = _needed(host)
        click.echo(_range(*ranges.give(own, _actor(own, organisation), number, last)))

    return give


def _take_back(host: Host | None) -> click.Command:
    @click.command("take-back", help="Ta tillbaka serien som börjar med NUMMER, och säg vilka nummer som var kopplade.")
    @click.argument("organisation", metavar="ORGANISATION")
    @click.argument("number", metavar="NUMMER")
    def take_back(organisation: str, number: str) -> None:
        from budkavle_fax.numbers import ranges

        own = _needed(host)
        for one in ranges.take_back(own, _actor(own, organisation), number):
            click.echo(one)

    return take_back


def _numbers(host: Host | None) -> click.Command:
    @click.command("numbers", help="Visa vilka nummer ORGANISATION har, och till vilka brevlådor de är kopplade.")
    @click.argument("organisation", metavar="ORGANISATION")
    def numbers(organisation: str) -> None:
        from budkavle_fax.numbers import mailbox_numbers, ranges

        own = _needed(host)
        actor = _actor(own, organisation)
        for given in ranges.of(own, actor.organisation_id):
            click.echo(_range(*given))
        for line in mailbox_numbers.listed(own, actor):
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

        own = _needed(host)
        actor = _actor(own, organisation)
        with own.platform.work(actor) as work:
            box = next((one for one in all_mailboxes(work) if one.name == mailbox), None)
        if box is None:
            raise NotFound("Brevlådan {name} finns inte i organisationen.", name=mailbox)
        click.echo(mailbox_numbers.link(own, actor, number, box.id).number)

    return link


def _status(host: Host | None) -> click.Command:
    @click.command("status", help="Säg hur det är med faxen.")
    def status() -> None:
        from budkavle_fax.health import check
        from budkavle_fax.parts import parts

        own = parts(_needed(host))
        for one in check(own.carrier, own.register, own.arrivals, own.inbox, None):
            click.echo(f"{'✓' if one.ok else '✗'} {one}{f' {one.remedy}' if not one.ok else ''}")

    return status


def _actor(host: Host, slug: str) -> Actor:
    operator = host.system(None, ActorScope.INSTALLATION, ActorScope.ADMINISTER, name="Kommandoraden")
    return enter_organisation(host.platform, operator, slug)
