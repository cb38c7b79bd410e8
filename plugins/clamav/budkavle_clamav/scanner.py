"""clamd as a scanner of the core, and the installation's policy for files that it does not scan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate
from typing import TYPE_CHECKING, Final

from budkavle import Health, TooLarge
from budkavle.operations import ScannerUnavailable
from budkavle_clamav.clamd import Clamd, host_of
from budkavle_clamav.settings import ELSEWHERE, ClamavSettings

if TYPE_CHECKING:
    from uuid import UUID

    from budkavle.operations import MalwareScanner

OLD_DAYS: Final = 7
"""Signatures come several times a day. If they are older than this, they have stopped coming."""
NAME: Final = "Virusskydd"
WELL: Final = "Filer kontrolleras mot skadlig kod. {version}, signaturer från {day}."
WELL_UNDATED: Final = "Filer kontrolleras mot skadlig kod. {version}; hur gamla signaturerna är går inte att säga."
OLD: Final = "Filer kontrolleras mot skadlig kod, men signaturerna är från {day}."
OLD_REMEDY: Final = "Kontrollera att freshclam är i gång och når ut."
WAITING: Final = "{error} Filer väntar: de varken tas emot eller skickas."
ACCEPTING: Final = "{error} Filer tas emot och skickas utan kontroll."
SILENT_REMEDY: Final = "Starta clamd, och kontrollera address och timeout_seconds i [plugins.clamav]."
BLIND: Final = "Virusskyddet svarar, men hittar inte testfilen EICAR."
BLIND_REMEDY: Final = "Kontrollera att clamd har signaturer: kör freshclam och starta om clamd."
AWAY: Final = "Filer kontrolleras inte här mot skadlig kod: enligt inställningen görs det någon annanstans."
UNSCANNED: Final = "Filer över {most} byte tas emot utan kontroll mot skadlig kod."
TOO_LARGE: Final = (
    "Filen är större än {most} byte, som är det mesta virusskyddet läser, så den kan inte tas emot. Dela upp den."
)

_DATED: Final = re.compile(r"^(?P<version>ClamAV [^/]+)/\d+/(?P<date>.+)$")
# Split in two, so that no scanner takes this file for the test file.
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"


def scanner(settings: ClamavSettings) -> MalwareScanner:
    """Return the scanner chosen in the settings."""
    return Elsewhere() if settings.address == ELSEWHERE else ClamavScanner(settings)


class ClamavScanner:
    """Scans files with clamd."""

    name = "clamav"

    def __init__(self, settings: ClamavSettings) -> None:
        self._settings = settings
        self.most_bytes: int | None = settings.max_bytes if settings.too_large == "refuse" else None
        self.clamd = Clamd(settings.address, settings.timeout_seconds, ca=settings.ca)

    def malware_in(self, pieces: Iterable[bytes], within: float | None) -> str | None:
        """Return the name of the malware; see `MalwareScanner`.

        Raises:
            ScannerUnavailable: clamd did not respond, and the settings say to wait.
            TooLarge: The file exceeds the size limit, and the settings say to refuse it.
        """
        clamd = self.clamd
        if within is not None:  # a copy: a timeout this short is no reason to pause the scanner
            clamd = replace(clamd, timeout_seconds=min(within, clamd.timeout_seconds))
        try:
            return clamd.malware_in(self._bounded(pieces))
        except ScannerUnavailable:
            if self._settings.unanswered == "wait":
                raise
            return None
        except _AboveLimit:
            if self._settings.too_large == "refuse":
                raise TooLarge(TOO_LARGE, most=self._settings.max_bytes) from None
            return None

    def health(self) -> Iterator[Health]:
        """Report whether clamd responds and finds the EICAR test file, and how old its signatures are."""
        try:
            version = self.clamd.version()
            sees = bool(self.clamd.malware_in([EICAR]))
        except ScannerUnavailable as error:
            sentence = WAITING if self._settings.unanswered == "wait" else ACCEPTING
            yield Health(NAME, ok=False, sentence=sentence, remedy=SILENT_REMEDY, facts={"error": error.sentence})
            return
        yield _told(version) if sees else Health(NAME, ok=False, sentence=BLIND, remedy=BLIND_REMEDY)
        if self._settings.too_large == "accept":
            facts = {"most": self._settings.max_bytes}
            yield Health(NAME, ok=True, sentence=UNSCANNED, facts=facts, notable=True)

    def _bounded(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self._settings.max_bytes:
                raise _AboveLimit
            yield piece


class Elsewhere:
    """Scans nothing: something else on the path of the files does it."""

    name = "clamav"
    most_bytes: int | None = None

    def malware_in(self, pieces: Iterable[bytes], within: float | None) -> str | None:  # noqa: ARG002 - the signature of all scanners
        """Return an empty string, without reading."""
        return ""

    def health(self) -> Iterator[Health]:
        """Report that files are not scanned here."""
        yield Health(NAME, ok=True, sentence=AWAY)


class _AboveLimit(Exception):
    """The file exceeds the size limit."""


def _told(version: str) -> Health:
    dated = _DATED.match(version)
    date = parsedate(dated["date"]) if dated else None
    if dated is None or date is None:
        return Health(NAME, ok=True, sentence=WELL_UNDATED, facts={"version": version})
    made = datetime(*date[:6], tzinfo=UTC)
    facts: dict[str, object] = {"version": dated["version"], "day": f"{made:%Y-%m-%d}"}
    if (datetime.now(UTC) - made).days >= OLD_DAYS:
        return Health(NAME, ok=False, sentence=OLD, remedy=OLD_REMEDY, facts=facts)
    return Health(NAME, ok=True, sentence=WELL, facts=facts)


def plaintext(settings: ClamavSettings, organisation_id: UUID | None) -> list[Health]:
    """Report whether files cross a network unencrypted on their way to clamd. Organisations have no clamd."""
    kind = settings.address.partition(":")[0]
    if organisation_id is not None or kind != "tcp":
        return []
    return Health.unencrypted(NAME, "plugins.clamav.address", host_of(settings.address))
