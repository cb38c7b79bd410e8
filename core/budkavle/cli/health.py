"""`budkavle health`: the checks of the core and of the plugins, with what to do about problems."""

import sys
from dataclasses import asdict

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import as_json, say, translate, words


@click.command(help="Visa hur installationen mår; utgångskod 1 om något inte är bra.")
@click.option("--org", "slug", help="Visa också det som gäller den här organisationen.")
@click.option("--json", "json_", is_flag=True, help="Skriv JSON för program.")
@click.option(
    "--trust-clock", is_flag=True, help="Databasserverns klocka är kontrollerad och går rätt: låt gallringen gå vidare."
)
@click.pass_obj
def health(installation: Installation, slug: str | None, *, json_: bool, trust_clock: bool) -> None:
    """Ask every check."""
    from budkavle.operations import clock
    from budkavle.operations.health import check_all

    if trust_clock:
        clock.believe(installation.platform)
    organisations = [None, installation.organisation(slug)] if slug else [None]
    answers = [
        answer for organisation_id in organisations for answer in check_all(installation.platform, organisation_id)
    ]
    if json_:
        as_json([asdict(answer) | {"sentence": str(answer)} for answer in answers])
    else:
        for answer in answers:
            mark = click.style("✓", fg="green") if answer.ok else click.style("✗", fg="red")
            mark = click.style("!", fg="yellow") if answer.ok and answer.notable else mark
            answer_text = translate(str(answer))
            click.echo(f"{mark} {words().gettext(answer.name)}: {answer_text}")
            if answer.remedy and (answer.notable or not answer.ok):
                say("  Gör så här: {remedy}", remedy=words().gettext(answer.remedy))
    sys.exit(0 if all(answer.ok for answer in answers) else 1)
