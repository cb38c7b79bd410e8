"""What the schedule says of itself: the sentences of its entries in the event log, and its personal data."""

from budkavle.organisation import Ground, People, PersonalData

EVENT_WORDS = {
    "records.plan-imported": "Version {version} av hanteringsplanen lästes in, med {kinds} handlingstyper",
}


def personal_data() -> list[PersonalData]:
    """Return the rows of the register of processing."""
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
    ]
