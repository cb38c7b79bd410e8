"""`budkavle user|mailbox`: the first users and mailboxes of an installation, and operations on accounts."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say
from budkavle.model.people import Role

if TYPE_CHECKING:
    from budkavle.model.people import Actor, User


@click.group(help="Lägg till användare, stäng konton, ge engångslösenord och roller.")
def user() -> None:
    """Group."""


@user.command("add", help="Lägg till en användare. Ett lösenord frågas efter, om sådana används.")
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
    from budkavle.accounts.users import create_user

    actor = installation.actor(installation.organisation(organisation))
    password = _password(installation, stdin=password_stdin)
    with installation.platform.work(actor) as work:
        made = create_user(work, email=email, name=name, password=password, role=Role(role))
    say("Användaren {email} finns nu i {organisation}.", email=made.email, organisation=organisation)


def _whose(installation: Installation, organisation: str, email: str) -> "tuple[Actor, User]":
    from budkavle.identification.administration import find_by_email

    actor = installation.actor(installation.organisation(organisation))
    with installation.platform.work(actor) as work:
        return actor, find_by_email(work, email)


def _account_command(name: str, text: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of `user` that identifies an account by its organisation and address."""

    def made(function: Callable[..., None]) -> click.Command:
        named = click.argument("organisation")(click.argument("email")(click.pass_obj(function)))
        return user.command(name, help=text)(named)

    return made


@_account_command("close", "Stäng ett konto. Ingen kan logga in på det, och den som är inloggad loggas ut.")
def close_user(installation: Installation, organisation: str, email: str) -> None:
    """Close an account."""
    from budkavle.identification.administration import close

    actor, whose = _whose(installation, organisation, email)
    with installation.platform.work(actor) as work:
        close(work, whose.id)
    say("Kontot {email} är stängt. Användaren är utloggad överallt.", email=whose.email)


@_account_command("open", "Öppna ett stängt konto igen.")
def open_user(installation: Installation, organisation: str, email: str) -> None:
    """Open a closed account."""
    from budkavle.identification.administration import reopen

    actor, whose = _whose(installation, organisation, email)
    with installation.platform.work(actor) as work:
        reopen(work, whose.id)
    say("Kontot {email} är öppet igen.", email=whose.email)


@_account_command("end-sessions", "Logga ut en användare överallt.")
def end_sessions_of_user(installation: Installation, organisation: str, email: str) -> None:
    """Sign a user out everywhere."""
    from budkavle.identification.administration import end_sessions

    actor, whose = _whose(installation, organisation, email)
    with installation.platform.work(actor) as work:
        end_sessions(work, whose.id)
    say("{email} är utloggad överallt.", email=whose.email)


@_account_command("reset-password", "Skicka en länk för att välja lösenord, eller ge ett engångslösenord.")
@click.option("--once", is_flag=True, help="Ge ett engångslösenord, till exempel när mejl inte kommer fram.")
def reset_password_of_user(installation: Installation, organisation: str, email: str, *, once: bool) -> None:
    """Send a link to choose a password by; where none is sent, or with --once, give one that is changed when used."""
    from budkavle.accounts.passwords import ONCE_FOR
    from budkavle.identification.administration import reset_password

    actor, whose = _whose(installation, organisation, email)
    with installation.platform.work(actor) as work:
        password = reset_password(work, whose.id, by_mail=not once)
    hours = int(ONCE_FOR.total_seconds() // 3600)
    if not password:
        sent = "En länk för att välja ett lösenord är på väg till {email}. Den gäller i {hours} timmar."
        say(sent, email=whose.email, hours=hours)
        return
    say(
        "Engångslösenordet för {email} gäller i {hours} timmar: {given}", email=whose.email, hours=hours, given=password
    )


@_account_command("personnummer", "Skriv in ett personnummer, så att e-legitimation öppnar kontot. Det frågas efter.")
def set_personnummer_of_user(installation: Installation, organisation: str, email: str) -> None:
    """Say whose account it is; the number is read from the terminal or standard in, so that no history keeps it."""
    from budkavle.identification.administration import set_personnummer

    actor, whose = _whose(installation, organisation, email)
    number = click.prompt("Personnummer", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    with installation.platform.work(actor) as work:
        set_personnummer(work, whose.id, number.strip())
    say("Personnumret är sparat. Kontot {email} kan öppnas med e-legitimation.", email=whose.email)


@user.command("role", help="Ändra en användares roll.")
@click.argument("organisation")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.pass_obj
def change_role_of_user(installation: Installation, organisation: str, email: str, role: str) -> None:
    """Change what a user may do."""
    from budkavle.identification.administration import change_role

    actor, whose = _whose(installation, organisation, email)
    with installation.platform.work(actor) as work:
        change_role(work, whose.id, Role(role))
    say("{email} har nu rollen {role}.", email=whose.email, role=role)


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
    from budkavle.accounts.mailboxes import add_members, create_mailbox
    from budkavle.accounts.users import account
    from budkavle.model.errors import NotFound

    platform = installation.platform
    actor = installation.actor(installation.organisation(organisation))
    accounts = {email: account(platform, email) for email in members}
    ids = [
        member.id
        for member in accounts.values()
        if member is not None and member.organisation_id == actor.organisation_id
    ]
    if len(ids) < len(accounts):
        missing = ", ".join(email for email, member in accounts.items() if member is None or member.id not in ids)
        raise NotFound("Det finns ingen användare {missing} i organisationen.", missing=missing)
    with platform.work(actor) as work:
        made = create_mailbox(work, name)
    if ids:
        with platform.work(actor) as work:
            add_members(work, made.id, ids)
    say("Funktionsbrevlådan {name} finns nu i {organisation}.", name=made.name, organisation=organisation)


def _password(installation: Installation, *, stdin: bool) -> str | None:
    """Read the first password of an account; None if the installation has no sign-in with passwords."""
    from budkavle.identification import providers

    if stdin:
        providers.require_password(installation.platform)
        return sys.stdin.readline().rstrip("\r\n")
    if providers.asking_for_password(installation.platform) is None:
        return None
    return str(click.prompt("Lösenord", hide_input=True, confirmation_prompt=True))
