"""`budkavle sdk keys`: an organisation's pairs, and how one takes over from another without a lost message."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from budkavle import ActorScope, Host, Invalid, Misconfigured, NotFound, translate
from budkavle.accounts import organisation_by_slug
from budkavle_sdk_transport.keys import management
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.keys.hardware_key import open_stored, stored
from budkavle_sdk_transport.keys.key_check import check_key_pair
from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable, load_certificate, load_key_file
from budkavle_sdk_transport.keys.management import role_of
from budkavle_sdk_transport.keys.memberships import Membership, memberships_of

_FILE = click.Path(path_type=Path, dir_okay=False)


def group(host: Host | None) -> click.Group:
    """Return `budkavle sdk keys`."""
    commands = click.Group("keys", help="Organisationens nycklar: visa, lägga in, byta och ta bort.")
    for make in (_list, _add, _use, _remove):
        commands.add_command(make(host))
    return commands


def key_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the options that say which pair is meant: `key`, `cert`, `password`, `pkcs11`."""
    for option in (
        click.option(
            "--pkcs11", metavar="PKCS11:TOKEN=...", help="Nyckel i en modul: pkcs11:token=NAMN;object=NYCKEL."
        ),
        click.option("--password", envvar="BUDKAVLE_KEY_PASSWORD", help="Nyckelns lösenord; hellre i miljövariabeln."),
        click.option("--cert", type=_FILE, help="Certifikat, om det inte är med."),
        click.option("--key", type=_FILE, help="Nyckel (PEM eller PKCS#12)."),
    ):
        command = option(command)
    return command


def read_pair(
    host: Host, key: Path | None, cert: Path | None, password: str | None, pkcs11: str | None
) -> KeyPair | None:
    """Return the pair that the options name, or None. A key in a token is tried before it is believed.

    Raises:
        Misconfigured: It cannot be read or used.
    """
    try:
        if pkcs11:
            return _in_token(host, pkcs11, cert)
        secret = password.encode() if password else None
        return load_key_file(key, certificate=cert, password=secret) if key else None
    except (OSError, KeyUnreadable, CertificatesUnavailable) as error:
        raise Misconfigured("Nyckeln går inte att läsa: {error}", error=error) from error


def required_host(host: Host | None) -> Host:
    """Return the host, where there is an installation.

    Raises:
        Misconfigured: There is none.
    """
    if host is None:
        raise Misconfigured("Kommandot behöver databasen. Kontrollera inställningarna med: budkavle config check")
    return host


def _list(host: Host | None) -> click.Command:
    @click.command("list", help="Visa nycklarna för ORGANISATION, den nyaste först.")
    @click.argument("organisation")
    def show(organisation: str) -> None:
        membership = _membership(required_host(host), organisation)
        for key in membership.own:
            certificate = key.pair.certificate
            subject = certificate.subject.rfc4514_string()
            day = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
            role, parameters = role_of(membership, key)
            click.echo(f"{key.id}  {translate(role.format(**parameters))}  {day}  {subject}")

    return show


def _add(host: Host | None) -> click.Command:
    @click.command("add", help="Lägg in en ny nyckel för ORGANISATION: den öppnar genast, och skriver under senare.")
    @click.argument("organisation")
    @key_options
    @click.option("--sign-now", is_flag=True, help="Låt den skriva under genast, utan att vänta på publiceringen.")
    def add(organisation: str, *, sign_now: bool, **options: Any) -> None:
        installed = required_host(host)
        membership, pair = _membership(installed, organisation), read_pair(installed, **options)
        if pair is None:
            raise Invalid("Ange nyckeln med --key, eller med --pkcs11 och --cert.")
        system = installed.system(membership.organisation_id, ActorScope.ADMINISTER)
        memberships, reference = memberships_of(installed), options["pkcs11"] or ""
        number = management.add(memberships, membership, pair, actor=system, reference=reference, signs=sign_now)
        click.echo(f"{number}")
        if not sign_now:
            click.echo(translate(management.PUBLISH), err=True)

    return add


def _use(host: Host | None) -> click.Command:
    @click.command("use", help="Låt nyckeln ID skriva under för ORGANISATION, genast eller från en tidpunkt.")
    @click.argument("organisation")
    @click.argument("pair_id", metavar="ID", type=click.UUID)
    @click.option("--from", "start", type=click.DateTime(), help="Tidpunkten (UTC).")
    def use(organisation: str, pair_id: UUID, start: datetime | None) -> None:
        installed = required_host(host)
        at = start.replace(tzinfo=UTC) if start else None
        memberships_of(installed).sign_with(organisation_by_slug(installed.platform, organisation).id, pair_id, at)

    return use


def _remove(host: Host | None) -> click.Command:
    @click.command("remove", help="Ta bort nyckeln ID. Det som är krypterat till den kan sedan ingen öppna.")
    @click.argument("organisation")
    @click.argument("pair_id", metavar="ID", type=click.UUID)
    def remove(organisation: str, pair_id: UUID) -> None:
        installed = required_host(host)
        memberships_of(installed).remove(organisation_by_slug(installed.platform, organisation).id, pair_id)

    return remove


def _membership(host: Host, slug: str) -> Membership:
    membership = memberships_of(host).of_organisation(organisation_by_slug(host.platform, slug).id)
    if membership is None:
        raise NotFound("{slug} deltar inte i SDK. Anslut organisationen först: budkavle sdk join", slug=slug)
    return membership


def _in_token(host: Host, reference: str, cert: Path | None) -> KeyPair:
    if cert is None:
        raise KeyUnreadable("En nyckel i en modul behöver sitt certifikat: ange det med --cert.")
    pair = open_stored(stored(reference, load_certificate(cert.read_bytes())), host.settings.pkcs11)
    check_key_pair(pair)
    return pair
