"""What is done with the scanner's word: when files are scanned, and what happens while it does not answer.

Sources: SAD 1.4.7 (a message service scans both before it sends and after it has received); Innehållsspecifikation
1.5.2, 5.3, row 3.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate
from typing import Final
from uuid import UUID

from budkavle import Health, Host
from budkavle_sdk_transport import words
from budkavle_sdk_transport.discovery.settings import SIMULATOR
from budkavle_sdk_transport.scanning import ELSEWHERE, Clamd, ScannerSettings, ScannerUnavailable

REMEMBERED: Final = 1000
REMEMBERED_SECONDS: Final = 3600.0
"""How long the verdict about a file of ours holds: from when it is judged at its field until it is sealed."""
OLD_DAYS: Final = 7
"""Signatures come several times a day; older than this, they have stopped coming."""

NAME: Final = "Virusskydd för SDK"
OFF: Final = "Bilagor kontrolleras inte mot skadlig kod: inget virusskydd är inställt."
WELL: Final = "Bilagor kontrolleras mot skadlig kod. {version}, signaturer från {day}."
WELL_UNDATED: Final = "Bilagor kontrolleras mot skadlig kod. {version}; hur gamla signaturerna är går inte att säga."
OLD: Final = "Bilagor kontrolleras mot skadlig kod, men signaturerna är från {day}."
OLD_REMEDY: Final = "Kontrollera att freshclam är i gång och når ut."
WAITING: Final = "{error} Meddelanden med bilagor väntar: de varken tas emot eller skickas."
ACCEPTING: Final = "{error} Bilagor tas emot och skickas utan kontroll."
SILENT_REMEDY: Final = "Starta clamd, och kontrollera address och timeout_seconds i [plugins.sdk.scanner]."
BLIND: Final = "Virusskyddet svarar, men hittar inte testfilen EICAR."
BLIND_REMEDY: Final = "Kontrollera att clamd har signaturer: kör freshclam och starta om clamd."
OFF_REMEDY: Final = (
    "Ange virusskyddets adress i [plugins.sdk.scanner] address. "
    'Granskas filerna redan på vägen hit, skriv "elsewhere" där.'
)
AWAY: Final = "Bilagor kontrolleras inte här mot skadlig kod: enligt inställningen görs det någon annanstans."

_DATED: Final = re.compile(r"^(?P<version>ClamAV [^/]+)/\d+/(?P<date>.+)$")
# In two pieces, so that no scanner takes this file for the test file.
_EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"


class Screening:
    """The scanner, where the settings name one, and the installation's policy."""

    def __init__(self, host: Host, settings: ScannerSettings) -> None:
        self._host = host
        self._settings = settings
        here = settings.address not in {"", ELSEWHERE}
        self._clamd = Clamd(settings.address, settings.timeout_seconds) if here else None
        self._lock = threading.Lock()
        self._known: OrderedDict[UUID, tuple[float, str]] = OrderedDict()

    def incoming(self) -> Screen:
        """Return what scans the files of one parcel."""
        return Screen(self._malware_in)

    def outgoing(
        self, attachment_id: UUID | None, read: Callable[[], Iterable[bytes]], within: float | None = None
    ) -> str:
        """Return the name of the malware in a file of ours, empty for none; within the hour it is scanned once.

        Args:
            attachment_id: Of the file, if it has one.
            read: Gives its bytes.
            within: Seconds that the scanner gets, where that is less than the settings give it.

        Raises:
            ScannerUnavailable: The scanner gave no answer, and the settings say to wait.
        """
        if self._clamd is None:
            return ""
        known = self._recall(attachment_id) if attachment_id else None
        if known is None:
            known = self._malware_in(read(), within)
            if known is not None and attachment_id:
                self._note(attachment_id, known)
        return known or ""

    def health(self) -> Iterator[Health]:
        """Tell whether the scanner answers, and how old its signatures are; none is passable only in the simulator."""
        if self._settings.address == ELSEWHERE:
            yield Health(NAME, ok=True, sentence=AWAY)
            return
        if self._clamd is None:
            settings = self._host.settings
            simulated = settings.access_point == "spool" and settings.discovery.environment == SIMULATOR
            yield Health(NAME, ok=simulated, sentence=OFF, remedy=OFF_REMEDY, notable=True)
            return
        try:
            yield _told(self._clamd.version())
        except ScannerUnavailable as error:
            sentence = WAITING if self._settings.unanswered == "wait" else ACCEPTING
            yield Health(NAME, ok=False, sentence=sentence, remedy=SILENT_REMEDY, facts={"error": error})

    def trial(self) -> Iterator[Health]:
        """Tell the same, and whether it finds the file that every scanner is to find."""
        answers = list(self.health())
        if self._clamd is not None and answers[0].remedy != SILENT_REMEDY:
            try:
                if not self._clamd.malware_in([_EICAR]):
                    answers = [Health(NAME, ok=False, sentence=BLIND, remedy=BLIND_REMEDY)]
            except ScannerUnavailable as error:
                answers = [Health(NAME, ok=False, sentence=str(error), remedy=SILENT_REMEDY)]
        yield from answers

    def _malware_in(self, pieces: Iterable[bytes], within: float | None = None) -> str | None:
        """The malware's name, empty for none; None where nothing has been scanned."""
        if (clamd := self._clamd) is None:
            return ""
        if within is not None:  # a copy: no answer so soon is no reason to leave it alone
            clamd = replace(clamd, timeout_seconds=min(within, clamd.timeout_seconds))
        try:
            name = clamd.malware_in(pieces)
        except ScannerUnavailable as error:
            self._host.log.warning("sdk.scanner_unavailable", unanswered=self._settings.unanswered, reason=str(error))
            if self._settings.unanswered == "wait":
                raise
            return None
        if name:
            self._host.log.warning("sdk.malware_found", name=name)
        return name

    def _recall(self, attachment_id: UUID) -> str | None:
        with self._lock:
            until, name = self._known.get(attachment_id, (0.0, ""))
        return name if time.monotonic() < until else None

    def _note(self, attachment_id: UUID, name: str) -> None:
        with self._lock:
            self._known[attachment_id] = time.monotonic() + REMEMBERED_SECONDS, name
            self._known.move_to_end(attachment_id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


@dataclass(slots=True)
class Screen:
    """Scans the files of one parcel, and knows whether any was taken without.

    Attributes:
        malware_in: See `Screening`.
        unscanned: Whether the reader is to be warned.
    """

    malware_in: Callable[[Iterable[bytes]], str | None]
    unscanned: bool = False

    def scan(self, content: bytes) -> str:
        """Return the malware's name, empty for none; see `Checks.scan`."""
        name = self.malware_in([content])
        self.unscanned = self.unscanned or name is None
        return name or ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stands at the message for who reads it."""
        return (words.UNSCANNED,) if self.unscanned else ()


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
