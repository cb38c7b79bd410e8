"""The personal data that economy handles, for the register of processing."""

from budkavle.organisation import Ground, People, PersonalData


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="prices",
            title="Vem som har stängt och rättat månader",
            purpose="Visa vem som har bestämt priser och rättelser.",
            people=(People.USERS,),
            data="Namn på den administratör som har ändrat ett pris, stängt en månad eller rättat den.",
            kept="Så länge som installationens räkenskaper.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]
