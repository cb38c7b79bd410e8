"""`budkavle proof export|verify|key|script`."""

import sys
from pathlib import Path
from uuid import UUID

import click

from budkavle import ActorScope, Host, Misconfigured, NotFound, Organisation, translate
from budkavle.accounts import all_organisations
from budkavle_proof import verify_proof
from budkavle_proof.verification_script import source

_ORG = click.option("--org", "slug", help="Organisationens kortnamn; annars söks alla igenom.")
OPERATOR = "Kommandoraden"
ENGLISH = "Svara på engelska."


def group(host: Host | None) -> click.Group:
    """Return the commands. `verify` and `script` need no installation."""
    commands = [_export(host), _key(host), _verify(), _script()]
    return click.Group("proof", help="Leveransbevis: exportera och kontrollera.", commands=commands)


def _export(host: Host | None) -> click.Command:
    @click.command("export", help="Skriv leveransbeviset för meddelandet ID till en fil.")
    @click.argument("message_id", metavar="ID", type=click.UUID)
    @click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False), help="Filen; annars delivery-proof-ID.json."
    )
    @click.option("--pdf", is_flag=True, help="Skriv en PDF/A att läsa, med den underskrivna filen i sig.")
    @click.option("--stamp", is_flag=True, help="Låt en utomstående stämpla tiden nu, om en tjänst är vald.")
    @_ORG
    def export(message_id: UUID, out: Path | None, slug: str | None, *, stamp: bool, pdf: bool) -> None:
        plugin_host = _on(host)
        content = _find(plugin_host, message_id, slug, at_once=stamp)
        if pdf:
            from budkavle_proof.proof_pdf import typeset_proof

            content = typeset_proof(content, translate, "sv" if translate(ENGLISH) == ENGLISH else "en")
        file = out or Path(f"delivery-proof-{message_id}.{'pdf' if pdf else 'json'}")
        try:
            with file.open("xb") as target:
                target.write(content)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
        click.echo(str(file))

    return export


def _find(host: Host, message_id: UUID, slug: str | None, *, at_once: bool) -> bytes:
    from budkavle_proof.export import export

    for one in _organisations(host, slug):
        try:
            actor = host.system(one.id, ActorScope.READ, name=OPERATOR)
            return export(host, actor, message_id, at_once=at_once)
        except NotFound:
            continue
    raise NotFound("Meddelandet {id} finns inte.", id=message_id)


def _key(host: Host | None) -> click.Command:
    @click.command("key", help="Visa fingeravtrycket av den nyckel som organisationens bevis skrivs under med.")
    @_ORG
    def key(slug: str | None) -> None:
        from budkavle_proof.export import public_key

        plugin_host = _on(host)
        for organisation in _organisations(plugin_host, slug):
            click.echo(f"{organisation.slug}: {verify_proof.fingerprint(public_key(plugin_host, organisation.id))}")

    return key


def _verify() -> click.Command:
    @click.command("verify", help="Kontrollera ett leveransbevis utan nät; utgångskod 1 om det inte är äkta.")
    @click.argument("file", metavar="FIL", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option("--key", default="", help="Fingeravtrycket som organisationen själv har lämnat.")
    @click.option(
        "--compare",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="En fil att jämföra med bevisets kontrollsummor.",
    )
    @click.option(
        "--cert",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Certifikatet som den som har kvitterat själv har lämnat.",
    )
    @click.option(
        "--tsa-root",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Rotcertifikatet (PEM) för en tidsstämplingstjänst som du litar på.",
    )
    @click.option("--documents", type=click.Path(path_type=Path, file_okay=False), help="Mapp för kvittenserna.")
    @click.option("--english", is_flag=True, help=ENGLISH)
    def verify(file: Path, key: str, documents: Path | None, *, english: bool, **others: tuple[Path, ...]) -> None:
        files = [
            str(argument)
            for name, paths in others.items()
            for path in paths
            for argument in (f"--{name.replace('_', '-')}", path)
        ]
        more = ["--documents", str(documents)] if documents else []
        # The program has both languages itself. Here it follows the language of the terminal.
        more += ["--english"] if english or translate(ENGLISH) != ENGLISH else []
        sys.exit(verify_proof.main([str(file), "--key", key, *files, *more]))

    return verify


def _script() -> click.Command:
    @click.command("script", help="Skriv ut programmet som kontrollerar bevis utan Budkavle, en enda fil.")
    def script() -> None:
        click.echo(source(), nl=False)

    return script


def _on(host: Host | None) -> Host:
    if host is None:
        raise Misconfigured("Tillägget proof är inte påslaget. Skriv det i enabled, och försök igen.")
    return host


def _organisations(host: Host, slug: str | None) -> list[Organisation]:
    system = host.system(None, ActorScope.INSTALLATION, name=OPERATOR)
    organisations = [one for one in all_organisations(host.platform, system) if slug in {None, one.slug}]
    if slug and not organisations:
        raise NotFound("Organisationen {slug} finns inte.", slug=slug)
    return organisations
