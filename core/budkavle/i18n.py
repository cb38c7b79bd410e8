"""Swedish first, other languages by gettext: the Swedish sentence is the key of its translation.

Each package has a folder `locale` with `LANGUAGE.po`, and further `LANGUAGE.AREA.po` as it likes. They are read when
first needed and kept, so there is nothing to compile and nothing compiled in git; an editable install and a wheel
behave alike.
"""

import io
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from budkavle.model.errors import BudkavleError
from budkavle.model.times import fill

SOURCE = "sv"
"""The language of the sentences in the code."""
HERE = Path(__file__).parent / "locale"


def translations(language: str, folders: Mapping[str, Path] | None = None) -> NullTranslations:
    """Return the translations into a language: the core's, then each plugin's for what the core does not have.

    Args:
        language: Such as `en`; Swedish and unknown languages give the sentences as they are.
        folders: The `locale` folders of plugins, by name (`Plugins.folders("locale")`).
    """
    return _joined(language, (HERE, *(folders or {}).values()))


def say(error: BudkavleError, words: NullTranslations) -> str:
    """Return an error's sentence in a language; a fact that is itself an error is said in it too."""
    facts = {name: say(fact, words) if isinstance(fact, BudkavleError) else fact for name, fact in error.facts.items()}
    language = words.language if isinstance(words, _Words) else SOURCE
    return fill(words.gettext(error.message), facts, language) if facts else retell(error.message, words)


def retell(text: str, words: NullTranslations) -> str:
    """Translate Swedish sentences whose facts may be filled in already, as those that are stored with a delivery.

    Keys are found by their words. Facts stay as they are, except those that are such sentences themselves; so does what
    nobody here has said, such as a peer's own words.
    """
    if not isinstance(words, _Words) or not words.patterns or len(text) > LONGEST:
        return words.gettext(text)
    ends = [end.start() for end in _END.finditer(text)][:MOST_SENTENCES]
    for end in (len(text), *reversed(ends)):
        if said := words.recognised(text[:end]):
            return said + (f" {retell(text[end + 1 :], words)}" if text[end:] else "")
    return f"{text[: ends[0]]} {retell(text[ends[0] + 1 :], words)}" if ends else text


def language_of_terminal(env: Mapping[str, str] | None = None) -> str:
    """Return the language that the command line speaks: `en` where the environment asks for English, else Swedish.

    Source: the GNU gettext manual, "Locale Environment Variables": LANGUAGE, LC_ALL, LC_MESSAGES, LANG in order.
    """
    env = os.environ if env is None else env
    wanted = next((env[name] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "en" if wanted.lower().startswith("en") else SOURCE


class _Words(NullTranslations):
    """Translations that also know their keys with facts in them, those with the most words first."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.patterns: list[tuple[re.Pattern[str], str]] = []

    def learn(self, catalog: Catalog) -> None:
        self.add_fallback(_compiled(catalog))
        keys = [entry.id for entry in catalog if entry.string and isinstance(entry.id, str)]
        self.patterns += [
            (_pattern(key), key) for key in keys if _LITERAL.search(_FACT.sub("", key)) and _FACT.search(key)
        ]
        self.patterns.sort(key=lambda pair: len(_FACT.sub("", pair[1])), reverse=True)

    def recognised(self, sentence: str) -> str:
        """Return the translation of what one key says, with or without a point; empty where no key says it."""
        for bare, point in ((sentence, ""), (sentence[:-1], sentence[-1:])):
            if (not point or point in ".;") and bare and (said := self.gettext(bare)) != bare:
                return said + point
        for pattern, key in self.patterns:
            if found := pattern.fullmatch(sentence):
                return self.gettext(key).format(
                    **{name: retell(fact, self) for name, fact in found.groupdict().items()}
                )
        return ""


LONGEST, MOST_SENTENCES = 1_000, 8
"""What is longer than that is no sentence of ours, and would take long to compare with all of them."""
_END = re.compile(r"(?<=[.;)]) ")
_FACT = re.compile(r"\{(\w+)\}")
_LITERAL = re.compile(r"(\w.*){8}", re.DOTALL)
"""So many letters must a key have beside its facts: fewer could be anybody's words."""


def _pattern(key: str) -> re.Pattern[str]:
    """Return the key as a pattern; a fact that comes twice must be the same twice."""
    parts, seen = _FACT.split(key), set[str]()
    for number, part in enumerate(parts):
        is_fact = number % 2 == 1
        parts[number] = re.escape(part) if not is_fact else f"(?P={part})" if part in seen else f"(?P<{part}>.*?)"
        seen |= {part} if is_fact else set()
    return re.compile("".join(parts), re.DOTALL)


@lru_cache(maxsize=32)
def _joined(language: str, folders: tuple[Path, ...]) -> NullTranslations:
    first = _Words(language)
    for folder in folders:
        for file in (folder / f"{language}.po", *sorted(folder.glob(f"{language}.*.po"))):
            if file.is_file():
                with file.open("rb") as source:
                    first.learn(read_po(source))
    return first


def _compiled(catalog: Catalog) -> GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
