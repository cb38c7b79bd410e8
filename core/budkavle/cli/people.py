"""`budkavle org|user|mailbox add`: the first people and mailboxes of an installation."""

import sys

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say
from budkavle.people import Role


@click.group(help="Lägg till organisationer.")
def org() -> None:
    """Group."""


@org.command("add", help="Lägg till en organisation med egna nycklar.")
@click.argument("name")
@click.option("--slug", default="", help="Kort namn i adresser; annars görs det av namnet.")
@click.pass_obj
def add_org(installation: Installation, name: str, slug: str) -> None:
    """Make an organisation."""
    from budkavle.organisations import create_organisation

    made = create_organisation(installation.platform, installation.actor(), name, slug)
    say("Organisationen {name} finns nu, med det korta namnet {slug}.", name=made.name, slug=made.slug)


@click.group(help="Lägg till användare.")
def user() -> None:
    """Group."""


@user.command("add", help="Lägg till en användare. Lösenordet frågas efter, eller läses från standard in.")
@click.argument("organisation")
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.USER.value, help="Roll.")
@click.option("--password-stdin", is_flag=True, help="Läs lösenordet från första raden på standard in.")
@click.pass_obj
def add_user(
    installation: Installation, organisation: str, email: str, name: str, role: str, *, password_stdin: bool
) -> None:
    """Make a user."""
    from budkavle.users import create_user

    actor = installation.actor(installation.organisation(organisation))
    made = create_user(
        installation.platform, actor, email=email, name=name, password=_password(stdin=password_stdin), role=Role(role)
    )
    say("Användaren {email} finns nu i {organisation}.", email=made.email, organisation=organisation)


@click.group(help="Lägg till funktionsbrevlådor.")
def mailbox() -> None:
    """Group."""


@mailbox.command("add", help="Lägg till en funktionsbrevlåda, med användare som har tillgång till den.")
@click.argument("organisation")
@click.argument("name")
@click.option("--member", "members", multiple=True, help="E-postadress till någon som ska ha tillgång; får upprepas.")
@click.pass_obj
def add_mailbox(installation: Installation, organisation: str, name: str, members: tuple[str, ...]) -> None:
    """Make a function mailbox."""
    from budkavle.boxes import add_members, create_mailbox
    from budkavle.errors import NotFound
    from budkavle.users import account

    platform = installation.platform
    actor = installation.actor(installation.organisation(organisation))
    found = {email: account(platform, email) for email in members}
    ids = [one.id for one in found.values() if one is not None and one.organisation_id == actor.organisation_id]
    if len(ids) < len(found):
        missing = ", ".join(email for email, one in found.items() if one is None or one.id not in ids)
        raise NotFound("Det finns ingen användare {missing} i organisationen.", missing=missing)
    made = create_mailbox(platform, actor, name)
    if ids:
        add_members(platform, actor, made.id, ids)
    say("Funktionsbrevlådan {name} finns nu i {organisation}.", name=made.name, organisation=organisation)


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Lösenord", hide_input=True, confirmation_prompt=True))
