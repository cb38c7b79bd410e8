"""Which personal data the phone plugin handles: its rows of the register of processing."""

from budkavle.organisation import People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="phone",
            title="Aviseringar i mobilen",
            purpose="Berätta för den som arbetar i en brevlåda att ett ärende har kommit.",
            people=(People.USERS,),
            data="Vilka webbläsare som tar emot aviseringar, och var de nås (förseglat).",
            kept=(
                "Tills personen tar bort enheten, webbläsaren avslutar aviseringarna eller kontot stängs. En avisering "
                "i 30 dagar, utan sin text."
            ),
        ),
    ]
