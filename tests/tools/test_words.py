"""One word for one thing: what the pages say has no word that people stumbled over, in Swedish or in English."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
SWEDISH = {
    r"Klart att skicka": "Skickas strax",
    r"\bSlag av (meddelande|id)": "Typ av",
    r"Vad som hänt\b": "Händelser",
    r"^(Vems|Finns hos|Läget)$": "Vems nummer, Känd hos, Status",
    r"Vems tur": "Nästa steg",
    r"^(Ingens|Budkavles|Mottagarens|Din): ": "Nästa steg, utan ägare",
    r"kvitterat: accepterat": "har tagit emot meddelandet (kvittens accepterad)",
    r"^Det finns inte$": "Sidan finns inte",
    r"^Ta tillbaka( inbjudan)?$": "Återställ (papperskorgen) eller Dra tillbaka (en begäran)",
    r"(tagit|tog) tillbaka (meddelandet|ärendet)": "återkallat (ett meddelande) eller återställde (ur papperskorgen)",
    r"som når dit": "med tillräckligt hög tillitsnivå",
    r"^Vart det som": "Vilken brevlåda som",
    r"loggade in med sist": "sidan märker det som Senast använd",
    r"tio minuter på dig": "inget: det hjälper ingen som skriver sitt lösenord",
    r"^Läge$|^Alla lägen$|[Vv]isa läget|annat läge|nummer och läge": "Status",
    r"^(Slag|Alla slag)$": "Typ, Alla typer",
    r"^Att skicka$": "Utgående kö",
    r"kopplingar håller": "stämmer",
    r"dressbokens hälsa": "Adressbokens status",
    r"tkorgen för utveckling": "Testutkorg",
    r"\b[Dd]riften (väljer|har|rättar|titta|läsa|ansluta|dela|installera|fylla|kontrollera|släppa)": "er IT-avdelning",
    r"människor som de finns till för": "Med Budkavle skickar ni säkra meddelanden",
}
"""What is not said any longer, and what is said in its place."""
ENGLISH = {
    r"\b[Uu]ntaken\b": "Unassigned",
    r"\b[Bb]egin anew\b": "Start again",
    r"\bNeeds action\b": "Needs attention",
    r"\bstand under Needs": "are under Needs attention",
    r"\bsafe connection\b": "secure connection",
    r"outbox of development": "test outbox",
    r"health of the address book": "address book status",
    r"What is said of level": "The text about level",
    r"Who has the mailbox sees": "Those who manage the mailbox see",
    r"\banswers to your inbox\b": "replies to your inbox",
    r"whoever reads them first": "the reader identifies first",
    r"disposed of and": "destroyed",
    r"Nobody's:": "Nothing more needs to be done",
    r"\bSMS\b(?!\])": "text message",
}
HELP = [*ROOT.glob("core/budkavle/help/*/*.md"), *ROOT.glob("*/**/budkavle_*/help/*/*.md")]


@cache
def sentences() -> tuple[tuple[str, str, str], ...]:
    """Return each sentence of a locale file: the file, the Swedish and the English."""
    return tuple(_read())


def _read() -> Iterator[tuple[str, str, str]]:
    for folder in ("core", "addressbook", "plugins"):
        for path in sorted((ROOT / folder).glob("**/locale/en*.po")):
            with path.open("rb") as file:
                for message in read_po(file):
                    swedish = message.id if isinstance(message.id, str) else message.id[0]
                    english = message.string if isinstance(message.string, str) else " ".join(message.string)
                    if swedish:
                        yield str(path.relative_to(ROOT)), str(swedish), english


@pytest.mark.parametrize("pattern", SWEDISH)
def test_swedish_has_no_word_that_people_stumbled_over(pattern: str) -> None:
    """Every sentence of the code is a key in a locale file, so they are all there; and the help texts."""
    assert [(file, text) for file, text, _ in sentences() if re.search(pattern, text)] == [], SWEDISH[pattern]
    assert [path for path in HELP if path.parent.name == "sv" and re.search(pattern, path.read_text("utf-8"))] == []


def test_pages_say_what_the_worker_is() -> None:
    """`budkavle worker` is a word of the command line; the pages' readers know a background service."""
    pages = [(file, text, english) for file, text, english in sentences() if not file.endswith("en.cli.po")]
    assert [text for _, text, _ in pages if re.search(r"\b[Aa]rbetare(n|ns)?\b", text)] == []
    assert [text for _, _, text in pages if re.search(r"(?<!Case )(?<!budkavle )(?<!\{)\b[Ww]orkers?\b", text)] == []


@pytest.mark.parametrize("pattern", ENGLISH)
def test_english_has_one_word_for_a_thing(pattern: str) -> None:
    """In translations and help texts."""
    assert [(file, text) for file, _, text in sentences() if re.search(pattern, text)] == [], ENGLISH[pattern]
    assert [path for path in HELP if path.parent.name == "en" and re.search(pattern, path.read_text("utf-8"))] == []


def test_the_sentences_are_found() -> None:
    """Else the tests above would find nothing whatever is written."""
    assert len(sentences()) > 3000
    assert len(HELP) > 60
