"""The settings section for how long a closed account keeps personal data."""

from typing import Annotated, Any

from msgspec import Struct

from budkavle.accounts.closed_accounts.due import count_next_night
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import Setting, SettingsLoss, SettingsSection
from budkavle.storage.platform import Work

N_ = str
"""Marks a sentence for the translations."""
WARNING = N_(
    "Personens uppgifter i de konton som stängdes före {day} förstörs nästa natt. Antal konton: {count}. "
    "De går aldrig att öppna igen."
)
HINT = N_("Ändra talet och spara, eller bekräfta att uppgifterna ska förstöras.")
BUTTON = N_("Spara och förstör uppgifterna")


class ClosedAccountSettings(Struct, frozen=True):
    """How long a closed account keeps personal data."""

    retention_days: Annotated[
        int,
        Setting(
            label="Dagar tills uppgifterna i ett stängt konto försvinner",
            help="Så många hela dagar efter den dag då kontot stängdes går det att öppna igen. Natten därefter "
            "förstörs det som bara är personens: e-postadress, personnummer, sätt att logga in, inställningar, utkast "
            "och plats i brevlådorna. Namnet står kvar vid det som personen har gjort, och den personliga inkorgen "
            "gallras som andra brevlådor.",
            unit="dagar",
            least=1,
            most=3650,
        ),
    ] = 365


def closed_account_section() -> SettingsSection[Any]:
    """Return the section, for `core_sections`."""
    return SettingsSection(
        name="closed_accounts",
        type=ClosedAccountSettings,
        title="Stängda konton",
        help="Hur länge ett stängt konto går att öppna igen.",
        destroys=_loss,
        order=12,
    )


def _loss(work: Work, before: ClosedAccountSettings, after: ClosedAccountSettings) -> SettingsLoss | None:
    if after.retention_days >= before.retention_days:
        return None
    count, day = count_next_night(work, after.retention_days)
    sentence = Sentence(WARNING, day=day.isoformat(), count=count) if count else ""
    return SettingsLoss(mark=str(after.retention_days), sentence=sentence, hint=HINT, button=BUTTON)
