"""Malware scanning of received files before any of them is opened; files with malware are left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from budkavle.cases.owned.screening import scan_file
from budkavle.model.errors import TooLarge
from budkavle.model.messages import File
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_log

REMOVED: Final = "{name} innehöll skadlig kod ({malware}) och togs bort. Be avsändaren skicka filen på nytt."
UNREAD: Final = "{name} är större än virusskyddet läser och togs bort. Be avsändaren dela upp filen."
UNSCANNED: Final = "{name} kunde inte kontrolleras mot skadlig kod."


@dataclass(frozen=True, slots=True)
class ScreenedFiles:
    """The files of a message that may be accepted.

    Attributes:
        files: Those that are kept, in the same order.
        warnings: Notes for the reader about files that were left out, or accepted unscanned.
    """

    files: tuple[File, ...]
    warnings: tuple[str, ...] = ()


def screen_arriving(platform: Platform, actor: Actor, remote_id: str, files: Iterable[File]) -> ScreenedFiles:
    """Leave out the files of an incoming message that contain malware, and log each in the event log without its name.

    For a transport that cannot refuse the message. Call it outside of any transaction, before anything opens the files.
    If the message is received again because it could not be stored, nothing is logged again.

    Args:
        platform: The installation.
        actor: The transport's actor in the message's organisation: `host.system(organisation_id)`.
        remote_id: The sender's identifier of the message.
        files: Its files, as received.

    Raises:
        ScannerUnavailable: A file cannot be scanned now; leave the message where it is.

    Example:
        screened = screen_arriving(host.platform, host.system(organisation_id), parcel.id, parcel.files)
        host.accept(replace(incoming, files=screened.files, warnings=screened.warnings))
    """
    accepted: list[File] = []
    warnings: list[str] = []
    refused: list[str] = []
    for file in files:
        malware, warning = _judge(platform, file)
        accepted += [file] if malware is None else []
        warnings += [warning] if warning else []
        refused += [malware] if malware else []
    if refused:
        _note(platform, actor, remote_id, refused)
    return ScreenedFiles(tuple(accepted), tuple(warnings))


def _judge(platform: Platform, file: File) -> tuple[str | None, str]:
    """Return the malware because of which a file is left out, and the warning for the message's reader.

    The malware is None if the file is kept, and empty if it is left out unscanned.
    """
    try:
        result = scan_file(platform, lambda: [file.content])
    except TooLarge:
        return "", Sentence(UNREAD, name=file.file_name)
    if not result.malware:
        return None, Sentence(UNSCANNED, name=file.file_name) if result.unscanned else ""
    return result.malware, Sentence(REMOVED, name=file.file_name, malware=result.malware)


def _note(platform: Platform, actor: Actor, remote_id: str, refused: Sequence[str]) -> None:
    """Log a message's refused files in the event log, unless an earlier try has logged them."""
    c, kind = audit_log.c, "malware.refused"
    noted = select(c.entry).where(c.organisation_id == actor.organisation_id, c.kind == kind, c.thing == remote_id)
    chain_log(platform.database, actor.organisation_id)
    with platform.work(actor) as work:
        before = {audit.parse_entry(0, entry).facts["malware"] for entry in work.connection.execute(noted).scalars()}
        for malware in refused:
            if malware not in before:
                audit.record(work, "malware.refused", remote_id, malware=malware)
