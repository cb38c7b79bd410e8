"""`budkavle addressbook`: read the national address book now, search it, and map our organisations to it."""

from uuid import UUID

import click

from budkavle import Actor, ActorScope, Host, Misconfigured, NotFound, translate
from budkavle.accounts import all_mailboxes, enter_organisation
from budkavle_addressbook import health, links, participants
from budkavle_addressbook.contacts import books
from budkavle_addressbook.name_search import fold
from budkavle_addressbook.national import entries, local_copy


def group(host: Host | None) -> click.Group:
    """Return the commands. Without a host they say what is missing."""
    commands = click.Group("addressbook", help="Den nationella adressboken: hämta, sök, koppla.")
    commands.add_command(_refresh(host))
    commands.add_command(_search(host))
    commands.add_command(_participant(host))
    commands.add_command(_link(host))
    commands.add_command(_contact(host))
    return commands


def _refresh(host: Host | None) -> click.Command:
    @click.command("refresh", help="Hämta adressboken nu.")
    def refresh() -> None:
        copy = local_copy.refresh(_needed(host))
        click.echo(
            translate(
                "{organisations} organisationer, {functions} funktioner, {skipped} överhoppade.",
                organisations=copy.organisations,
                functions=copy.functions,
                skipped=copy.skipped,
            )
        )

    return refresh


def _search(host: Host | None) -> click.Command:
    @click.command("search", help="Sök på organisation, funktion eller sökord.")
    @click.argument("words", nargs=-1, required=True)
    @click.option("--limit", default=20, show_default=True)
    def search(words: tuple[str, ...], limit: int) -> None:
        plugin_host = _needed(host)
        with plugin_host.transaction(None) as connection:
            for row in entries.matching(connection, " ".join(words), (), limit):
                click.echo(f"{row['identifier']}\t{row['organisation']}\t{row['name']}")
        copy = local_copy.status(plugin_host)
        age = copy.age() if copy else None
        if age is not None:
            click.echo(translate("Hämtad {ago}.", ago=health.ago(age)), err=True)

    return search


def _participant(host: Host | None) -> click.Command:
    @click.command("participant", help="Säg vilken deltagare organisationen ORGANISATION är, såsom 0203:habo.se.")
    @click.argument("organisation")
    @click.argument("value", metavar="DELTAGARE", required=False)
    def participant(organisation: str, value: str | None) -> None:
        plugin_host = _needed(host)
        actor = _actor(plugin_host, organisation)
        if value is not None:
            participants.set_participant(plugin_host, actor, value)
        click.echo(
            participants.participant(plugin_host, actor.organisation_id) or translate("Ingen deltagare är angiven.")
        )

    return participant


def _link(host: Host | None) -> click.Command:
    @click.command("link", help="Koppla en brevlåda till en identifierare; utan dem listas kopplingarna.")
    @click.argument("organisation")
    @click.argument("mailbox", metavar="BREVLÅDA", required=False)
    @click.argument("identifier", metavar="IDENTIFIERARE", required=False)
    def link(organisation: str, mailbox: str | None, identifier: str | None) -> None:
        plugin_host = _needed(host)
        actor = _actor(plugin_host, organisation)
        if mailbox is not None and identifier is not None:
            links.link(plugin_host, actor, _mailbox(plugin_host, actor, mailbox), identifier)
        for linked in links.all_links(plugin_host, actor.organisation_id):
            click.echo(f"{linked.mailbox}\t{linked.identifier}\t{translate(linked.broken or 'stämmer')}")

    return link


def _contact(host: Host | None) -> click.Command:
    @click.command("contact", help="Lägg till en kontakt i en brevlådas adressbok.")
    @click.argument("organisation")
    @click.argument("mailbox", metavar="BREVLÅDA")
    @click.argument("name", metavar="NAMN")
    @click.argument("email", metavar="E-POST")
    @click.argument("phone", metavar="TELEFON")
    def contact(organisation: str, mailbox: str, name: str, email: str, phone: str) -> None:
        plugin_host = _needed(host)
        actor = _actor(plugin_host, organisation)
        typed = {"name": name, "email": email, "phone": phone, "personnummer": ""}
        books.add(plugin_host, actor, books.Book(_mailbox(plugin_host, actor, mailbox)), typed)
        click.echo(translate("{name} finns nu i adressboken för {mailbox}.", name=name, mailbox=mailbox))

    return contact


def _needed(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Kommandot behöver databasen. Kontrollera inställningarna med: budkavle config check")
    return host


def _actor(host: Host, slug: str) -> Actor:
    """Return the actor of the command in the organisation with this slug."""
    scopes = (ActorScope.INSTALLATION, ActorScope.ADMINISTER, ActorScope.READ)
    return enter_organisation(host.platform, host.system(None, *scopes, name="Kommandoraden"), slug)


def _mailbox(host: Host, actor: Actor, name: str) -> UUID:
    with host.work(actor) as work:
        boxes = all_mailboxes(work)
    mailbox_id = next((box.id for box in boxes if str(box.id) == name or fold(box.name) == fold(name)), None)
    if mailbox_id is None:
        names = ", ".join(box.name for box in boxes)
        raise NotFound("Det finns ingen brevlåda {name}. De som finns är: {known}.", name=name, known=names)
    return mailbox_id
