"""Each organisation's own word list, as a settings section. Its default is the standard list."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Struct

from budkavle import ActorScope, Host, Organisation, Sentence, Setting, SettingsSection
from budkavle.accounts import read_settings
from budkavle_adviser import detection
from budkavle_adviser.standard_word_list import STANDARD

LONGEST = 1_000
"""The most entries of a list."""
MOST_LETTERS = 50_000
WRONG = "Skriv ett ord på varje rad, minst tre tecken och gärna med * sist. Det här går inte: {wrong}."
TOO_MANY = "Listan får ha högst {longest} ord."


class WordList(Struct, frozen=True):
    """The words that the adviser warns about, one per line. An empty list finds no words."""

    words: Annotated[
        str,
        Setting(
            label="Ord",
            help="Ett ord på varje rad. En stjärna sist gäller alla ord som börjar så: "
            "diagnos* gäller också diagnoser och diagnosen.",
            most=MOST_LETTERS,
            lines=16,
        ),
    ] = "\n".join(STANDARD)

    @property
    def entries(self) -> Sequence[str]:
        """The entries, trimmed, without empty lines and duplicates."""
        return detection.tidy(self.words.splitlines())


def of_organisation(host: Host, organisation_id: UUID) -> Sequence[str]:
    """Return the organisation's own list, or the standard one if it has not changed it."""
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        return read_settings(work, WordList).entries


def faults(value: WordList, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - the signature of all checks
    """Return an error message about invalid entries, or about too many."""
    entries = value.entries
    wrong = ", ".join(list(detection.wrong_entries(entries))[:5])
    if wrong:
        return {"words": Sentence(WRONG, wrong=wrong)}
    return {"words": Sentence(TOO_MANY, longest=LONGEST)} if len(entries) > LONGEST else {}


SECTION = SettingsSection(
    name="words",
    type=WordList,
    title="Rådgivarens ordlista",
    help="När något av orden står i ämnet eller texten föreslår rådgivaren tillitsnivå 3. I den öppna texten varnar "
    "den alltid. Personnummer känner den igen utan ordlista. Inget lämnar den här servern.",
    check=faults,
)
