"""Every form of somebody who is signed in has its token checked, in the core and in all plugins."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Response, Router, post
from litestar.di import NamedDependency
from tests.core.web.http.test_kept_forms import kept, signed_in

from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.web import Visitor, WebRequest, read_multipart

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")

PAGE = "/plugin/own/form"
CHANGING = {"post", "put", "patch", "delete"}
MARKS = re.compile(rf"@(?:{'|'.join(CHANGING)})\(")


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
    sources = {file: source for file in files if MARKS.search(source := file.read_text("utf-8"))}
    assert len(sources) > 50
    assert {str(file): names for file, source in sources.items() if (names := [*unchecked(source)])} == {}


def test_a_handler_without_one_is_told() -> None:
    """As one that removes what its address names."""
    assert [*unchecked('@post("/x")\ndef remove(visitor, thing_id): ...')] == ["remove"]
    assert [*unchecked('@post("/x")\ndef remove(visitor, form: Form, thing_id): ...')] == []


def test_forms_that_plugins_read_themselves_are_checked_as_others_are(root: Path) -> None:
    """By the visitor, who knows what this browser may send once more after signing in again, and not by hand."""
    files = [*(root / "plugins").glob("*/budkavle_*/**/*.py")]
    by_hand = {str(file) for file in files if "visitor.session.csrf, " in file.read_text("utf-8")}
    assert by_hand == set()


@post(PAGE, status_code=200)
async def take(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
    """Take a form as a plugin does that wants its files in memory."""
    form = await read_multipart(request)
    visitor.check_form(form)
    return Response(form.get("text"), media_type="text/plain")


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation whose plugin has that page."""
    module = plugin_module("own", routes=lambda host: [Router("", route_handlers=[take])])
    return budkavle_open(offer(own=module), enabled=("own",))


def test_a_form_that_a_plugin_reads_itself_is_sent_once_more(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Callable[..., Any]
) -> None:
    """After its session has ended, from the page that says so; in another browser it is refused."""
    first = signed_in(browse, case_worker)
    first.cookies["budkavle"] = f"{organisation.id}.borta"
    asked = first.ask("POST", PAGE, csrf="gammal", text="det som skrevs")
    assert asked.status_code == 401
    again = signed_in(browse, case_worker)
    assert again.ask("POST", PAGE, **kept(asked)).text == "det som skrevs"
    elsewhere = signed_in(browse, case_worker, "annan")
    assert elsewhere.ask("POST", PAGE, **kept(asked)).status_code == 403
