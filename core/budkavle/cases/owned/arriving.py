"""Files that others send by a channel are scanned before any of them is opened; what holds malware is left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from budkavle.cases.owned.screening import scan_file
from budkavle.model.errors import TooLarge
from budkavle.model.messages import File
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.platform import Platform

REMOVED: Final = "{name} innehöll skadlig kod ({malware}) och togs bort. Be avsändaren skicka filen på nytt."
UNREAD: Final = "{name} är större än virusskyddet läser och togs bort. Be avsändaren dela upp filen."
UNSCANNED: Final = "{name} kunde inte kontrolleras mot skadlig kod."


@dataclass(frozen=True, slots=True)
class ScreenedFiles:
    """What may come in of the files of a message.

    Attributes:
        files: Those that are kept, in their order.
        warnings: What the reader is told of those that were left out, or came in unscanned.
    """

    files: tuple[File, ...]
    warnings: tuple[str, ...] = ()


def screen_arriving(platform: Platform, actor: Actor, remote_id: str, files: Iterable[File]) -> ScreenedFiles:
    """Leave out the files of an incoming message that hold malware, and note each in the event log without its name.

    For a transport that cannot refuse the message. Call it outside of any transaction, before anything opens the files.

    Args:
        platform: The installation.
        actor: Who brings the message, in its organisation: `host.system(organisation_id)`.
        remote_id: The sender's identifier of the message.
        files: Its files, as they came.

    Raises:
        ScannerUnavailable: A file cannot be scanned now; the message waits where it is.

    Example:
        screened = screen_arriving(host.platform, host.system(organisation_id), parcel.id, parcel.files)
        host.accept(replace(incoming, files=screened.files, warnings=screened.warnings))
    """
    kept: list[File] = []
    warnings: list[str] = []
    for file in files:
        is_kept, warning = _judge(platform, actor, remote_id, file)
        kept += [file] if is_kept else []
        warnings += [warning] if warning else []
    return ScreenedFiles(tuple(kept), tuple(warnings))


def _judge(platform: Platform, actor: Actor, remote_id: str, file: File) -> tuple[bool, str]:
    """Return whether a file is kept, and what the reader of the message is told of it."""
    try:
        result = scan_file(platform, lambda: [file.content])
    except TooLarge:
        return False, Sentence(UNREAD, name=file.file_name)
    if not result.malware:
        return True, Sentence(UNSCANNED, name=file.file_name) if result.unscanned else ""
    with platform.work(actor) as work:
        audit.record(work, "malware.refused", remote_id, malware=result.malware)
    return False, Sentence(REMOVED, name=file.file_name, malware=result.malware)
