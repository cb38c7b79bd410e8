"""The archive's texts: states, entries of the event log, and personal data."""

from budkavle.organisation import Ground, People, PersonalData
from budkavle_records.archive.tables import PackageState
from budkavle_records.frame import N_

EVENT_WORDS = {
    "records.transfer-begun": "Leverans {number} till arkivet började, med {packages} paket",
    "records.package-made": "Ett arkivpaket (FGS 2.0) gjordes av ärendet",
    "records.package-failed": "Ett arkivpaket av ärendet kunde inte göras",
    "records.package-retried": "Ett arkivpaket av ärendet görs om",
    "records.package-fetched": "Ett arkivpaket av ärendet hämtades",
    "records.package-delivered": "Ett arkivpaket av ärendet lades i mappen för leveranser",
    "records.archive-accepted": "Arkivet tog emot ärendet {day}",
    "records.archive-refused": "Arkivet tog inte emot ärendet {day}",
    "records.receipt-added": "Arkivets kvittens på ärendet lades till som fil",
    "records.package-destroyed": "Ett arkivpaket av ärendet förstördes, eftersom innehållet har gallrats",
    "records.package-removed": "Ett arkivpaket av ärendet togs bort, efter kvittensen",
}
STATES = {
    PackageState.WAITING: (N_("Väntar på att göras"), "wait", "clock"),
    PackageState.MADE: (N_("Väntar på kvittens"), "info", "archive"),
    PackageState.FAILED: (N_("Kunde inte göras"), "bad", "warn"),
    PackageState.ACCEPTED: (N_("Arkivet har tagit emot"), "ok", "check-circle"),
    PackageState.REFUSED: (N_("Arkivet tar inte emot"), "bad", "cross-circle"),
}
"""By state: the text that users see, its kind, and its icon."""


def personal_data() -> list[PersonalData]:
    """Return the rows for the register of processing."""
    return [
        PersonalData(
            name="archive",
            title="Leverans till arkiv",
            purpose="Lämna över avslutade ärenden till arkivet och visa att det är gjort.",
            people=(People.USERS, People.CORRESPONDENTS),
            data="Allt som finns i ärendena som levereras. Namn på den som begärde, godkände och tog emot kvittensen.",
            kept="Paketen till några dagar efter arkivets kvittens, listan så länge organisationen finns.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]
