"""Swedish first, other languages by gettext: the Swedish sentence is the key of its translation.

Each package has a folder `locale` with `LANGUAGE.po`, and further `LANGUAGE.AREA.po` as it likes. They are read when
first needed and kept, so there is nothing to compile and nothing compiled in git; an editable install and a wheel
behave alike.
"""

import io
import os
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from budkavle.model.errors import BudkavleError
from budkavle.model.sentences import Sentence
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


def say(sentence: str | BudkavleError, words: NullTranslations, /, **facts: object) -> str:
    """Return a sentence in a language.

    Args:
        sentence: The Swedish sentence, a `Sentence` with its facts, or an error. What has no translation, such as a
            peer's own words, stays as it is.
        words: The translations into the language.
        facts: What stands in a sentence that does not have its facts yet. A fact that is itself a `Sentence` or an
            error is translated too.
    """
    whole = Sentence(sentence if isinstance(sentence, str) else sentence.sentence, **facts)
    language = words.language if isinstance(words, _Words) else SOURCE
    inner = {name: say(fact, words) if isinstance(fact, Sentence) else fact for name, fact in whole.facts.items()}
    return fill(words.gettext(whole.message), inner, language) if whole.message else ""


def language_of_terminal(env: Mapping[str, str] | None = None) -> str:
    """Return the language that the command line speaks: `en` where the environment asks for English, else Swedish.

    Source: the GNU gettext manual, "Locale Environment Variables": LANGUAGE, LC_ALL, LC_MESSAGES, LANG in order.
    """
    env = os.environ if env is None else env
    wanted = next((env[name] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "en" if wanted.lower().startswith("en") else SOURCE


class _Words(NullTranslations):
    """Translations that know their language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language


@lru_cache(maxsize=32)
def _joined(language: str, folders: tuple[Path, ...]) -> NullTranslations:
    first = _Words(language)
    for folder in folders:
        for file in (folder / f"{language}.po", *sorted(folder.glob(f"{language}.*.po"))):
            if file.is_file():
                first.add_fallback(copy(_read(file)))  # what it falls back on, this installation's plugins decide
    return first


@lru_cache(maxsize=256)
def _read(file: Path) -> GNUTranslations:
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return GNUTranslations(compiled)
