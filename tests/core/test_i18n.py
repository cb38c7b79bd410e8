"""Swedish sentences are the keys; English comes from the .po files of the core and of each plugin."""

from pathlib import Path

import pytest

from budkavle import i18n
from budkavle.errors import Misconfigured

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Duvan {name} är hemma"
msgstr "The pigeon {name} is home"

msgid "%(num)d duva"
msgid_plural "%(num)d duvor"
msgstr[0] "%(num)d pigeon"
msgstr[1] "%(num)d pigeons"

#, fuzzy
msgid "Osäker"
msgstr "Unsure"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en.po").write_text(PO, encoding="utf-8")
    return tmp_path


def test_a_plugins_sentence_is_translated(folder: Path) -> None:
    """With its facts and its plural; what is fuzzy or missing stays Swedish."""
    english = i18n.translations("en", {"pigeon": folder})
    assert english.gettext("Duvan {name} är hemma") == "The pigeon {name} is home"
    assert english.ngettext("%(num)d duva", "%(num)d duvor", 2) == "%(num)d pigeons"
    assert english.gettext("Osäker") == "Osäker"
    assert english.gettext("Okänd") == "Okänd"


def test_swedish_is_as_it_stands(folder: Path) -> None:
    """No file is needed for the language of the code."""
    assert i18n.translations("sv", {"pigeon": folder}).gettext("Duvan {name} är hemma") == "Duvan {name} är hemma"


def test_one_plugins_words_never_reach_an_installation_without_it(folder: Path) -> None:
    """Catalogs are joined anew for each set of plugins."""
    i18n.translations("en", {"pigeon": folder})
    assert i18n.translations("en").gettext("Duvan {name} är hemma") == "Duvan {name} är hemma"


def test_an_error_is_said_with_the_errors_inside_it(folder: Path) -> None:
    """A fact that is an error is translated too."""
    inner = Misconfigured("Duvan {name} är hemma", name="Vera")
    english = i18n.translations("en", {"pigeon": folder})
    assert i18n.say(Misconfigured("Fel: {fault}", fault=inner), english) == "Fel: The pigeon Vera is home"


@pytest.mark.parametrize(
    ("env", "language"), [({}, "sv"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "sv_SE", "LANGUAGE": "en"}, "en")]
)
def test_the_terminals_language(env: dict[str, str], language: str) -> None:
    """The environment decides, Swedish where it says nothing."""
    assert i18n.language_of_terminal(env) == language
