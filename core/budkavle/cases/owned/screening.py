"""Malware scanning of files before anybody opens them, by the scanners that plugins provide."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Invalid, TooLarge, Unresponsive
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.malware_scanner import ScannerUnavailable
from budkavle.storage import audit
from budkavle.storage.platform import Platform

if TYPE_CHECKING:
    from budkavle.plugins.protocols.malware_scanner import MalwareScanner

KIND: Final = "malware_scanners"
FAILED: Final = "Virusskyddet kunde inte läsa filen."
REFUSED: Final = "{name} innehåller skadlig kod ({malware}) och har inte sparats. Öppna inte filen hos dig heller."
LARGE: Final = (
    "{name} är större än {most} MB, som är det mesta virusskyddet läser, så filen kan inte tas emot. Dela upp den."
)
AWAY: Final = "Filen kan inte kontrolleras mot skadlig kod just nu, så den har inte sparats. Försök igen om en stund."
log = structlog.get_logger("budkavle.cases.screening")


class FileRefused(Invalid):
    """The scanners refuse a file for good: it contains malware, or is larger than they read. Nothing is kept."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of the scanners for a file.

    Attributes:
        malware: The malware's name; empty if none was found.
        unscanned: Whether a scanner did not read it, and the installation accepts such files all the same.
    """

    malware: str = ""
    unscanned: bool = False


def scan_file(platform: Platform, read: Callable[[], Iterable[bytes]], within: float | None = None) -> ScanResult:
    """Scan a file for malware with every active scanner; without one, nothing is found.

    Call it outside of any transaction: it takes as long as the scanner does.

    Args:
        platform: The installation.
        read: Returns the bytes from the beginning; called once for each scanner.
        within: Seconds for each scanner, if less than its settings allow.

    Raises:
        ScannerUnavailable: A scanner gave no answer, and the installation accepts no file without one.
        TooLarge: A scanner does not read files this large, and the installation accepts none unread.

    Example:
        result = scan_file(host.platform, lambda: [photo])
        if result.malware:
            raise Invalid("Bilden innehåller skadlig kod.")
    """
    unscanned = False
    for of in platform.plugins.registered(KIND):
        scanner: MalwareScanner = of.thing
        try:
            malware = _scanned(platform, scanner, of.plugin, read(), within)
        except ScannerUnavailable as error:
            log.warning("malware.scanner_unavailable", plugin=of.plugin, reason=str(error))
            raise
        unscanned = unscanned or malware is None
        if malware:
            log.warning("malware.found", plugin=of.plugin, name=malware)
            return ScanResult(malware)
    return ScanResult("", unscanned)


def screen_file(
    platform: Platform,
    actor: Actor,
    owner_id: UUID,
    name: str,
    read: Callable[[], Iterable[bytes]],
    *,
    field: str = "",
) -> None:
    """Refuse an added file that contains malware, and log that in the event log; its name is not logged.

    Args:
        platform: The installation.
        actor: The user who adds it.
        owner_id: What it was for.
        name: The file's name.
        read: Returns the bytes from the beginning.
        field: The form field that it was chosen in, where the error is shown.

    Raises:
        FileRefused: It contains malware, or is larger than the scanners read; the caller destroys the bytes.
        ScannerUnavailable: As for `scan_file`.
    """
    try:
        malware = scan_file(platform, read).malware
    except ScannerUnavailable as error:
        raise ScannerUnavailable(AWAY, fields={field: AWAY} if field else None) from error
    except TooLarge as error:
        raise FileRefused(error.sentence, fields={field: error.sentence} if field else None) from error
    if not malware:
        return
    with platform.work(actor) as work:
        audit.record(work, "malware.refused", owner_id, malware=malware)
    sentence = Sentence(REFUSED, name=name, malware=malware)
    raise FileRefused(sentence, fields={field: sentence} if field else None)


def most_bytes(platform: Platform) -> int | None:
    """Return the largest size that the scanners allow; None if size does not matter."""
    limits = [of.thing.most_bytes for of in platform.plugins.registered(KIND) if of.thing.most_bytes is not None]
    return min(limits, default=None)


def check_size(platform: Platform, name: str, size: int) -> None:
    """Refuse a file before it is sent if it is larger than the scanners allow.

    Raises:
        TooLarge: It is larger.
    """
    most = most_bytes(platform)
    if most is not None and size > most:
        raise too_large(name, most)


def too_large(name: str, most: int, field: str = "") -> TooLarge:
    """Return the error for a file that is larger than the scanners allow."""
    sentence = Sentence(LARGE, name=name, most=most // 1_000_000)
    return TooLarge(sentence, fields={field: sentence} if field else None)


def _scanned(
    platform: Platform, scanner: "MalwareScanner", plugin: str, pieces: Iterable[bytes], within: float | None
) -> str | None:
    try:
        called = Called(plugin, KIND, f"{scanner.name}.malware_in")
        return platform.plugins.walls.ask_here(called, within or 60.0, scanner.malware_in, pieces, within)
    except Unresponsive as error:
        raise ScannerUnavailable(FAILED) from error
    except BudkavleError:  # from the scanner, or from reading the pieces
        raise
    except Exception as error:
        log.error("plugin.failed", plugin=plugin, hook=KIND, **describe(error))  # noqa: TRY400 - its words may be content
        raise ScannerUnavailable(FAILED) from error
