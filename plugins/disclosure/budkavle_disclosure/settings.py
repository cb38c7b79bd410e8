"""The organisation's settings: who may work at the desk, and what a person is told about their data."""

from typing import Annotated

import msgspec

from budkavle import Setting

_TOLD = "Står i varje registerutdrag (dataskyddsförordningen artikel 15)."


class DisclosureSettings(msgspec.Struct, frozen=True):
    """The section Allmänna handlingar."""

    desk: Annotated[
        str,
        Setting(
            label="Handläggare",
            help="E-postadresser till konton, en på varje rad. De kan lista och läsa alla brevlådors meddelanden"
            " för att lämna ut dem. Organisationens administratörer kan det också.",
            lines=5,
            most=4000,
        ),
    ] = ""
    package_days: Annotated[
        int,
        Setting(label="Registerutdraget kan hämtas i", help="Sedan förstörs filen.", unit="dagar", least=1, most=30),
    ] = 14
    package_downloads: Annotated[
        int,
        Setting(label="Antal hämtningar", help="Så många gånger kan filen hämtas.", unit="gånger", least=1, most=10),
    ] = 3
    keep_days: Annotated[
        int,
        Setting(
            label="En avslutad begäran sparas i",
            help="Sedan tas den sökta personens uppgifter bort. Händelseloggen säger att begäran har funnits.",
            unit="dagar",
            least=1,
            most=3650,
        ),
    ] = 90
    purposes: Annotated[str, Setting(label="Ändamål", help=_TOLD, lines=3)] = (
        "Att ta emot, handlägga och besvara meddelanden i organisationens verksamhet, och att visa vem som har gjort"
        " vad. Den rättsliga grunden är uppgift av allmänt intresse och myndighetsutövning."
    )
    recipients: Annotated[str, Setting(label="Mottagare", help=_TOLD, lines=3)] = (
        "De mottagare som står vid varje meddelande. Handlingarna är allmänna och kan lämnas ut till den som begär dem,"
        " efter sekretessprövning."
    )
    retention: Annotated[str, Setting(label="Lagringstid", help=_TOLD, lines=3)] = (
        "Så länge som organisationens dokumenthanteringsplan säger. Därefter gallras eller arkiveras handlingarna."
    )
    source: Annotated[str, Setting(label="Varifrån uppgifterna kommer", help=_TOLD, lines=3)] = (
        "Från den som har skickat varje meddelande, och från organisationens egna handläggare."
    )
    decisions: Annotated[str, Setting(label="Automatiserade beslut", help=_TOLD, lines=3)] = (
        "Inga automatiserade beslut fattas, och ingen profilering görs."
    )
    transfers: Annotated[str, Setting(label="Tredjeland", help=_TOLD, lines=3)] = (
        "Uppgifterna förs inte över till något land utanför EU och EES."
    )
    contact: Annotated[str, Setting(label="Dataskyddsombud", help=_TOLD, lines=3)] = (
        "Kontakta organisationen, så når du dess dataskyddsombud."
    )
