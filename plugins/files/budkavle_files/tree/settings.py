"""An organisation's settings for its files."""

from typing import Annotated

import msgspec

from budkavle import Setting, SettingsSection

N_ = str
"""Marks a sentence for the translations."""
LEVELS = {0: N_("Ingen"), 1: N_("Tillitsnivå 1"), 2: N_("Tillitsnivå 2"), 3: N_("Tillitsnivå 3")}
"""The names of the levels of assurance."""


class FileSettings(msgspec.Struct, frozen=True):
    """Who may do what with files, and how much space there is."""

    creators: Annotated[
        str,
        Setting(
            label="Vem som får skapa kataloger",
            help="Gäller kataloger överst i trädet. I en katalog skapar dess författare nya kataloger.",
            choices={"everyone": N_("Alla användare"), "administrators": N_("Organisationens administratörer")},
        ),
    ] = "everyone"
    guests: Annotated[
        bool,
        Setting(
            label="Dela med gäster",
            help="Den som är administratör för en katalog får dela med personer utan konto, genom en länk.",
        ),
    ] = True
    bin_days: Annotated[
        int,
        Setting(
            label="Dagar i Filers papperskorg",
            help="Så länge kan det som har tagits bort återställas. Sedan förstörs det.",
            unit="dagar",
            least=1,
            most=365,
        ),
    ] = 30
    retention_days: Annotated[
        int,
        Setting(
            label="Dagar som filer finns",
            help="Sedan gallras de natten efter, och går aldrig att läsa igen. Dagarna räknas från den senaste"
            " versionen. Kataloger kan ha ett eget antal dagar. 0 betyder att filer inte gallras.",
            unit="dagar",
            least=0,
            most=36_500,
        ),
    ] = 0
    quota: Annotated[
        int,
        Setting(
            label="Utrymme för varje person och brevlåda",
            help="Alla versioner räknas, och det som ligger i papperskorgen. 0 betyder att inget tak finns.",
            unit="GB",
            least=0,
            most=10_000,
        ),
    ] = 20
    quota_in_all: Annotated[
        int,
        Setting(
            label="Utrymme för hela organisationen",
            help="Alla personers och brevlådors filer tillsammans. 0 betyder att inget tak finns.",
            unit="GB",
            least=0,
            most=1_000_000,
        ),
    ] = 0
    webdav: Annotated[
        bool,
        Setting(
            label="Filer som en enhet på datorn",
            help="Användare får skapa applösenord och öppna sina kataloger i Utforskaren, Finder eller ett annat"
            " program (WebDAV).",
        ),
    ] = False
    webdav_loa: Annotated[
        int,
        Setting(
            label="Högsta tillitsnivå för ett applösenord",
            help="Det som kräver en högre nivå syns inte på datorn. Ett applösenord ligger kvar i datorn och ersätter"
            " inte en e-legitimation.",
            choices=LEVELS,
        ),
    ] = 2


SECTION = SettingsSection(
    name="files",
    type=FileSettings,
    title="Filer",
    help="Kataloger, delning, papperskorg, utrymme och Filer på datorn.",
    changed_by="administrators",
)
