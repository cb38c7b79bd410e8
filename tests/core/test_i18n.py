"""Swedish sentences are the keys; English comes from the .po files of the core and of each plugin."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import budkavle
from budkavle import i18n
from budkavle.cli.main import COMMANDS
from budkavle.model.errors import Misconfigured

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


CORE = Path(budkavle.__file__).parent
MODULES = [
    *sorted(CORE.glob("cli/*.py")),
    *(CORE / f"{name}.py" for name in ("plugins/loader", "plugins/registry", "plugins/conformance", "settings")),
]


def sentences(file: Path) -> Iterator[str]:
    """Yield what a module says to people: sentences of errors and faults, help, headings."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        said = [keyword.value for keyword in node.keywords if keyword.arg == "help"]
        if name in {"say", "fault", "gettext", "Misconfigured", "NotFound"}:
            said += node.args[:1]
        for value in said:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and _has_words(value.value):
                yield value.value


def _has_words(sentence: str) -> bool:
    return any(sign.isalpha() for sign in re.sub(r"{.*?}", "", sentence))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_what_the_command_line_says_has_its_english(file: Path) -> None:
    """Every sentence of the command line, the settings and the plugins' faults is translated."""
    english = i18n.translations("en")
    said = set(sentences(file)) | ({line for _, line in COMMANDS.values()} if file.stem == "main" else set())
    assert [sentence for sentence in sorted(said) if english.gettext(sentence) == sentence] == []
