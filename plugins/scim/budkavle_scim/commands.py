"""`budkavle scim`: loads users and groups from a file, as a directory would send them."""

from typing import IO, Any

import click
import msgspec

from budkavle import Actor, ActorScope, Host, Invalid, Misconfigured, Sentence, translate
from budkavle.accounts import enter_organisation


class DirectoryFile(msgspec.Struct, forbid_unknown_fields=True):
    """The content of the file.

    Attributes:
        users: SCIM users.
        groups: The members' user names, by the name of the group.
    """

    users: list[dict[str, Any]] = []
    groups: dict[str, list[str]] = {}


def group(host: Host | None) -> click.Group:
    """Return the commands; without a host they explain why they cannot run."""
    return click.Group("scim", help="Användare och grupper från en katalog (SCIM).", commands=[_load(host)])


def _load(host: Host | None) -> click.Command:
    @click.command("load", help="Lägg upp användare och grupper ur FIL (JSON) hos ORGANISATION, som en katalog gör.")
    @click.argument("organisation", metavar="ORGANISATION")
    @click.argument("file", metavar="FIL", type=click.File("rb"))
    def load(organisation: str, file: IO[bytes]) -> None:
        plugin_host = _inside(host)
        try:
            content = msgspec.json.decode(file.read(), type=DirectoryFile)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid("Filen kan inte läsas: {error}", error=str(error)) from error
        store(plugin_host, enter_organisation(plugin_host.platform, _operator(plugin_host), organisation), content)
        summary = Sentence(
            "{users} användare och {groups} grupper är upplagda.",
            users=len(content.users),
            groups=len(content.groups),
        )
        click.echo(translate(summary))

    return load


def store(host: Host, actor: Actor, content: DirectoryFile) -> None:
    """Store users and groups as the service does, all or nothing.

    Args:
        host: The plugin's host.
        actor: The actor in the organisation.
        content: The users and groups.

    Raises:
        SCIMException: A user or a group is invalid for SCIM, or already exists.
    """
    # They take half a second, which every other command would wait too.
    from scim2_models import Context

    from budkavle_scim.server import groups, users
    from budkavle_scim.server.context import Operation
    from budkavle_scim.server.resources import PROVIDER, DirectoryUser, Group

    scopes = (ActorScope.ADMINISTER, ActorScope.ACCOUNTS)
    with PROVIDER, host.work(host.system(actor.organisation_id, *scopes, name="SCIM")) as work:
        operation, ids = Operation(host, work), dict[str, str]()
        for user in content.users:
            made, _ = users.create(
                operation, DirectoryUser.model_validate(user, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
            )
            ids[made.user_name or ""] = made.id or ""
        for name, members in content.groups.items():
            inside = [{"value": ids[member]} for member in members if member in ids]
            body = {"schemas": [Group.__schema__], "displayName": name, "members": inside}
            groups.create(operation, Group.model_validate(body, scim_ctx=Context.RESOURCE_CREATION_REQUEST))


def _operator(host: Host) -> Actor:
    return host.system(None, ActorScope.INSTALLATION)


def _inside(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Tillägget scim är inte påslaget. Skriv det i enabled, och försök igen.")
    return host
