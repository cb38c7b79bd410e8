"""Which personal data log_control handles: its rows of the register of processing."""

from budkavle.organisation import Ground, People, PersonalData
from budkavle_log_control.access import N_
from budkavle_log_control.settings import LogControlSettings


def personal_data() -> list[PersonalData]:
    """Return the rows."""
    return [
        PersonalData(
            name="reviews",
            title=N_("Loggkontroll"),
            purpose=N_("Upptäcka och följa upp att någon har öppnat ett ärende utan att behöva det i sitt arbete."),
            people=(People.USERS,),
            data=N_(
                "Vem som öppnade vilket ärende och när, varför det valdes, bedömningen och granskarens anteckning."
            ),
            kept=N_("Så länge som är inställt."),
            ground=Ground.LEGAL_OBLIGATION,
            kept_by=((LogControlSettings, "keep_years"),),
        ),
    ]
