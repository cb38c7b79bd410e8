"""Files of messages that a message service hands over are scanned for malware before anybody opens them."""

from dataclasses import replace

from budkavle import Host, Incoming, Temporary
from budkavle.operations import ScannerUnavailable, screen_arriving

N_ = str
"""Marks a sentence for the translations."""
AWAY = N_("Virusskyddet svarar inte, så nya meddelanden väntar hos meddelandetjänsten.")


def screened(host: Host, message: Incoming) -> Incoming:
    """Return a message without the files that hold malware; a sentence at the message says which they were.

    Args:
        host: The plugin's host.
        message: As the service has handed it over.

    Raises:
        Temporary: The scanner does not answer: the message waits at the service.
    """
    actor = host.system(message.organisation_id)
    try:
        result = screen_arriving(host.platform, actor, message.remote_id, message.files)
    except ScannerUnavailable as error:
        raise Temporary(AWAY) from error
    return replace(message, files=result.files, warnings=(*message.warnings, *result.warnings))
