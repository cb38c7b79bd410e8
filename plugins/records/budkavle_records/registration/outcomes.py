"""The possible decisions about a message, and a decision as somebody makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from budkavle import Invalid, Sentence

LONGEST_NUMBER, LONGEST_TEXT = 60, 400


def N_(sentence: str) -> str:  # noqa: N802 - the name that gettext uses
    """Mark a sentence for translation when it is shown."""
    return sentence


class Outcome(StrEnum):
    """What was decided about a message; by law, the last three do not require a number."""

    REGISTERED = "registered"
    PERSONAL_FILE = "personal-file"
    KEPT_ORDERED = "kept-ordered"
    MINOR = "minor"


LABELS: Final = {
    Outcome.REGISTERED: N_("Registrerad"),
    Outcome.PERSONAL_FILE: N_("I personakt"),
    Outcome.KEPT_ORDERED: N_("Hålls ordnad"),
    Outcome.MINOR: N_("Ringa betydelse"),
}
HINTS: Final = {
    Outcome.REGISTERED: N_("Har fått ett diarienummer."),
    Outcome.PERSONAL_FILE: N_("Ligger i en personakt hos socialtjänsten och behöver inget diarienummer."),
    Outcome.KEPT_ORDERED: N_("Omfattas inte av sekretess och hålls ordnad så att den lätt går att hitta."),
    Outcome.MINOR: N_("Har uppenbart ringa betydelse för verksamheten."),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about a message.

    Attributes:
        number: The number in the register, or that of the personal file.
        about: A short text about the message, for the register.
        reason: Why an earlier decision is corrected.
        hides_sender: Whether the register shown to others leaves out the sender (OSL 5:2).
        hides_about: Whether it leaves out what the message is about.
    """

    outcome: Outcome
    number: str = ""
    about: str = ""
    reason: str = ""
    hides_sender: bool = False
    hides_about: bool = False


def checked(outcome: str, texts: Mapping[str, str], *, hides_sender: bool, hides_about: bool) -> Decision:
    """Return a decision as it is stored, without extra spaces in its texts.

    Args:
        outcome: The value of the outcome, as sent by a form or another system.
        texts: `number`, `about` and `reason`; those that are missing are empty.
        hides_sender: Whether the register leaves out the sender of the message.
        hides_about: Whether it leaves out what the message is about.

    Raises:
        Invalid: Some field is wrong; there is a sentence for each of them.
    """
    fields: dict[str, str] = {}
    number, about, reason = (" ".join(texts.get(name, "").split()) for name in ("number", "about", "reason"))
    if outcome not in set(Outcome):
        fields["outcome"] = N_("Välj vad som har gjorts med meddelandet.")
    elif outcome == Outcome.REGISTERED and not number:
        fields["number"] = N_("Skriv diarienumret.")
    elif outcome in {Outcome.KEPT_ORDERED, Outcome.MINOR} and number:
        fields["number"] = N_("Det som inte registreras har inget nummer. Ta bort det, eller välj ett annat beslut.")
    if len(number) > LONGEST_NUMBER:
        fields["number"] = Sentence("Numret får ha högst {most} tecken.", most=LONGEST_NUMBER)
    for name, text in (("about", about), ("reason", reason)):
        if len(text) > LONGEST_TEXT:
            fields[name] = Sentence("Texten får ha högst {most} tecken.", most=LONGEST_TEXT)
    if fields:
        raise Invalid("Beslutet kan inte sparas än. Se vid fälten vad som behöver rättas.", fields=fields)
    return Decision(Outcome(outcome), number, about, reason, hides_sender, hides_about)
