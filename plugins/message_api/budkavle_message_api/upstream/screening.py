"""Files of messages that a message service hands over are scanned for malware before anybody opens them."""

from dataclasses import replace

from budkavle import File, Host, Incoming, Sentence, Temporary, TooLarge, record
from budkavle.operations import ScannerUnavailable, scan_file

N_ = str
"""Marks a sentence for the translations."""
REMOVED = N_("{name} innehöll skadlig kod ({malware}) och togs bort. Be avsändaren skicka filen på nytt.")
UNREAD = N_("{name} är större än virusskyddet läser och togs bort. Be avsändaren dela upp filen.")
UNSCANNED = N_("{name} kunde inte kontrolleras mot skadlig kod.")
AWAY = N_("Virusskyddet svarar inte, så nya meddelanden väntar hos meddelandetjänsten.")


def screened(host: Host, message: Incoming) -> Incoming:
    """Return a message without the files that hold malware; a sentence at the message says which they were.

    Args:
        host: The plugin's host.
        message: As the service has handed it over.

    Raises:
        Temporary: The scanner does not answer: the message waits at the service.
    """
    kept: list[File] = []
    warnings: list[str] = []
    for file in message.files:
        is_kept, warning = _judge(host, message, file)
        kept += [file] if is_kept else []
        warnings += [warning] if warning else []
    return replace(message, files=tuple(kept), warnings=(*message.warnings, *warnings))


def _judge(host: Host, message: Incoming, file: File) -> tuple[bool, str]:
    """Return whether a file is kept, and what the reader of the message is told of it."""
    try:
        result = scan_file(host.platform, lambda: [file.content])
    except ScannerUnavailable as error:
        raise Temporary(AWAY) from error
    except TooLarge:
        return False, Sentence(UNREAD, name=file.file_name)
    if not result.malware:
        return True, Sentence(UNSCANNED, name=file.file_name) if result.unscanned else ""
    with host.work(host.system(message.organisation_id)) as work:
        record(work, "api.file-refused", message.remote_id, malware=result.malware)
    return False, Sentence(REMOVED, name=file.file_name, malware=result.malware)
