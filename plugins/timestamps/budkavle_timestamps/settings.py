"""The plugin's settings: `[plugins.timestamps]` of the installation, and those of each organisation."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Struct

from budkavle import Organisation, Setting

PEM = "Klistra in certifikatet som PEM: det börjar med BEGIN CERTIFICATE."


class TimestampSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The settings of the installation, which apply if an organisation chooses nothing.

    Attributes:
        url: The address of the time stamping authority (RFC 3161). Without it nothing is stamped.
        root: The root certificates (PEM) that its stamps are verified with. `root_file` reads them from a file.
        policy: The policy (OID) that its stamps must have. If empty, any.
        every_minutes: How often a log with new entries is stamped.
        timeout_seconds: How long the authority may take for one response.
    """

    url: str = ""
    root: str = ""
    policy: str = ""
    every_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 60
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0


class StampSettings(Struct, frozen=True):
    """The authority that stamps an organisation's event log, and how often."""

    url: Annotated[
        str,
        Setting(
            label="Adress till tidsstämplingstjänsten",
            help="Tjänsten ska tala RFC 3161. Lämna tomt för att inte stämpla.",
            most=500,
        ),
    ] = ""
    root: Annotated[
        str,
        Setting(
            label="Tjänstens rotcertifikat",
            help="PEM. Stämplarna bedöms efter det. Hämta det från tjänsten på en annan väg än stämplarna.",
            most=20_000,
            lines=6,
        ),
    ] = ""
    policy: Annotated[
        str,
        Setting(label="Policy", help="Den OID som stämplarna ska ha, som 1.2.3.4.1. Tomt godtar alla.", most=100),
    ] = ""
    every: Annotated[
        timedelta,
        Setting(
            label="Stämpla så ofta",
            help="Bara om något har hänt sedan dess.",
            unit="minuter",
            least=1,
            most=1_440,
        ),
    ] = timedelta(hours=1)


def faults_of(value: StampSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - the signature of all checks
    """Return an error message for each invalid field."""
    faults = {}
    if value.url and not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", value.url):
        faults["url"] = "Adressen ska börja med https:// eller http:// och ha ett värdnamn."
    if value.url and "-----BEGIN CERTIFICATE-----" not in value.root:
        faults["root"] = PEM
    if value.policy and not re.fullmatch(r"[0-2](\.\d+)+", value.policy, re.ASCII):
        faults["policy"] = "Skriv en OID: tal med punkter emellan."
    return faults
