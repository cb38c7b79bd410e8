"""Every sentence that the code says has its English, with the same facts in it."""

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from budkavle import Sentence, i18n

ROOT = Path(__file__).resolve().parents[2]
SAME = {
    "(Ctrl+)",
    "API",
    "CSV",
    "Export",
    "Format",
    "GB",
    "MB",
    "Median",
    "Session",
    "Port",
    "Post:",
    "Push",
    "SMS",
    "Status",
    "min",
    "min  s",
    "person",
    "version",
    "BankID",
    "CalDAV",
    "Exchange",
    "Freja",
    "Jitsi",
    "LiveKit",
    "Microsoft Outlook",
    "Microsoft Teams",
    "Outlook",
    "Demo",
    "Scope",
    "Teams",
    "FAX",
    "Fax",
    "SDK",
    "Token",
    "client_id",
    # The words of the standard API's own specification, which gives them in English.
    "Input isn't valid with respect to schema:",
    "Request message must not be larger than  MB",
    "GLN",
    "HSA-id",
    "Person",
    "Support",
    "Version",
    "Budkavle",
    "text",
    "Text",
    "Administration",
    "Id",
    "Information",
    "Administrator",
    "Organisation",
    "organisation",
    "Dokument",
    "OpenID Connect",
    "Passkeys",
    "SAML",
    "SITHS",
    "In",
    "JSON",
    "PDF",
    "Policy",
    "SHA-256",
    "Webhook",
    # Fields and words of a schedule's file, which are written as they are in both languages.
    "anmärkning",
    "födelse",
    "förvaring",
    "upprättad",
    "åtgärdat",
}
"""Words that are the same in both languages."""
EXAMPLE = re.compile("ÅÄÖ åäö|ärende 2026-0012|anmärkning|födelse|förvaring|upprättad|åtgärdat")
"""What stands in a sentence as it must be written whatever the language."""
FACT = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


@cache
def english() -> list[tuple[str, str, str]]:
    """Return each sentence of each file with its English."""
    return list(_read_english())


def _read_english() -> Iterator[tuple[str, str, str]]:
    for file in sorted(ROOT.glob("*/budkavle*/locale/en*.po")) + sorted(ROOT.glob("plugins/*/*/locale/en*.po")):
        with file.open("rb") as source:
            for entry in read_po(source):
                ids = entry.id if isinstance(entry.id, list | tuple) else [entry.id]
                strings = entry.string if isinstance(entry.string, list | tuple) else [entry.string]
                yield from ((file.name, one, str(said)) for one, said in zip(ids, strings, strict=True) if one)


@pytest.fixture(scope="module")
def words() -> NullTranslations:
    """The English of the core and of the SDK."""
    return i18n.translations("en", {"sdk": ROOT / "plugins/sdk_transport/budkavle_sdk_transport/locale"})


@pytest.mark.feature("Y1")
def test_nothing_is_missing_and_nothing_is_stale() -> None:
    """The files hold exactly the sentences of the code and the templates, each with its English."""
    command = [sys.executable, str(ROOT / "tools/translations.py"), "--check"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_same_facts_stand_in_both_languages() -> None:
    """A placeholder that is left out or misspelt would break the page, or hide what happened."""
    wrong = [found for found in english() if set(FACT.findall(found[1])) != set(FACT.findall(found[2]))]
    assert not wrong


def test_english_is_english() -> None:
    """No sentence is merely repeated, but the words that both languages share; none has a Swedish letter left."""
    copied = [found for found in english() if found[1] == found[2] and FACT.sub("", found[1]).strip() not in SAME]
    assert not [found for found in copied if re.search(r"[^\W\d_]{2}", FACT.sub("", found[1]))]
    assert not [found for found in english() if re.search("[åäöÅÄÖ]", EXAMPLE.sub("", found[2]))]


GONE = "Försändelsen finns inte."
GAVE_UP = Sentence("Det gick inte på {attempt} försök. Försök igen, eller välj en annan väg.", attempt=12)
REJECTED = "Mottagaren tog inte emot meddelandet: {reason}. Rätta och skicka på nytt."


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            Sentence("Filen är ett program ({program}) och kan inte skickas.", program="Windows"),
            "The file is a program (Windows) and cannot be sent.",
        ),
        (
            Sentence.joined(["Accesspunkten svarar inte. Vi försöker igen.", GONE, "Bilagan finns."]),
            "The access point does not answer. We try again. There is no such delivery. Bilagan finns.",
        ),
        (Sentence.joined(["Ett fel.", GAVE_UP]), "Ett fel. It failed 12 times. Try again, or choose another way."),
        (
            Sentence(REJECTED, reason=Sentence("det är för stort")),
            "The recipient did not accept the message: it is too large. Correct it and send it again.",
        ),
        (
            Sentence("{sentence} Mottagarens ord: {words}", sentence=Sentence(GONE), words="Too big for us."),
            "There is no such delivery. The recipient's words: Too big for us.",
        ),
        (Sentence("Ordet är fritt"), "Ordet är fritt"),
        (Sentence(""), ""),
    ],
)
def test_a_stored_sentence_is_translated_with_its_facts(sentence: Sentence, said: str, words: NullTranslations) -> None:
    """What was stored when it happened is read in English; a peer's own words stay as they are."""
    stored = Sentence.from_stored(sentence.to_text())
    assert i18n.say(stored, words) == said
    assert i18n.say(stored, i18n.translations("sv")) == sentence


def test_long_texts_are_not_searched(words: NullTranslations) -> None:
    """A peer's own words are long, and stay as they are."""
    long = "a. " * 1_000
    assert i18n.say(long, words) == long


@pytest.mark.parametrize(
    "line",
    [
        'raise Permanent(f"Bara {number} pages")',
        'sentence = f"Filen {name} är för stor."',
        'echo(f"Klart, och {n} saker till")',
    ],
)
def test_an_fstring_that_speaks_is_told(line: str) -> None:
    """Once its facts are filled in, nothing can translate it."""
    speech = heard(line)
    assert list(speech.filled_in) == [1]
    assert speech.found == {}


@pytest.mark.parametrize(
    "line", ['EVENT_WORDS = {"a.b": "Katalogen sparades"}', '_EVENT_WORDS = {"a.b": "Katalogen sparades"}']
)
def test_the_sentences_of_entries_in_the_event_log_are_heard(line: str) -> None:
    """Also one without any of the letters and words that Swedish is known by."""
    assert list(heard(line).found) == ["Katalogen sparades"]
    assert not heard('OTHER = {"a.b": "Katalogen sparades"}').found


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('PersonalData(name="drafts", purpose="Hitta mottagare igen.")', "Hitta mottagare igen."),
        ('DEFAULT = "Den nationella adressboken"', "Den nationella adressboken"),
    ],
)
def test_a_sentence_is_heard_by_where_it_stands_and_by_its_first_word(line: str, sentence: str) -> None:
    """The register of processing speaks in all its fields but the name, and a first word may begin with a capital."""
    assert list(heard(line).found) == [sentence]


def heard(source: str) -> Any:
    """Return what the tool hears in a source."""
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools/translations.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    speech = tool.Speech(frozenset({"Permanent"}))
    speech.visit(ast.parse(source))
    return speech
