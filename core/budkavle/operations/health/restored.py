"""Checks whether the installation was restored, and does nothing until an administrator has decided."""

from collections.abc import Iterator
from uuid import UUID

from budkavle.plugins.protocols.health import Health
from budkavle.storage.outside import quarantine
from budkavle.storage.platform import Platform


def judge_quarantine(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report a quarantine of the installation, if there is one."""
    if organisation_id is not None or (note := quarantine.find(platform.database)) is None:
        return
    sentence = "Installationen är i karantän sedan {since}: inget skickas eller hämtas."
    remedy = "Se vad som väntar med budkavle quarantine show, och avsluta med budkavle quarantine release."
    yield Health("Karantän", False, sentence, remedy, {"since": note.since})
