"""Checks that every sentence of a plugin that a person can see has an English translation."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from gettext import NullTranslations
from pathlib import Path
from types import ModuleType

from jinja2 import Environment

from budkavle.i18n import translations
from budkavle.model import errors

SWEDISH = re.compile(r"[åäöÅÄÖ]|\b(inte|kan|och|till|på|är)\b", re.IGNORECASE)
_SPOKEN = {
    "Sentence": (0,),
    "say": (0,),
    "Failed": (0,),
    "Poll": (0,),
    "Fault": (1,),
    "Field": (1,),
    "Reason": (1,),
    "Prompt": (1, 2),
    "Health": (2, 3),
    "StateWords": (0, 1, 2),
    "FactWords": (0, 1, 2),
    **{name: (0,) for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)},
    **dict.fromkeys(("Capabilities", "PersonalData", "Setting", "SettingsSection", "SettingsTest"), ()),
}
"""Which arguments of these calls people read, by position; others by keyword."""
_KEYWORDS = {"action", "address_hint", "data", "help", "kept", "label", "message", "purpose", "remedy", "sentence"}
_KEYWORDS |= {"text", "title", "unit", "word"}
_FACT, _WORD = re.compile(r"\{\w+\}"), re.compile(r"[a-zA-Z]{2}")
_CODE = re.compile(r"\{#.*?#\}|\{% *trans.*?endtrans *%\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)


class _Missing(NullTranslations):
    """The last fallback: it has no translations."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


def untranslated(package: ModuleType) -> list[str]:
    """Return the Swedish texts of a package that its `locale` does not translate into English.

    A template's sentence is marked, `{{ _("...") }}` or `{% trans %}`; unmarked Swedish is returned too. In Python,
    every literal that looks Swedish counts, and each that the platform shows people: the sentence of an error, a
    `Health`, a `Setting` and so on. A Swedish f-string is always returned: nothing can translate it once
    its facts are filled in; write `Sentence("... {name}", name=name)`.

    Args:
        package: The package.

    Returns:
        The texts in Python files and templates, sorted.
    """
    folder = Path(str(package.__file__)).parent
    english = deepcopy(translations("en", {package.__name__: folder / "locale"}))  # the original is shared
    english.add_fallback(_Missing())
    sentences = {forms for folder_forms in (_in_python(folder), _in_templates(folder)) for forms in folder_forms}
    missing = {
        singular
        for singular, many in sentences
        if not english.gettext(singular) and not english.ngettext(singular, many, 1)
    }
    return sorted(missing | {key for node, key in _strings(folder) if isinstance(node, ast.JoinedStr)})


def without_translation(sentences: Iterable[str], language: str, folders: Mapping[str, Path]) -> list[str]:
    """Return the sentences that have no translation.

    Args:
        sentences: The Swedish sentences.
        language: Such as `en`.
        folders: The `locale` folders of plugins, by name.
    """
    words = deepcopy(translations(language, folders))  # the original is shared
    words.add_fallback(_Missing())
    return [sentence for sentence in sentences if not words.gettext(sentence)]


def _in_python(folder: Path) -> Iterator[tuple[str, str]]:
    yield from ((key, key) for _, key in _strings(folder))


def _strings(folder: Path) -> Iterator[tuple[ast.expr, str]]:
    """Yield the Swedish strings, each with its translation key; an f-string's key has the names of its facts in it."""
    for file in folder.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        spoken = {id(argument) for node in nodes if isinstance(node, ast.Call) for argument in _spoken(node)}
        inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        inside |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
        strings = [node for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr)]
        for node, key in ((node, _key(node)) for node in strings if id(node) not in inside):
            if SWEDISH.search(key) or (id(node) in spoken and _WORD.search(_FACT.sub("", key))):
                yield node, key


def _spoken(node: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments of a call that people read."""
    name = _fact(node.func)
    if name not in _SPOKEN:
        return
    yield from (node.args[place] for place in _SPOKEN[name] if place < len(node.args))
    for keyword in node.keywords:
        if keyword.arg in _KEYWORDS:
            yield keyword.value
        elif keyword.arg == "choices" and isinstance(keyword.value, ast.Dict):
            yield from keyword.value.values


def _key(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_key(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "{" + _fact(node.value).lower().lstrip("_") + "}"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _fact(node: ast.expr) -> str:
    """Return the last name of an expression: `limit` of `self.limit`, of `limit()` and of `len(limit)`."""
    if isinstance(node, ast.Call):
        return _fact(node.args[0] if node.args and _fact(node.func) in {"len", "str"} else node.func)
    return str(getattr(node, "attr", getattr(node, "id", "fact")))


def _in_templates(folder: Path) -> Iterator[tuple[str, str]]:
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True)  # noqa: S701 - only read
    for file in folder.rglob("*.html"):
        source = file.read_text(encoding="utf-8")
        for _, _, extracted in environment.extract_translations(source):  # type: ignore[attr-defined]
            forms = [form for form in (extracted if isinstance(extracted, tuple) else (extracted,)) if form]
            yield from [(forms[0], forms[-1])] if forms else []
        bare = (line.strip() for line in _CODE.sub("\n", source).splitlines() if SWEDISH.search(line))
        yield from ((line, line) for line in bare)
