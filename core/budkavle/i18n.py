"""Swedish first, other languages by gettext: the Swedish sentence is the key of its translation.

Each package has a folder `locale` with `LANGUAGE.po`, and further `LANGUAGE.AREA.po` as it likes. They are read when
first needed and kept, so there is nothing to compile and nothing compiled in git; an editable install and a wheel
behave alike.
"""

import io
import os
from collections.abc import Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from budkavle.errors import BudkavleError

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
    sentence = words.gettext(error.message)
    return sentence.format(**facts) if facts else sentence


def language_of_terminal(env: Mapping[str, str] | None = None) -> str:
    """Return the language that the command line speaks: `en` where the environment asks for English, else Swedish.

    Source: the GNU gettext manual, "Locale Environment Variables": LANGUAGE, LC_ALL, LC_MESSAGES, LANG in order.
    """
    env = os.environ if env is None else env
    wanted = next((env[name] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "en" if wanted.lower().startswith("en") else SOURCE


@lru_cache(maxsize=32)
def _joined(language: str, folders: tuple[Path, ...]) -> NullTranslations:
    first = NullTranslations()
    for folder in folders:
        for file in (folder / f"{language}.po", *sorted(folder.glob(f"{language}.*.po"))):
            if file.is_file():
                first.add_fallback(_catalog(file))
    return first


def _catalog(file: Path) -> NullTranslations:
    with file.open("rb") as source:
        catalog = read_po(source)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
