"""The personal data that eid processes: its rows of the register of processing."""

from budkavle import Host, Sentence
from budkavle.organisation import People, PersonalData


def personal_data(host: Host) -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="identification",
            title="Legitimering med e-legitimation",
            purpose="Veta säkert vem som loggar in eller läser ett meddelande.",
            people=(People.USERS, People.SIGNERS),
            data="Namn, personnummer eller HSA-id, och IP-adress under legitimeringen.",
            kept=("Under legitimeringen, högst en timme. Kopplingen till ett konto så länge som kontot har den."),
            recipients=(
                "Den som har gett ut legitimationen: BankID, Freja, den identitetsutfärdare som "
                "organisationen har valt."
            ),
        ),
        PersonalData(
            name="evidence",
            title="Underlag för legitimering",
            purpose="Kunna visa i efterhand vem som legitimerade sig.",
            people=(People.USERS, People.SIGNERS),
            data="Det som den som legitimerade sig skrev under, med namn och personnummer.",
            kept=Sentence(
                ("{days} dagar efter legitimeringen. Underlaget följer inte med när ett ärende gallras."),
                days=host.settings.evidence_days,
            ),
        ),
    ]
