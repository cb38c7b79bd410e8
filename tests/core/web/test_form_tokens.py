"""Every form of somebody who is signed in has its token checked, in the core and in all plugins."""

import ast
from collections.abc import Iterator
from pathlib import Path

CHANGING = {"post", "put", "patch", "delete"}


def unchecked(source: str) -> Iterator[str]:
    """The handlers that change something for a visitor and read neither a form nor the request, which has one."""
    for handler in ast.walk(ast.parse(source)):
        if not isinstance(handler, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        routes = {ast.unparse(mark.func) for mark in handler.decorator_list if isinstance(mark, ast.Call)}
        types = {argument.arg: ast.unparse(argument.annotation or ast.Name("")) for argument in handler.args.args}
        has_form = "request" in types or any("Form" in of for of in types.values())
        if routes & CHANGING and "visitor" in types and not has_form:
            yield handler.name


def test_no_handler_goes_without_a_form(root: Path) -> None:
    """Also where nothing of the form is needed but its token."""
    folders = (root / "core/budkavle", root / "addressbook", root / "plugins")
    files = [file for folder in folders for file in folder.rglob("*.py") if ".venv" not in file.parts]
    assert len(files) > 100
    assert {
        str(file.relative_to(root)): names for file in files if (names := [*unchecked(file.read_text("utf-8"))])
    } == {}


def test_a_handler_without_one_is_told() -> None:
    """As one that removes what its address names."""
    assert [*unchecked('@post("/x")\ndef remove(visitor, thing_id): ...')] == ["remove"]
    assert [*unchecked('@post("/x")\ndef remove(visitor, form: Form, thing_id): ...')] == []
