"""The documents point to files that exist, and name functions that exist."""

import ast
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(r"\]\(([^)\s]+\.py)\)((?: `\w+`)+)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(document: Path) -> str:
    """The text of a document without its code blocks."""
    return CODE_BLOCK.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """How the headings of a document are linked to."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(document)))
    return {word.replace(" ", "-") for word in words}


def broken(document: Path) -> list[str]:
    """The links of a document that lead nowhere."""
    faults = []
    for link in LINK.findall(prose(document)):
        path, _, anchor = unquote(link).partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            faults.append(link)
    return faults


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_that_exists(document: Path) -> None:
    """A reader who follows a link comes somewhere, pictures too."""
    assert broken(document) == []


@pytest.mark.parametrize("name", ["onboarding.md", "glossary.md"])
def test_the_newcomers_way_names_functions_that_exist(name: str) -> None:
    """What stands beside a link to a file in the onboarding and the glossary is defined in that file."""
    document = ROOT / "docs" / name
    found = [(path, name) for path, names in NAMED.findall(prose(document)) for name in re.findall(r"\w+", names)]
    assert len(found) > 20
    assert [(path, name) for path, name in found if name not in _defined((document.parent / path).resolve())] == []


def test_every_decision_stands_in_the_list() -> None:
    """docs/adr/README.md has each decision once, in order, and each has the four headings."""
    folder = ROOT / "docs/adr"
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert LINK.findall((folder / "README.md").read_text(encoding="utf-8")) == decisions
    assert [int(name[:3]) for name in decisions] == list(range(1, len(decisions) + 1))
    for name in decisions:
        text = (folder / name).read_text(encoding="utf-8")
        assert "**Status:**" in text
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def _defined(path: Path) -> set[str]:
    """Classes, functions and methods of a file."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds)}


def test_readme_lists_every_plugin() -> None:
    """Whoever looks for where something stands finds each folder of plugins in the table."""
    named = set(re.findall(r"\(plugins/(\w+)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named == {
        folder.name for folder in (ROOT / "plugins").iterdir() if folder.joinpath("budkavle_" + folder.name).is_dir()
    }
