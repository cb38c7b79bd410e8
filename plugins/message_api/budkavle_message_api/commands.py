"""`budkavle message-api`: API clients from the command line."""

from typing import IO, Any
from uuid import UUID

import click

from budkavle import Actor, ActorScope, Host, Misconfigured, Sentence, translate
from budkavle.accounts import enter_organisation
from budkavle_message_api.access import clients
from budkavle_message_api.access.clients import ClientDetails
from budkavle_message_api.api_scopes import ALL_SCOPES, SCOPES

_ORGANISATION = click.argument("organisation", metavar="ORGANISATION")


def group(host: Host | None) -> click.Group:
    """Return the commands; without a host they explain why they cannot run."""
    commands = [_list(host), _add(host), _let_in(host), _remove(host)]
    return click.Group("message-api", help="Standardiserat API: klienter som får använda det.", commands=commands)


def _list(host: Host | None) -> click.Command:
    @click.command("clients", help="Visa klienterna hos ORGANISATION (dess kortnamn).")
    @_ORGANISATION
    def show(organisation: str) -> None:
        plugin_host, actor = _acting_for(host, organisation)
        for client in clients.listed(plugin_host, actor):
            reach = (
                Sentence("brevlåda {mailbox_id}", mailbox_id=client.mailbox_id)
                if client.mailbox_id
                else " ".join(client.auth_ids)
            )
            used = (
                Sentence("använd {isoformat}", isoformat=client.used_at.isoformat(timespec="minutes"))
                if client.used_at
                else "aldrig använd"
            )
            state = "  " + translate("utestängd efter en återställning") if client.ended_at else ""
            click.echo(f"{client.id}  {client.name}  {translate(reach)}  {translate(used)}{state}")

    return show


def _add(host: Host | None) -> click.Command:
    @click.command("add", help="Lägg till en klient NAMN hos ORGANISATION, och skriv ut dess client_id.")
    @_ORGANISATION
    @click.argument("name", metavar="NAMN")
    @click.option("--key", type=click.File(), help="Fil med klientens publika nyckel (PEM eller JWK).")
    @click.option("--keys-url", default="", help="Adress till klientens nycklar (JWKS), i stället för --key.")
    @click.option("--auth-id", "auth_ids", multiple=True, help="Funktionsadress; * står för vad som helst.")
    @click.option("--mailbox", "mailbox_id", type=click.UUID, help="Bara den här brevlådan, i stället för --auth-id.")
    @click.option(
        "--scope", "scopes", multiple=True, type=click.Choice(ALL_SCOPES), default=SCOPES, help="Vad den får göra."
    )
    def add(
        organisation: str,
        name: str,
        key: IO[str] | None,
        **details: Any,
    ) -> None:
        plugin_host, actor = _acting_for(host, organisation)
        client = ClientDetails(name, keys=key.read() if key else "", **details)
        click.echo(str(clients.register(plugin_host, actor, client).id))

    return add


def _let_in(host: Host | None) -> click.Command:
    @click.command("let-in", help="Släpp in klienten KLIENT hos ORGANISATION igen, efter en återställning.")
    @_ORGANISATION
    @click.argument("client", metavar="KLIENT", type=click.UUID)
    def let_in(organisation: str, client: UUID) -> None:
        plugin_host, actor = _acting_for(host, organisation)
        click.echo(translate("{name} är insläppt.", name=clients.let_in(plugin_host, actor, client).name))

    return let_in


def _remove(host: Host | None) -> click.Command:
    @click.command("remove", help="Ta bort klienten KLIENT hos ORGANISATION; dess tokens slutar gälla genast.")
    @_ORGANISATION
    @click.argument("client", metavar="KLIENT", type=click.UUID)
    def remove(organisation: str, client: UUID) -> None:
        plugin_host, actor = _acting_for(host, organisation)
        click.echo(translate("{name} är borttagen.", name=clients.remove(plugin_host, actor, client).name))

    return remove


def _acting_for(host: Host | None, slug: str) -> tuple[Host, Actor]:
    if host is None:
        raise Misconfigured("Tillägget message_api är inte påslaget. Skriv det i enabled, och försök igen.")
    operator = host.system(None, ActorScope.INSTALLATION, ActorScope.ADMINISTER, name="Kommandoraden")
    return host, enter_organisation(host.platform, operator, slug)
