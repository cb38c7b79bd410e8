"""Which Swedish sentences a person can meet, and whether each has its English: `--check` tells, `--update` mends.

Every package keeps its own translations in `locale/en*.po`; a plugin leans on the core's for what both say. Templates
are read by Babel's extractor, Python by its tree: whatever stands where a person is spoken to (`SPOKEN`, errors,
titles, labels, help texts), and any other literal that is Swedish to look at. A Swedish f-string is a fault: nothing
can translate it once its facts are filled in; `Sentence("... {name}", name=name)` keeps them apart.
"""

import argparse
import ast
import gc
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "core/budkavle"
PACKAGES = (
    CORE,
    ROOT / "addressbook/budkavle_addressbook",
    ROOT / "plugins/absence/budkavle_absence",
    ROOT / "plugins/adviser/budkavle_adviser",
    ROOT / "plugins/case_system/budkavle_case_system",
    ROOT / "plugins/clamav/budkavle_clamav",
    ROOT / "plugins/demo/budkavle_demo",
    ROOT / "plugins/disclosure/budkavle_disclosure",
    ROOT / "plugins/economy/budkavle_economy",
    ROOT / "plugins/eid/budkavle_eid",
    ROOT / "plugins/email_link/budkavle_email_link",
    ROOT / "plugins/fax/budkavle_fax",
    ROOT / "plugins/files/budkavle_files",
    ROOT / "plugins/hsm/budkavle_hsm",
    ROOT / "plugins/local/budkavle_local",
    ROOT / "plugins/log_control/budkavle_log_control",
    ROOT / "plugins/meetings/budkavle_meetings",
    ROOT / "plugins/message_api/budkavle_message_api",
    ROOT / "plugins/notes/budkavle_notes",
    ROOT / "plugins/outlook/budkavle_outlook",
    ROOT / "plugins/password/budkavle_password",
    ROOT / "plugins/phone/budkavle_phone",
    ROOT / "plugins/proof/budkavle_proof",
    ROOT / "plugins/records/budkavle_records",
    ROOT / "plugins/scim/budkavle_scim",
    ROOT / "plugins/sdk_transport/budkavle_sdk_transport",
    ROOT / "plugins/siem/budkavle_siem",
    ROOT / "plugins/sms/budkavle_sms",
    ROOT / "plugins/statistics/budkavle_statistics",
    ROOT / "plugins/teams/budkavle_teams",
    ROOT / "plugins/templates/budkavle_templates",
    ROOT / "plugins/timestamps/budkavle_timestamps",
    ROOT / "plugins/transit/budkavle_transit",
)
OTHERS_WORDS = (
    "testing/",
    "migrations/",
    "simulator/",
    "budkavle_demo/content.py",
    "budkavle_demo/scenes.py",
    "name_search.py",
    "standard_word_list.py",
    "messages/segments.py",
    "verify_proof.py",
    "receipt_signature.py",
    "budkavle_proof/report.py",
    "budkavle_proof/disposal_protocol.py",
    "disposal/protocol_pdf.py",
    "budkavle_proof/evidence_events.py",
    "budkavle_proof/time_stamps.py",
    "budkavle_sms/texts.py",
    "budkavle_teams/texts.py",
    "budkavle_outlook/manifests/texts.py",
)
"""Files whose Swedish is data: invented organisations and people, compared letters, both languages at once."""

SPOKEN: dict[str, tuple[int, ...]] = {
    "FactWords": (0, 1, 2),
    **dict.fromkeys(
        (
            "Sentence",
            "translate",
            "_",
            "gettext",
            "N_",
            "say",
            "translated",
            "fault",
            "Failed",
            "Toast",
            "prompt",
            "secho",
        ),
        (0,),
    ),
    **dict.fromkeys(("Silent", "ReceiptRefused", "_refused", "_Bad", "_stop"), (0,)),
    **dict.fromkeys(("Fault", "Field", "CaseAction"), (1,)),
    **dict.fromkeys(("_fault", "echo"), (0, 1)),
    "Health": (0, 2, 3),
    "Prompt": (1, 2),
    "Advice": (1,),
}
"""Calls with texts for people, and which of their arguments are texts."""
ALL_SPOKEN = frozenset({"PersonalData"})
"""Calls whose named arguments are all texts, except for the name."""
KEYWORDS = frozenset(
    {"help", "label", "title", "sentence", "remedy", "message", "action", "short_help", "prompt", "fields", "unit"}
)
WORDS = re.compile(
    r"[åäöÅÄÖ]|\b(och|inte|att|som|ett|till|av|med|från|kan|ska|har|utan|eller|för|finns|den|det|de|inga|ingen|skriv|välj|ange)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?=.*[^\W\d_]{2})(?!\S*[/_=<>:.]\S+$)(?!recipients$|subject$|body$)", re.DOTALL)
"""Something with a word in it, but not a path, a key or a field's name."""
SHORTENED = re.compile(r"[^\W\d_]\.? \{\w+\}")
"""A word of one letter before a fact, such as `v {week}`."""
Id: TypeAlias = str | tuple[str, str]


class Speech(ast.NodeVisitor):
    """Collects the sentences of one Python file."""

    def __init__(self, errors: frozenset[str]) -> None:
        self.found: dict[Id, int] = {}
        self.filled_in: dict[int, str] = {}
        """Swedish f-strings, by line."""
        self._errors = errors

    def visit_Expr(self, node: ast.Expr) -> None:
        """Skip docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Collect the docstring of a command, which is its help text if it has no other."""
        if {_name(one) for one in node.decorator_list} & {"command", "group"} and (told := ast.get_docstring(node)):
            self.found |= {told: node.lineno} if WORDS.search(told) else {}
        if node.name == "budkavle_event_words":
            for value in (value for one in ast.walk(node) if isinstance(one, ast.Dict) for value in one.values):
                self._speak(value)
        if node.name == "budkavle_label":
            for value in (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value):
                self._speak(value)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Skip the names of a command's arguments."""
        if node.arg != "metavar":
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Collect the texts in a call."""
        name = _name(node.func)
        places = (0,) if name in self._errors else SPOKEN.get(name, ())
        spoken = [argument for place, argument in enumerate(node.args) if place in places]
        spoken += [
            one.value for one in node.keywords if one.arg in KEYWORDS or (name in ALL_SPOKEN and one.arg != "name")
        ]
        if name == "table" and node.args:
            spoken.append(node.args[0])
        if name == "ngettext":
            one, many = (str(ast.literal_eval(form)) for form in node.args[:2])
            self.found[one, many] = node.lineno
        for argument in spoken:
            self._speak(argument)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Collect titles and labels, and the constants with sentences."""
        for target in node.targets:
            names = [_name(one) for one in getattr(target, "elts", [target])]
            values = (
                node.value.elts if isinstance(node.value, ast.Tuple) and len(names) > 1 else [node.value] * len(names)
            )
            for name, value in zip(names, values, strict=False):
                is_sentence = isinstance(value, ast.Constant) and name in {"failure", "summary"}
                if name in KEYWORDS or name.endswith("EVENT_WORDS") or is_sentence:
                    self._speak(value)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Recognise Swedish anywhere."""
        if isinstance(node.value, str) and WORDS.search(node.value):
            self._add(node.value, node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Collect a Swedish f-string, which cannot be translated since its facts are filled in."""
        if WORDS.search(template := _template(node)):
            self.filled_in[node.lineno] = template
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _speak(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._add(node.value, node)
            if SHORTENED.fullmatch(node.value):
                self.found.setdefault(node.value, node.lineno)
        elif isinstance(node, ast.JoinedStr):
            if SENTENCE.match(re.sub(r"\{\w*\}", "x", _template(node))) and re.search(r"\w{3} ", _template(node)):
                self.filled_in[node.lineno] = _template(node)
        elif isinstance(node, ast.IfExp):
            self._speak(node.body)
            self._speak(node.orelse)
        elif isinstance(node, ast.BoolOp | ast.Dict | ast.Tuple | ast.List):
            for one in getattr(node, "elts", node.values if not isinstance(node, ast.Tuple | ast.List) else ()):
                self._speak(one)

    def _add(self, sentence: str, node: ast.expr) -> None:
        if SENTENCE.match(re.sub(r"\{\w*\}", "x", sentence)):
            self.found.setdefault(sentence, node.lineno)


def _name(node: ast.expr) -> str:
    """Return the last name of an expression, such as `limit` of `self.limit` or of `limit()`."""
    if isinstance(node, ast.Call):
        return _name(node.args[0] if node.args and _name(node.func) in {"len", "str"} else node.func)
    if isinstance(node, ast.Subscript):
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else _name(node.value)
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return _name(node.left if isinstance(node, ast.BinOp) else node.values[0])
    return getattr(node, "attr", getattr(node, "id", "fact"))


def _template(node: ast.JoinedStr) -> str:
    """Return an f-string as a key, with the names of its facts in lower case."""
    return "".join(
        f"{{{_name(part.value).lower().lstrip('_')}}}"
        if isinstance(part, ast.FormattedValue)
        else ast.literal_eval(part)
        for part in node.values
    )


def kinds_of_error(trees: list[ast.Module]) -> frozenset[str]:
    """Return the names of every class under `BudkavleError`, in all packages."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"BudkavleError"}
    while more := {name for name, over in bases.items() if over & known} - known:
        known |= more
    return frozenset(known)


def in_python(package: Path, errors: frozenset[str]) -> Iterator[tuple[Id, str]]:
    """Yield the sentences in the Python files of a package."""
    for inside, speech in _speeches(package, errors):
        yield from ((sentence, f"{inside}:{line}") for sentence, line in speech.found.items())


def filled_in(package: Path, errors: frozenset[str]) -> Iterator[str]:
    """Yield the f-strings of a package that are texts for people."""
    for inside, speech in _speeches(package, errors):
        for line, template in speech.filled_in.items():
            where = f"{package.relative_to(ROOT)}/{inside}:{line}"
            yield f"{where}: an f-string cannot be translated; use Sentence: {template!r}"


def _speeches(package: Path, errors: frozenset[str]) -> Iterator[tuple[str, Speech]]:
    for file in sorted(package.rglob("*.py")):
        if not _is_data(package, file):
            speech = Speech(errors)
            speech.visit(parsed(file))
            yield file.relative_to(package).as_posix(), speech


@cache
def parsed(file: Path) -> ast.Module:
    """Parse a file, with a cache since it is examined several times."""
    return ast.parse(file.read_text("utf-8"))


def in_templates(package: Path) -> Iterator[tuple[Id, str]]:
    """Yield what the templates of a package mark for translation."""
    keywords = ("_", "gettext", "ngettext", "translate")
    options = {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "silent": "false", "trim_blocks": "true"}
    for file in sorted(package.rglob("*.html")):
        with file.open("rb") as source:
            for line, function, said, _ in babel_extract(source, keywords, [], options):
                where = f"{file.relative_to(package).as_posix()}:{line}"
                forms = [one for one in (said if isinstance(said, tuple) else (said,)) if one]
                if function == "ngettext":
                    yield (forms[0], forms[1]), where
                elif forms:
                    yield forms[0], where


def _is_data(package: Path, file: Path) -> bool:
    """Tell whether a file's Swedish is data. A file is named below its package, or together with it."""
    inside = file.relative_to(package).as_posix()
    return inside.startswith(OTHERS_WORDS) or f"{package.name}/{inside}".startswith(OTHERS_WORDS)


def unmarked(package: Path) -> Iterator[str]:
    """Yield unmarked words in templates, which cannot be translated."""
    for file in sorted(package.rglob("*.html")):
        if _is_data(package, file):
            continue
        html = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text("utf-8"), flags=re.DOTALL)
        html = re.sub(r"<(script|style|svg)\b.*?</\1>", "", html, flags=re.DOTALL)
        spoken = re.findall(r"(?:title|alt|placeholder|aria-label)=\"([^\"]*)\"", html)
        for words in (*re.sub(r"<[^>]*>", "\n", html).splitlines(), *spoken):
            if re.search(r"[^\W\d_]{2}", re.sub(r"&\w+;|Budkavle|[\w-]+=\"[^\"]*\"", "", words)):
                yield f"{file.relative_to(ROOT)}: not marked for translation: {words.strip()}"


def sentences(package: Path, errors: frozenset[str]) -> dict[Id, str]:
    """Return every sentence of a package with its first location."""
    found: dict[Id, str] = {}
    for sentence, where in (*in_templates(package), *in_python(package, errors)):
        found.setdefault(sentence, where)
    plural = {one[0] for one in found if isinstance(one, tuple)}
    return {one: where for one, where in found.items() if one not in plural}


def catalogs(package: Path) -> dict[Path, Catalog]:
    """Read a package's English files. A missing one is empty."""
    files = sorted((package / "locale").glob("en*.po")) or [package / "locale/en.po"]
    return {file: read_po(file.open("rb"), locale="en") if file.exists() else Catalog("en") for file in files}


def differences(package: Path, errors: frozenset[str], leaned_on: set[Id]) -> tuple[dict[Id, str], set[Id]]:
    """Return the sentences without English, with their locations, and the English that is no longer used."""
    wanted = sentences(package, errors)
    have: dict[Id, bool] = {}
    for entry in (entry for catalog in catalogs(package).values() for entry in catalog if entry.id):
        forms = entry.string if isinstance(entry.string, list | tuple) else (entry.string,)
        have[entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])] = all(forms)
    done = {one for one, whole in have.items() if whole}
    return {one: where for one, where in wanted.items() if one not in done | leaned_on}, set(have) - set(wanted)


def update(package: Path, missing: dict[Id, str], stale: set[Id]) -> None:
    """Add the missing ids, still without English, to the package's files, and remove the stale ones."""
    files = catalogs(package)
    for catalog in files.values():
        for one in stale:
            catalog.delete(one if isinstance(one, str) else one[0])
    for one, where in missing.items():
        area = package / "locale/en.cli.po"
        file = area if where.startswith("cli/") and area in files else package / "locale/en.po"
        if not any(one in catalog for catalog in files.values()):
            files.setdefault(file, Catalog("en")).add(one)
    for file, catalog in files.items():
        file.parent.mkdir(exist_ok=True)
        with file.open("wb") as target:
            write_po(target, catalog, width=120, no_location=True, sort_output=True, ignore_obsolete=True)


def main() -> int:
    """Check or update every package."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--check", action="store_true", help="print what is missing or stale; exit code 1 if any")
    arguments.add_argument("--update", action="store_true", help="add missing ids without English, remove stale ones")
    wanted = arguments.parse_args()
    gc.disable()  # it would repeatedly go through all trees, which are kept to the end
    trees = [parsed(file) for package in PACKAGES for file in package.rglob("*.py")]
    errors, leaned_on, faults = kinds_of_error(trees), set[Id](), 0
    for package in PACKAGES:
        missing, stale = differences(package, errors, leaned_on)
        name, bare = package.relative_to(ROOT), [*unmarked(package), *filled_in(package, errors)]
        for line in (
            *(f"{name}/{where}: no English: {one!r}" for one, where in missing.items()),
            *(f"{name}: nothing says this any longer: {one!r}" for one in sorted(stale, key=str)),
            *bare,
        ):
            print(line)
        faults += len(missing) + len(stale) + len(bare)
        if package == CORE:
            leaned_on = set(sentences(package, errors))
        if wanted.update:
            update(package, missing, stale)
    return 1 if faults and not wanted.update else 0


if __name__ == "__main__":
    sys.exit(main())
