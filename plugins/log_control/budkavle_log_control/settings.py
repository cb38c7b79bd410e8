"""An organisation's settings: reviewers, sample sizes, rules, and how long reviews are kept."""

from typing import Annotated

import msgspec

from budkavle import Setting

ORGANISATION, MAILBOX = "organisation", "mailbox"
ROLE, NAME = "role", "name"


class LogControlSettings(msgspec.Struct, frozen=True):
    """The section Loggkontroll."""

    reviewers: Annotated[
        str,
        Setting(
            label="Granskare",
            help="E-postadresser till konton, en på varje rad. De granskar vem som har öppnat vad, aldrig sig själva."
            " Organisationens administratörer kan det också.",
            lines=5,
            most=4000,
        ),
    ] = ""
    sample: Annotated[
        int,
        Setting(
            label="Slumpvisa stickprov", help="Så många öppningar dras på måfå.", unit="i veckan", least=0, most=500
        ),
    ] = 10
    per: Annotated[
        str,
        Setting(
            label="Stickprov ur",
            help="Om antalet gäller hela organisationen eller varje brevlåda.",
            choices={ORGANISATION: "Organisationen som helhet", MAILBOX: "Varje brevlåda"},
        ),
    ] = ORGANISATION
    most: Annotated[
        int,
        Setting(
            label="Högst så många av varje regel",
            help="Fler räknas bara, och antalet står i månadens sammanställning.",
            unit="om dagen",
            least=1,
            most=500,
        ),
    ] = 10
    relatives: Annotated[
        bool, Setting(label="Samma efternamn", help="Den som öppnar har samma efternamn som någon i ärendet.")
    ] = True
    own_case: Annotated[bool, Setting(label="Eget ärende", help="Hela namnet på den som öppnar står i ärendet.")] = True
    own_number: Annotated[
        bool,
        Setting(
            label="Eget personnummer",
            help="Jämför personnumren i varje öppnat ärende med läsarens eget. Då läses ärendets innehåll av systemet,"
            " och det står i händelseloggen.",
        ),
    ] = False
    protected: Annotated[
        bool, Setting(label="Skyddade ärenden", help="Ärenden med sekretess eller krav på tillitsnivå.")
    ] = True
    many: Annotated[
        int,
        Setting(label="Många ärenden", help="Så många olika ärenden av samma person är många.", least=2, most=1000),
    ] = 40
    many_minutes: Annotated[
        int, Setting(label="Inom", help="Den tid som ärendena räknas i.", unit="minuter", least=5, most=480)
    ] = 60
    hours: Annotated[
        bool, Setting(label="Utanför arbetstid", help="Öppnat före eller efter arbetstid, eller under en helg.")
    ] = True
    day_from: Annotated[
        int, Setting(label="Arbetstiden börjar", help="Hel timme.", unit="timmar", least=0, most=23)
    ] = 6
    day_to: Annotated[int, Setting(label="Arbetstiden slutar", help="Hel timme.", unit="timmar", least=1, most=24)] = 19
    unusual: Annotated[
        bool,
        Setting(
            label="Ovan brevlåda",
            help="Öppnat utan att göra något, i en brevlåda där personen inte har gjort något på länge.",
        ),
    ] = True
    unusual_days: Annotated[
        int, Setting(label="På länge är", help="Så långt tillbaka räknas.", unit="dagar", least=7, most=365)
    ] = 30
    keep_years: Annotated[
        int, Setting(label="Granskningar sparas i", help="Sedan förstörs de.", unit="år", least=1, most=20)
    ] = 5
    names: Annotated[
        str,
        Setting(
            label="I loggutdrag står",
            help="Vad den som begär ett utdrag får veta om personalen.",
            choices={ROLE: "Roll och enhet", NAME: "Namn och enhet"},
        ),
    ] = ROLE
