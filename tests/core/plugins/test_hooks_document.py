"""docs/hooks.md and the code say the same, and each hook is tested and used (feature PL7)."""

import ast
import re
from pathlib import Path

import pytest

from budkavle.plugins import hookspecs
from budkavle.plugins.conformance import PLACES
from budkavle.plugins.registry import EVENTS, KINDS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^### `(.+)`$", re.MULTILINE)


def signatures() -> dict[str, str]:
    """Return each hook's signature as it stands in the code, without quotes."""
    tree = ast.parse(Path(hookspecs.__file__).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {
        node.name: f"{node.name}({_unquoted(node.args)}) -> {_unquoted(node.returns)}"
        for node in functions
        if node.name.startswith("budkavle_")
    }


def _unquoted(node: ast.AST | None) -> str:
    return ast.unparse(node).replace("'", "") if node else ""


HOOKS = sorted(signatures())


@pytest.mark.feature("PL7")
def test_the_document_has_every_hook_with_its_exact_signature() -> None:
    """Name, arguments, types and return: a heading for each, and none besides."""
    assert sorted(HEADING.findall(DOCUMENT)) == sorted(signatures().values())


def test_each_hook_in_the_document_says_how_it_fails() -> None:
    """An author must know what an error of theirs does."""
    sections = re.split(HEADING, DOCUMENT)[2::2]
    assert len(sections) == len(HOOKS)
    assert all("*Fails:*" in section for section in sections)


def test_the_code_calls_every_hook() -> None:
    """What is specified is asked for: registered kinds, events, and the six with a way of their own."""
    own = {"hookspecs", "settings", "label", "commands", "choose_transport", "notice_due"}
    assert {f"budkavle_{kind}" for kind in {*KINDS, *EVENTS, *own}} == set(HOOKS)


def test_the_document_names_every_place_of_a_panel() -> None:
    """The places are a promise too."""
    assert all(f"`{place}`" in DOCUMENT for place in PLACES)


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_has_a_test(hook: str) -> None:
    """Some test in this folder makes a plugin with it or asks for what it gives."""
    word = hook.removeprefix("budkavle_")
    tests = [file for file in Path(__file__).parents[1].rglob("test_*.py") if file != Path(__file__)]
    assert any(re.search(rf"\b{word}\b", file.read_text(encoding="utf-8")) for file in tests)


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_is_used_by_a_plugin(hook: str) -> None:
    """A hook that nobody uses, neither a built-in plugin nor the example, is a hook that nobody has tried."""
    yards = [ROOT / "addressbook", ROOT / "plugins", ROOT / "tests/third_party"]
    modules = [file for yard in yards for file in yard.rglob("plugin.py")]
    assert any(f"def {hook}(" in file.read_text(encoding="utf-8") for file in modules)


def test_the_macros_that_the_document_names_exist() -> None:
    """Pages of plugins lean on them; one that is renamed would break them unseen."""
    templates = ROOT / "core/budkavle/web/templates"
    named = re.findall(r"`(macros/\w+\.html)` \(([^)]*)\)", DOCUMENT)
    assert len(named) == 4
    for file, names in named:
        source = (templates / file).read_text(encoding="utf-8")
        assert [name for name in re.findall(r"`(\w+)`", names) if f"macro {name}(" not in source] == []
