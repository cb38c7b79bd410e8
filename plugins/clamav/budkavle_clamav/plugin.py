"""The hook implementations of the plugin."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from budkavle import HealthCheck, Host, hookimpl
from budkavle_clamav.settings import ClamavSettings

if TYPE_CHECKING:
    from budkavle.operations import MalwareScanner
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[ClamavSettings]:
    """Give the type of `[plugins.clamav]`."""
    return ClamavSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Viruskontroll"


@hookimpl
def budkavle_malware_scanners(host: Host) -> "Iterable[MalwareScanner]":
    """Give the scanner."""
    from budkavle_clamav.scanner import scanner

    return [scanner(host.settings)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report a scanner on another machine that is reached without encryption."""
    from budkavle_clamav.scanner import plaintext

    return [HealthCheck("plaintext", partial(plaintext, host.settings), at_start=True)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles. It stores none."""
    from budkavle.organisation import People, PersonalData

    return [
        PersonalData(
            name="scanning",
            title="Virusskydd",
            purpose="Skydda de som öppnar filer mot skadlig kod.",
            people=(People.MENTIONED,),
            data="Innehållet i filer medan de läses. Virusskyddet får inte veta vad de heter eller vem de kommer från.",
            kept="Inget sparas. Att en fil med skadlig kod inte togs emot står i händelseloggen.",
        )
    ]
