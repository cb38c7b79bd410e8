"""What a lower number of days destroys next night, shown before it is saved."""

from dataclasses import dataclass
from datetime import date

from budkavle import Host, Sentence, Work
from budkavle.organisation import SettingsLoss
from budkavle_files.disposal.due import count_due
from budkavle_files.tree.retention_rules import Choice, Rule, load_rules, rule_with
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import Entry

N_ = str
"""Marks a sentence for the translations."""
WARNING = N_(
    "Filer och anteckningar vars senaste version är från före {day} gallras nästa natt. Antal: {count}."
    " De går aldrig att läsa igen."
)
HINT = N_("Ändra talet och spara, eller bekräfta att filerna ska förstöras.")
BUTTON = N_("Spara och förstör filerna")


@dataclass(frozen=True, slots=True)
class Lowered:
    """A choice that destroys files sooner than before.

    Attributes:
        count: How many are destroyed next night.
        before: The day before which their retention began.
    """

    count: int
    before: date


def settings_loss(host: Host, work: Work, before: FileSettings, after: FileSettings) -> SettingsLoss | None:
    """Return what a change of the organisation's number destroys; None if it keeps files as long as before."""
    days = after.retention_days
    if not _is_lower(days or None, before.retention_days or None):
        return None
    count, day = count_due(host, work, load_rules(host, work), Rule(None, days), ())
    sentence = Sentence(WARNING, day=day.isoformat(), count=count) if count else ""
    return SettingsLoss(mark=str(days), sentence=sentence, hint=HINT, button=BUTTON)


def find_lowered(host: Host, work: Work, catalogue: Entry, choice: Choice) -> Lowered | None:
    """Return what a catalogue's choice destroys; None if it keeps files as long as before.

    Raises:
        Invalid: The choice cannot be made.
    """
    rules = load_rules(host, work)
    after = rule_with(host, work, rules, catalogue, choice)
    if not _is_lower(after.days, rules.of(catalogue.line).days):
        return None
    return Lowered(*count_due(host, work, rules, after, catalogue.line))


def _is_lower(after: int | None, before: int | None) -> bool:
    return after is not None and (before is None or after < before)
