"""The event log's sentences about the schedule, and its personal data."""

from budkavle.organisation import Ground, People, PersonalData

EVENT_WORDS = {
    "records.plan-imported": "Version {version} av hanteringsplanen lästes in, med {kinds} handlingstyper",
    "records.kind-set": "{user} valde handlingstypen {label}",
    "records.kind-removed": "{user} lät brevlådans handlingstyp gälla",
    "records.kind-set-by-rule": "En regel satte handlingstypen {label}",
    "records.mailbox-kind-set": "Handlingstypen för brevlådan {thing} blev {label}",
    "records.rule-added": "En regel för handlingstyper lades till",
    "records.rule-removed": "En regel för handlingstyper togs bort",
    "records.rule-moved": "Reglerna för handlingstyper fick en annan ordning",
    "records.rules-applied": "Reglerna för handlingstyper prövas på allt som har kommit in",
}


def personal_data() -> list[PersonalData]:
    """Return the rows for the register of processing."""
    return [
        PersonalData(
            name="schedule",
            title="Hanteringsplan",
            purpose="Visa vem som har läst in planen och valt handlingstyp.",
            people=(People.USERS,),
            data="Namn på den som har läst in en version eller valt handlingstyp.",
            kept="Så länge som handlingarna som planen gäller.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
        PersonalData(
            name="moments",
            title="Dagar som bevarandetiden räknas från",
            purpose="Gallra i rätt tid, när tiden räknas från något som Budkavle inte vet.",
            people=(People.MENTIONED,),
            data="En dag, till exempel ett födelsedatum. Den är krypterad.",
            kept="Tills ärendet gallras.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]
