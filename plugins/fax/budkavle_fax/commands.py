"""`budkavle fax`: link a number to a mailbox, and see how faxes go."""

import click

from budkavle import Actor, Host, Misconfigured, NotFound, Role, all_mailboxes, all_organisations


def group(host: Host | None) -> click.Group:
    """Return the commands; without a host they say why they cannot work."""
    return click.Group("fax", help="Fax: nummer och läge.", commands=[_link(host), _status(host)])


def _needed(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Tillägget fax är inte påslaget. Skriv det i enabled, och försök igen.")
    return host


def _link(host: Host | None) -> click.Command:
    @click.command("link", help="Koppla NUMMER till BREVLÅDA i ORGANISATION.")
    @click.argument("organisation", metavar="ORGANISATION")
    @click.argument("mailbox", metavar="BREVLÅDA")
    @click.argument("number", metavar="NUMMER")
    def link(organisation: str, mailbox: str, number: str) -> None:
        from budkavle_fax import lines

        own = _needed(host)
        actor = _actor(own, organisation)
        box = next((one for one in all_mailboxes(own.platform, actor) if one.name == mailbox), None)
        if box is None:
            raise NotFound("Brevlådan {name} finns inte i organisationen.", name=mailbox)
        click.echo(lines.link(own, actor, number, box.id))

    return link


def _status(host: Host | None) -> click.Command:
    @click.command("status", help="Säg hur det är med faxen.")
    def status() -> None:
        from budkavle_fax.health import check
        from budkavle_fax.plugin import parts

        own = parts(_needed(host))
        for one in check(own.carrier, own.register, own.arrivals, own.inbox, None):
            click.echo(f"{'✓' if one.ok else '✗'} {one}{f' {one.remedy}' if not one.ok else ''}")

    return status


def _actor(host: Host, slug: str) -> Actor:
    from uuid import UUID

    system = Actor(UUID(int=0), role=Role.PLATFORM)
    found = next((one for one in all_organisations(host.platform, system) if one.slug == slug), None)
    if found is None:
        raise NotFound("Organisationen {slug} finns inte.", slug=slug)
    return Actor(found.id, name="budkavle fax", role=Role.PLATFORM)
