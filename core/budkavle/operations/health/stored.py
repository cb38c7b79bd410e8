"""Checks whether the file store answers."""

from collections.abc import Iterator
from uuid import UUID

from budkavle.model.errors import Unavailable, Unresponsive
from budkavle.plugins.calls import call_within
from budkavle.plugins.protocols.health import Health
from budkavle.storage.platform import Platform

SECONDS = 5.0
"""Timeout of the store, in seconds."""
_AWAY = "Lagret för bilagor svarar inte, så filer går inte att skicka eller öppna."
_REMEDY = (
    "Kontrollera storage i inställningarna, att lagret är igång, och att den som kör Budkavle får läsa och skriva där."
)


def judge_store(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report for the installation: files can be neither sent nor opened while the store does not answer."""
    if organisation_id is not None:
        return
    try:
        call_within(SECONDS, "store", platform.blobs.check)
    except (Unavailable, Unresponsive):
        yield Health("Lagringen av filer", False, _AWAY, _REMEDY)
        return
    yield Health("Lagringen av filer", True, "Lagret för bilagor svarar.")
