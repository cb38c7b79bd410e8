"""The event log's sentences about disposal, and its personal data."""

from budkavle.organisation import Ground, People, PersonalData

EVENT_WORDS = {
    "records.run-begun": "Gallringskörning {number} började ta fram sin lista",
    "records.run-listed": "Listan för gallringskörning {number} är klar",
    "records.run-asked": "Gallringskörning {number} begärdes, för {cases} ärenden",
    "records.run-dropped": "Gallringskörning {number} avbröts",
    "records.run-started": "Gallringskörning {number} började, efter godkännande av {decider}",
    "records.run-done": "Gallringskörning {number} är klar",
    "records.protocol-made": "Protokollet för gallringskörning {number} skrevs och signerades",
    "records.protocol-fetched": "Protokollet för gallringskörning {number} hämtades",
}


def personal_data() -> list[PersonalData]:
    """Return the rows for the register of processing."""
    return [
        PersonalData(
            name="disposal",
            title="Gallringskörningar och protokoll",
            purpose="Visa vad som har gallrats, med vilket stöd, och vem som begärde och godkände det.",
            people=(People.USERS,),
            data="Namn på den som begärde och den som godkände. Protokollet nämner ingen vars meddelande har gallrats.",
            kept="Bevaras.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]
