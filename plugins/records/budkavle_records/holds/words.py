"""The event log's sentences about legal holds, and their personal data."""

from budkavle.organisation import Ground, People, PersonalData

EVENT_WORDS = {
    "records.hold-made": "Ett gallringsstopp infördes",
    "records.holds-searched": "{user} sökte ärenden för ett gallringsstopp",
    "records.hold-ended": "Ett gallringsstopp avslutades",
    "records.case-held": "{user} införde ett gallringsstopp för ärendet",
    "records.case-released": "{user} avslutade ett gallringsstopp för ärendet",
}


def personal_data() -> list[PersonalData]:
    """Return the rows for the register of processing."""
    return [
        PersonalData(
            name="holds",
            title="Gallringsstopp",
            purpose="Hindra att det som behövs i till exempel en tvist gallras.",
            people=(People.USERS, People.MENTIONED),
            data="Gallringsstoppets namn och skäl, krypterade, och vem som införde och avslutade det.",
            kept="Så länge som organisationen.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]
