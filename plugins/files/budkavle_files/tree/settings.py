"""What an organisation chooses about its files."""

from typing import Annotated

import msgspec

from budkavle import Setting, SettingsSection

N_ = str
"""Marks a sentence for the translations."""


class FileSettings(msgspec.Struct, frozen=True):
    """Who may do what with files, and how much room there is."""

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


SECTION = SettingsSection(
    name="files",
    type=FileSettings,
    title="Filer",
    help="Kataloger, delning, papperskorg och utrymme.",
    changed_by="administrators",
)
