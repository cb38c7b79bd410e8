"""Malware scanning of files from a message service, before anybody opens them."""

from dataclasses import replace

from budkavle import Host, Incoming, Temporary
from budkavle.operations import ScannerUnavailable, screen_arriving

N_ = str
"""Marks a sentence for the translations."""
AWAY = N_("Virusskyddet svarar inte, så nya meddelanden väntar hos meddelandetjänsten.")


def screened(host: Host, message: Incoming) -> Incoming:
    """Return a message without files that contain malware; a warning on the message names them.

    Args:
        host: The plugin's host.
        message: The message from the service.

    Raises:
        Temporary: The scanner does not answer; the message stays at the service.
    """
    actor = host.system(message.organisation_id)
    try:
        result = screen_arriving(host.platform, actor, message.remote_id, message.files)
    except ScannerUnavailable as error:
        raise Temporary(AWAY) from error
    return replace(message, files=result.files, warnings=(*message.warnings, *result.warnings))
