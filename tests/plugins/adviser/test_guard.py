"""The adviser's rules as JavaScript find what the Python ones find, in ten thousand texts made to be hard."""

import json
import random
import subprocess
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from budkavle import Platform
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle_adviser import detection, guard
from budkavle_adviser.standard_word_list import STANDARD
from budkavle_adviser.word_list import WordList

TEXTS = 10_000
WORDS = ("diagnos*", "hot", "lvu", "läkarintyg*", "åklagar*", "straße*", "σας", "işık*")
SEPARATORS = ("", "-", "+", " ", "\u00a0", "–", " - ", "\u2011", "--", " \u2009", "−")
BEFORE, AFTER = ("", "", "1", "1-", "a", "+", "12 "), ("", "", "5", "-1", "b")
ENDINGS = ("", "er", "en", "-lapp", "_x", "1", "²", "Ⅷ", "\u0301")
BETWEEN = ("", " ", "\n", ", ")
RUN = """
const { rules, texts, year } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const find = guardCheck(rules);
console.log(JSON.stringify(texts.map((text) => find(text, year))));
"""


def personal_number(dice: random.Random) -> str:
    """Digits as somebody may write them: with a right check digit more often than not."""
    day = dice.choice((dice.randrange(33), dice.randrange(58, 93)))
    nine = f"{dice.randrange(100):02}{dice.randrange(14):02}{day:02}{dice.randrange(1000):03}"
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(nine))
    check = -sum(product - 9 if product > 9 else product for product in products) % 10
    last = check if dice.random() < 0.7 else dice.randrange(10)
    text = dice.choice(("", "19", "20", "18", "1")) + nine[:6] + dice.choice(SEPARATORS) + nine[6:] + str(last)
    if dice.random() < 0.1:
        text = text.translate({ord(str(digit)): 0x0660 + digit for digit in range(10)})
    return dice.choice(BEFORE) + text + dice.choice(AFTER)


def word(dice: random.Random) -> str:
    """A word of the list, or almost: in other letters, taken apart, with something at its end."""
    text = dice.choice(WORDS).rstrip("*") + dice.choice(ENDINGS)
    return dice.choice((text, text.upper(), text.title(), text.replace("ss", "ß"), unicodedata.normalize("NFD", text)))


def noise(dice: random.Random) -> str:
    """Characters from anywhere in Unicode."""
    codes = ((32, 0x250), (0x250, 0xD800), (0x10000, 0x1F000))
    return "".join(chr(dice.randrange(*dice.choice(codes))) for _ in range(dice.randrange(1, 8)))


def text(dice: random.Random) -> str:
    """A text of some of these."""
    pieces = [dice.choice((personal_number, word, word, noise))(dice) for _ in range(dice.randrange(1, 9))]
    return dice.choice(BETWEEN).join(pieces)


def by_python(text: str) -> list[dict[str, Any]]:
    """What the adviser finds."""
    findings: list[dict[str, Any]] = []
    if detection.has_personal_number(text):
        findings.append({"name": "number", "words": []})
    if words := detection.words_found(text, WORDS):
        findings.append({"name": "words", "words": words})
    return findings


@pytest.fixture
def run(node: Path | None, missing: Callable[[str], NoReturn]) -> Any:
    """Run a script with something to read."""

    def run(script: str, value: Any, *flags: str) -> Any:
        if node is None:
            missing("node is not installed (make peers)")
        done = subprocess.run(
            [node, *flags, "-e", script], input=json.dumps(value), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return run


@pytest.mark.feature("Z5")
def test_both_languages_find_the_same(run: Any) -> None:
    """Numbers in all spellings, samordningsnummer, impossible dates, foreign digits and letters, words taken apart."""
    dice = random.Random(20_261_128)  # noqa: S311 - the same texts each time
    texts = [text(dice) for _ in range(TEXTS)]
    check = guard.check(WORDS)
    answers = run(check["script"] + RUN, {"rules": check["rules"], "texts": texts, "year": datetime.now(UTC).year})
    python = [by_python(one) for one in texts]
    assert [ascii(one) for one, a, b in zip(texts, python, answers, strict=True) if a != b] == []
    for name in ("number", "words"):
        share = sum(any(found["name"] == name for found in findings) for findings in python) / TEXTS
        assert 0.1 < share < 0.9, f"the texts say little of {name}"


def test_the_script_is_what_the_oldest_outlook_loads(run: Any) -> None:
    """ES2016, and not even the operator of two questions, which stops the loading in classic Outlook."""
    script = """
    const acorn = require("internal/deps/acorn/acorn/dist/acorn");
    const walk = require("internal/deps/acorn/acorn-walk/dist/walk");
    const source = JSON.parse(require("fs").readFileSync(0, "utf8")), kinds = new Set();
    walk.full(acorn.parse(source, { ecmaVersion: 2016 }), (node) => kinds.add(node.type));
    console.log(JSON.stringify([...kinds]));
    """
    kinds = run(script, guard.check(WORDS)["script"], "--expose-internals")
    assert "FunctionDeclaration" in kinds
    assert {"ConditionalExpression", "ImportDeclaration", "AwaitExpression"}.isdisjoint(kinds)


@pytest.mark.feature("Z5")
def test_a_number_of_foreign_digits_and_a_word_taken_apart() -> None:
    """Faults that the comparison has shown: `1` of another script is no digit here, and macOS takes letters apart."""
    assert not detection.has_personal_number("٨١١٢١٨-٩٨٧٦")
    assert detection.words_found(unicodedata.normalize("NFD", "Läkarintyget"), ["läkarintyg*"]) == ["läkarintyg*"]


def test_the_guard_gets_the_organisations_words_and_nobodys_data(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """The words of the organisation's own list, as soon as they are changed."""

    def answer() -> Any:
        hook = platform.plugins.call_one("adviser", "outlook_guard", organisation_id=organisation.id)
        return hook[0]

    assert set(answer()["rules"]["words"]) == set(STANDARD)
    in_work(platform, organisation.administrator, write_settings, WordList, {"words": "tisdag"})
    assert answer()["rules"]["words"] == ["tisdag"]
    assert organisation.administrator.email not in json.dumps(answer())
